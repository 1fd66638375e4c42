import CHebbKernels
import Foundation
import HebbCore
import HebbTestSupport
import Testing

/// The loops for convolutions of few channels against sums in double precision: batches of which vectors
/// hold sixteen images, and small ones whose vectors lie along rows.
@Suite struct FewChannelConvolutionTests {
  private struct Case {
    var g: hebb_conv_rows
    var x: [Float]
    var dy: [Float]
    var w: [Float]
    var bias: [Float]

    /// `sizes`: batch, in, out, height, width, kernel (2), padding (2).
    init(_ sizes: [Int], seed: UInt64) {
      let s = sizes.map(Int64.init)
      g = hebb_conv_rows(
        batch: s[0], in: s[1], out: s[2], height: s[3], width: s[4],
        out_height: s[3] + 2 * s[7] - s[5] + 1, out_width: s[4] + 2 * s[8] - s[6] + 1,
        kernel_height: s[5], kernel_width: s[6], pad_top: s[7], pad_left: s[8])
      var generator = PhiloxGenerator(seed: seed)
      func numbers(_ count: Int64) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
      }
      x = numbers(s[0] * s[1] * s[3] * s[4])
      dy = numbers(s[0] * s[2] * g.out_height * g.out_width)
      w = numbers(s[1] * s[2] * s[5] * s[6])
      bias = numbers(s[2])
    }

    func count(_ kind: hebb_conv_rows_kind) -> Int {
      switch kind {
      case HEBB_CONV_ROWS_FORWARD: dy.count
      case HEBB_CONV_ROWS_INPUT_GRADIENT: x.count
      default: w.count
      }
    }

    /// The result, from scratch memory full of NaN; traps if memory behind the result is written.
    func run(
      _ kind: hebb_conv_rows_kind, threads: Int32 = 2,
      activation: hebb_activation = HEBB_ACTIVATION_NONE
    ) -> [Float] {
      var g = g
      let (count, guardCount) = (count(kind), 16)
      var result = [Float](repeating: .nan, count: count + guardCount)
      let bytes = Int(hebb_conv_rows_scratch_bytes(&g, kind, threads))
      let scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      defer { scratch.deallocate() }
      scratch.initializeMemory(as: UInt8.self, repeating: 0xff, count: bytes)
      switch kind {
      case HEBB_CONV_ROWS_FORWARD:
        hebb_conv_rows_forward(&g, x, w, bias, activation, &result, scratch, threads)
      case HEBB_CONV_ROWS_INPUT_GRADIENT:
        hebb_conv_rows_input_gradient(&g, dy, w, &result, scratch, threads)
      default: hebb_conv_rows_weight_gradient(&g, x, dy, &result, scratch, threads)
      }
      #expect(result[count...].allSatisfy { $0.isNaN })
      return Array(result[..<count])
    }

    /// The result in double precision, and sums of absolute products to measure errors by.
    func expected(_ kind: hebb_conv_rows_kind) -> (values: [Double], scales: [Double]) {
      var values = [Double](repeating: 0, count: count(kind))
      let (plane, area) = (Int(g.out_height * g.out_width), Int(g.height * g.width))
      let window = Int(g.kernel_height * g.kernel_width)
      if kind == HEBB_CONV_ROWS_FORWARD {
        for i in values.indices { values[i] = Double(bias[i / plane % bias.count]) }
      }
      var scales = values.map(abs)
      for (pixel, tap) in (0..<plane).flatMap({ p in (0..<window).map { (p, $0) } }) {
        let i = pixel / Int(g.out_width) - Int(g.pad_top) + tap / Int(g.kernel_width)
        let j = pixel % Int(g.out_width) - Int(g.pad_left) + tap % Int(g.kernel_width)
        if i < 0 || i >= g.height || j < 0 || j >= g.width { continue }
        for image in 0..<Int(g.batch) {
          for o in 0..<Int(g.out) {
            for c in 0..<Int(g.in) {
              let a = (image * Int(g.in) + c) * area + i * Int(g.width) + j
              let b = (o * Int(g.in) + c) * window + tap
              let y = (image * Int(g.out) + o) * plane + pixel
              let (product, target) =
                switch kind {
                case HEBB_CONV_ROWS_FORWARD: (Double(x[a]) * Double(w[b]), y)
                case HEBB_CONV_ROWS_INPUT_GRADIENT: (Double(dy[y]) * Double(w[b]), a)
                default: (Double(x[a]) * Double(dy[y]), b)
                }
              values[target] += product
              scales[target] += abs(product)
            }
          }
        }
      }
      return (values, scales)
    }
  }

  private static let kinds = [
    HEBB_CONV_ROWS_FORWARD, HEBB_CONV_ROWS_INPUT_GRADIENT, HEBB_CONV_ROWS_WEIGHT_GRADIENT,
  ]

  /// LeNet's layers made small, and what is no multiple of anything: one image to 33, one pixel, rows that
  /// need several tiles, windows as large as the image, wider than a tile, with padding on one side.
  private static let layers = [
    [16, 1, 6, 12, 28, 5, 5, 2, 2], [33, 6, 16, 7, 14, 5, 5, 0, 0], [13, 3, 8, 9, 11, 3, 3, 1, 1],
    [17, 2, 5, 5, 5, 5, 5, 4, 4], [12, 4, 7, 1, 1, 1, 1, 0, 0], [32, 1, 1, 3, 2, 2, 1, 1, 0],
    [15, 2, 12, 6, 17, 1, 7, 0, 3], [16, 3, 10, 8, 9, 4, 2, 3, 1], [29, 1, 3, 19, 4, 6, 4, 0, 0],
    [1, 3, 16, 8, 33, 3, 3, 1, 1], [2, 6, 16, 14, 14, 5, 5, 0, 0], [11, 2, 6, 9, 7, 3, 5, 1, 2],
  ]

  /// Sums of up to 5,000 products in float, in 16 or more parts: far below 64 units in the last place of
  /// the sum of magnitudes.
  @Test(arguments: layers.indices) func agreesWithDoublePrecision(_ number: Int) {
    let layer = Case(Self.layers[number], seed: UInt64(number))
    for kind in Self.kinds {
      let (values, scales) = layer.expected(kind)
      let errors = zip(layer.run(kind), zip(values, scales)).map {
        $0.isFinite ? abs(Double($0) - $1.0) / max($1.1, 1e-30) : .infinity
      }
      #expect((errors.max() ?? 0) < 4e-6, "\(Self.layers[number]) kind \(kind.rawValue)")
    }
  }

  /// Activations are applied to the same sums.
  @Test(arguments: [0, 9]) func activations(_ number: Int) {
    let layer = Case(Self.layers[number], seed: 40)
    let plain = layer.run(HEBB_CONV_ROWS_FORWARD).map(Double.init)
    func check(_ activation: hebb_activation, _ function: (Double) -> Double) {
      let actual = layer.run(HEBB_CONV_ROWS_FORWARD, activation: activation)
      // A unit in the last place of 1, twice for what the sum has lost already.
      let errors = zip(actual, plain).map { abs(Double($0) - function($1)) }
      #expect((errors.max() ?? 1) < 2.4e-7, "activation \(activation.rawValue)")
    }
    check(HEBB_ACTIVATION_RELU) { max($0, 0) }
    check(HEBB_ACTIVATION_SIGMOID) { 1 / (1 + exp(-$0)) }
    check(HEBB_ACTIVATION_TANH) { tanh($0) }
  }

  /// Equal bits for an equal number of threads; images and pixels also for another one.
  @Test(arguments: [0, 1, 3, 9]) func threadsOnlyShareTheWork(_ number: Int) {
    let layer = Case(Self.layers[number], seed: 50)
    for kind in Self.kinds {
      #expect(layer.run(kind) == layer.run(kind))
      if kind == HEBB_CONV_ROWS_WEIGHT_GRADIENT { continue }
      #expect(layer.run(kind, threads: 1) == layer.run(kind, threads: 3))
    }
  }

  /// What one image has lost stays with it, and does not reach the lanes beside it.
  @Test func specialNumbersStayInTheirImage() {
    var layer = Case([13, 2, 3, 5, 6, 3, 3, 1, 1], seed: 60)
    let calm = layer.run(HEBB_CONV_ROWS_FORWARD)
    layer.x[0] = .infinity
    let wild = layer.run(HEBB_CONV_ROWS_FORWARD)
    let image = calm.count / 13
    #expect(wild[image...] == calm[image...])
    #expect(wild[..<image].contains { $0.isInfinite } && !wild.contains { $0.isNaN })
    // Lanes without an image must not multiply it by zero.
    let slopes = layer.run(HEBB_CONV_ROWS_WEIGHT_GRADIENT)
    #expect(slopes.contains { $0.isInfinite } && !slopes.contains { $0.isNaN })
  }
}
