import CHebbKernels
import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Convolutions by minimal filtering, against sums in double precision, and plans that choose them against
/// the reference.
@Suite struct WinogradConvolutionTests {
  /// A convolution, its operands and the results in double precision.
  private struct Case {
    var g = hebb_conv_winograd()
    var (x, dy, w): ([Float], [Float], [Float])
    var (scale, bias, residual): ([Float], [Float], [Float])

    /// `sizes`: batch, in, out, height, width, padding (2).
    init(_ sizes: [Int], seed: UInt64) {
      let s = sizes.map(Int64.init)
      (g.batch, g.in, g.out, g.height, g.width) = (s[0], s[1], s[2], s[3], s[4])
      (g.pad_top, g.pad_left) = (s[5], s[6])
      (g.out_height, g.out_width) = (s[3] + 2 * s[5] - 2, s[4] + 2 * s[6] - 2)
      var generator = PhiloxGenerator(seed: seed)
      func numbers(_ count: Int64) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
      }
      x = numbers(g.batch * g.height * g.width * g.in)
      dy = numbers(g.batch * g.out_height * g.out_width * g.out)
      w = numbers(g.out * g.in * 9)
      (scale, bias, residual) = (numbers(g.out), numbers(g.out), numbers(Int64(dy.count)))
    }

    typealias Kind = ConvolutionProducts.Operation

    /// The result in double precision, and what errors are measured by: sums of absolute products.
    func expected(_ kind: Kind) -> (values: [Double], scales: [Double]) {
      ConvolutionProducts(
        batch: g.batch, in: g.in, out: g.out,
        height: .init(size: g.height, outSize: g.out_height, kernel: 3, pad: g.pad_top),
        width: .init(size: g.width, outSize: g.out_width, kernel: 3, pad: g.pad_left)
      ).sums(kind, x: x, w: w, dy: dy)
    }

    /// The result; fails if memory behind anything that is written was touched.
    func run(_ kind: Kind, threads: Int32, isFollowed: Bool = false) -> [Float] {
      var g = g
      let isWeight = kind == .weightGradient
      if kind == .inputGradient { g = hebb_conv_winograd_gradient(&g) }
      let packed = Room(isWeight ? 0 : Int(hebb_conv_winograd_packed_bytes(&g)))
      if !isWeight {
        hebb_conv_winograd_pack(&g, kind == .inputGradient, w, packed.floats, threads)
      }
      let scratch = Room(
        Int(
          isWeight
            ? hebb_conv_winograd_weight_scratch_bytes(&g, threads)
            : hebb_conv_winograd_scratch_bytes(&g, threads)))
      let count = isWeight ? w.count : kind == .forward ? dy.count : x.count
      var result = [Float](repeating: .nan, count: count + 16)
      switch kind {
      case .weightGradient:
        hebb_conv_winograd_weight_gradient(&g, x, dy, &result, scratch.bytes, threads)
      case .inputGradient:
        hebb_conv_winograd_run(
          &g, dy, packed.floats, hebb_product_after(), &result, scratch.bytes, threads)
      case .forward:
        if isFollowed { g.activation = HEBB_ACTIVATION_RELU }
        scale.withUnsafeBufferPointer { scale in
          bias.withUnsafeBufferPointer { bias in
            residual.withUnsafeBufferPointer { residual in
              let after = hebb_product_after(
                scale: isFollowed ? scale.baseAddress : nil,
                bias: isFollowed ? bias.baseAddress : nil,
                residual: isFollowed ? residual.baseAddress : nil)
              hebb_conv_winograd_run(
                &g, x, packed.floats, after, &result, scratch.bytes, threads)
            }
          }
        }
      }
      #expect(result[count...].allSatisfy { $0.isNaN })
      #expect(packed.isIntact && scratch.isIntact)
      return Array(result[..<count])
    }

    /// Scale, bias, residual and ReLU on top of a result.
    func followed(_ values: inout [Double], _ scales: inout [Double]) {
      for i in values.indices {
        let o = i % Int(g.out)
        values[i] = max(0, values[i] * Double(scale[o]) + Double(bias[o]) + Double(residual[i]))
        scales[i] = scales[i] * abs(Double(scale[o])) + 2
      }
    }
  }

  /// Memory full of NaN, with a margin that nobody may write.
  private final class Room {
    let bytes: UnsafeMutableRawPointer
    private let count: Int

    init(_ count: Int) {
      self.count = count
      bytes = .allocate(byteCount: count + 64, alignment: 64)
      bytes.initializeMemory(as: UInt8.self, repeating: 0xff, count: count + 64)
    }

    deinit { bytes.deallocate() }

    var floats: UnsafeMutablePointer<Float> { bytes.assumingMemoryBound(to: Float.self) }
    var isIntact: Bool {
      (count..<count + 64).allSatisfy { bytes.load(fromByteOffset: $0, as: UInt8.self) == 0xff }
    }
  }

  private var isAvailable: Bool {
    if !hebb_product_available() { print("skipped: no AVX-512 on this processor") }
    return hebb_product_available()
  }

  /// Odd sizes and channels, one image and many, no border and wide ones, images smaller than a tile, more
  /// columns than a panel, blocks of tiles, sums that threads share and channels that they share.
  static let sizes = [
    [1, 5, 3, 4, 4, 1, 1], [2, 33, 70, 7, 5, 1, 1], [3, 16, 20, 6, 9, 0, 2],
    [1, 40, 64, 3, 3, 2, 0],
    [1, 1, 1, 1, 1, 1, 1], [40, 20, 17, 8, 8, 1, 1], [9, 130, 150, 4, 4, 1, 1],
    [5, 300, 40, 2, 3, 1, 2], [1, 24, 10, 31, 30, 1, 1],
  ]

  @Test(arguments: sizes) func agreesWithDoubles(_ sizes: [Int]) {
    guard isAvailable else { return }
    let some = Case(sizes, seed: 5)
    for kind in Case.Kind.allCases {
      let (values, scales) = some.expected(kind)
      for threads in [1, 2, 3, 4] {
        let result = some.run(kind, threads: Int32(threads))
        // Roundings of some hundred sums, and of transforms that add four numbers twice.
        let isClose = result.indices.allSatisfy {
          abs(Double(result[$0]) - values[$0]) <= 2e-6 * (scales[$0] + 1)
        }
        #expect(isClose, "\(kind), \(threads) threads")
        // Results do not depend on threads but for sums over places, which threads share.
        if kind != .weightGradient {
          let isSame = result == some.run(kind, threads: 1)
          #expect(isSame, "\(kind), \(threads) threads")
        }
      }
    }
  }

  @Test(arguments: sizes) func followsSums(_ sizes: [Int]) {
    guard isAvailable else { return }
    let some = Case(sizes, seed: 6)
    var (values, scales) = some.expected(.forward)
    some.followed(&values, &scales)
    let result = some.run(.forward, threads: 2, isFollowed: true)
    let isClose = result.indices.allSatisfy {
      abs(Double(result[$0]) - values[$0]) <= 2e-6 * scales[$0]
    }
    #expect(isClose)
  }

  /// Beside direct sums of products over the same numbers: no less accurate forward and for images, at most 2.5
  /// times the error for weights, whose sums oneDNN takes in more pieces (measured: up to twice).
  @Test(.serialized, arguments: ["uniform", "around 1", "ill-scaled", "rectified"])
  func errorsAreThoseOfDirectSums(numbers: String) {
    guard isAvailable else { return }
    var some = Case([4, 64, 64, 14, 14, 1, 1], seed: 9)
    switch numbers {
    case "around 1": some.x = some.x.map { 1 + $0 / 2 }
    case "ill-scaled":
      some.x = some.x.enumerated().map {
        $1 * Float(sign: .plus, exponent: $0 * 7 % 19 - 9, significand: 1)
      }
    case "rectified": some.x = some.x.map { max(0, $0) }
    default: break
    }
    func image(_ values: [Float]) -> Tensor {
      Tensor(values).reshaped(to: [4, 14, 14, 64]).permuted([0, 3, 1, 2])
    }
    func results() -> [[Float]] {
      let x = image(some.x).source()
      let w = Tensor(some.w).reshaped(to: [64, 64, 3, 3]).source()
      let y = convolution(x, w, nil, ConvolutionGeometry(padding: [1, 1]))
      let slopes = gradients(of: y, for: [x, w], cotangent: image(some.dy))
      return [y, slopes[0]].map { $0.permuted([0, 2, 3, 1]).floats() } + [slopes[1].floats()]
    }
    let filtered = results()
    Hebb.allowsWinograd = false
    defer { Hebb.allowsWinograd = true }
    for (number, (kind, direct)) in zip(Case.Kind.allCases, results()).enumerated() {
      let exact = some.expected(kind).values
      let found = relativeError(filtered[number], exact)
      let allowed = relativeError(direct, exact) * (kind == .weightGradient ? 2.5 : 1)
      #expect(found <= allowed, "\(kind)")
    }
  }

  /// Whole numbers are exact: transforms halve and add them, and nothing rounds.
  @Test func wholeNumbersAreExact() {
    guard isAvailable else { return }
    var some = Case([2, 48, 20, 9, 6, 1, 1], seed: 7)
    some.x = some.x.map { ($0 * 8).rounded() }
    some.w = some.w.map { ($0 * 8).rounded() }
    some.dy = some.dy.map { ($0 * 8).rounded() }
    for kind in Case.Kind.allCases {
      let isExact = some.run(kind, threads: 2).map(Double.init) == some.expected(kind).values
      #expect(isExact, "\(kind)")
    }
  }

  /// A place that is not finite is seen by the windows that read it, and by no others.
  @Test(arguments: [Float.infinity, .nan]) func numbersThatAreNotFiniteStayInTheirWindows(
    _ value: Float
  ) {
    guard isAvailable else { return }
    var some = Case([1, 32, 16, 8, 8, 1, 1], seed: 8)
    for place in [0, 9, 27, 63] {
      let old = some.x[place * 32 + 3]
      some.x[place * 32 + 3] = value
      let y = some.run(.forward, threads: 1)
      for i in 0..<64 {
        let isRead = abs(i / 8 - place / 8) <= 1 && abs(i % 8 - place % 8) <= 1
        let isFinite = (0..<16).allSatisfy { y[i * 16 + $0].isFinite }
        #expect(isFinite == !isRead, "place \(i) of \(place)")
      }
      some.x[place * 32 + 3] = old
    }
  }

  /// Layers for which plans choose minimal filtering, with what they do to the result, and the gradients;
  /// without it the same within the roundings of both.
  @Test(.serialized, arguments: [(8, 48, 8, 1), (2, 32, 15, 0), (7, 64, 10, 2)])
  func plansAgreeWithTheReference(batch: Int, channels: Int, size: Int, padding: Int) {
    let geometry = ConvolutionGeometry(stride: [1, 1], padding: [padding, padding])
    func results() -> [Tensor] {
      let x = Tensor.sample([batch, channels, size, size], 1).source()
      let weight = Tensor.sample([64, channels, 3, 3], 2).source()
      let y = relu(convolution(x, weight, .sample([64], 3), geometry))
      let slopes = gradients(of: y, for: [x, weight], cotangent: .sample(y.shape, 4))
      Tensor.evaluate(slopes + [y])
      return slopes + [y]
    }
    let expected = withReferenceBackend { results() }
    let filtered = results()
    for (one, other) in zip(filtered, expected) { expectClose(one, other, within: 2e-5) }
    guard isAvailable else { return }
    Hebb.allowsWinograd = false
    defer { Hebb.allowsWinograd = true }
    for (one, other) in zip(filtered, results()) {
      let isOther = one.scalars(as: Float.self) != other.scalars(as: Float.self)
      #expect(isOther, "the plan was to filter")
      expectClose(one, other, within: 2e-5)
    }
  }
}
