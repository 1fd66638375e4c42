import CHebbKernels
import Foundation
import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Products with our kernels against sums in double precision.
@Suite struct VectorMatMulTests {
  /// A product of the C interface with operands of its own.
  private struct Case {
    var rows = 1
    var columns = 1
    var depth = 1
    var turnsA = false
    var turnsB = false
    var batches = 1
    var scale: [Float]?
    var bias: [Float]?
    var residual: [Float]?
    var activation = HEBB_ACTIVATION_NONE
    var threads: Int32 = 2

    func run(_ a: [Float], _ b: [Float]) -> [Float] {
      var p = hebb_product()
      p.batches = Int64(batches)
      (p.rows, p.columns, p.depth) = (Int64(rows), Int64(columns), Int64(depth))
      (p.a_row, p.a_depth) = turnsA ? (1, p.rows) : (p.depth, 1)
      (p.b_depth, p.b_column) = turnsB ? (1, p.depth) : (p.columns, 1)
      p.activation = activation
      var c = [Float](repeating: .nan, count: batches * rows * columns)
      let aOffsets = (0..<batches).map { Int64($0 * rows * depth) }
      let bOffsets = (0..<batches).map { Int64($0 * depth * columns) }
      let scratch = UnsafeMutableRawPointer.allocate(
        byteCount: Int(hebb_product_scratch_bytes(&p, threads)), alignment: 64)
      defer { scratch.deallocate() }
      aOffsets.withUnsafeBufferPointer { aOffsets in
        bOffsets.withUnsafeBufferPointer { bOffsets in
          p.a_offsets = aOffsets.baseAddress
          p.b_offsets = bOffsets.baseAddress
          c.withUnsafeMutableBufferPointer { c in
            withPointers([scale, bias, residual]) { x in
              let after = hebb_product_after(scale: x[0], bias: x[1], residual: x[2])
              hebb_product_run(&p, a, b, after, c.baseAddress, scratch, threads)
            }
          }
        }
      }
      return c
    }

    /// The addresses of arrays, nil where there is none.
    private func withPointers(
      _ arrays: [[Float]?], _ found: [UnsafePointer<Float>?] = [],
      _ body: ([UnsafePointer<Float>?]) -> Void
    ) {
      guard found.count < arrays.count else { return body(found) }
      guard let array = arrays[found.count] else {
        return withPointers(arrays, found + [nil], body)
      }
      array.withUnsafeBufferPointer { withPointers(arrays, found + [$0.baseAddress], body) }
    }

    /// The largest error, in sums of absolute products.
    func error(_ a: [Float], _ b: [Float]) -> Double {
      let c = run(a, b)
      var worst = 0.0
      for batch in 0..<batches {
        for i in 0..<rows {
          for j in 0..<columns {
            var (total, scale) = (0.0, 1e-30)
            for k in 0..<depth {
              let x = a[batch * rows * depth + (turnsA ? k * rows + i : i * depth + k)]
              let y = b[batch * depth * columns + (turnsB ? j * depth + k : k * columns + j)]
              total += Double(x) * Double(y)
              scale += abs(Double(x) * Double(y))
            }
            if let factor = self.scale {
              total *= Double(factor[j])
              scale *= abs(Double(factor[j]))
            }
            if let residual {
              total += Double(residual[(batch * rows + i) * columns + j])
              scale += abs(Double(residual[(batch * rows + i) * columns + j]))
            }
            if let bias {
              total += Double(bias[j])
              scale += abs(Double(bias[j]))
            }
            if activation == HEBB_ACTIVATION_RELU { total = max(total, 0) }
            if activation == HEBB_ACTIVATION_TANH { (total, scale) = (tanh(total), max(scale, 1)) }
            let value = Double(c[(batch * rows + i) * columns + j])
            worst = max(worst, value.isNaN ? .infinity : abs(value - total) / scale)
          }
        }
      }
      return worst
    }
  }

  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var generator = PhiloxGenerator(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  private func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    let pairs = zip(a.scalars(as: Float.self), b.scalars(as: Float.self))
    return pairs.reduce(0) { $1.0.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
  }

  private func error(of x: Case) -> Double {
    x.error(
      numbers(x.batches * x.rows * x.depth, seed: 1),
      numbers(x.batches * x.depth * x.columns, seed: 2))
  }

  private var isAvailable: Bool { hebb_product_available() }

  /// Sums of at most 400 products in a row round below 400 · 2⁻²⁴ of the sum of absolute products in the worst case;
  /// random signs leave far less.
  private static let bound = 1e-6

  @Test func everyEdgeAndArrangement() {
    guard isAvailable else { return print("skipped: no AVX-512") }
    for turnsA in [false, true] {
      for turnsB in [false, true] {
        for (rows, columns, depth) in [
          (1, 1, 1), (5, 64, 3), (6, 65, 17), (7, 63, 16), (13, 130, 33), (193, 20, 15),
          (200, 80, 390),
          (12, 16, 800), (3, 200, 385), (64, 1000, 50), (20, 1100, 390),
        ] {
          let x = Case(rows: rows, columns: columns, depth: depth, turnsA: turnsA, turnsB: turnsB)
          #expect(error(of: x) < Self.bound, "\(x)")
        }
      }
    }
  }

  /// Rows of A that are copied because their depths lie far apart, in more than one group and range.
  @Test func distantDepthsAreCopied() {
    guard isAvailable else { return print("skipped: no AVX-512") }
    let x = Case(rows: 600, columns: 70, depth: 400, turnsA: true)
    #expect(error(of: x) < Self.bound)
  }

  /// Few rows and many columns whose depths follow one another are computed turned.
  @Test func fewRows() {
    guard isAvailable else { return print("skipped: no AVX-512") }
    for (rows, columns, depth) in [
      (16, 64, 20), (17, 101, 400), (64, 128, 1100), (70, 211, 33), (130, 300, 100), (192, 384, 30),
      (20, 810, 1030),
    ] {
      for turnsA in [false, true] {
        for bias in [nil, numbers(columns, seed: 3)] {
          let x = Case(
            rows: rows, columns: columns, depth: depth, turnsA: turnsA, turnsB: true, bias: bias,
            activation: bias == nil ? HEBB_ACTIVATION_RELU : HEBB_ACTIVATION_TANH)
          #expect(error(of: x) < Self.bound, "\(rows) \(columns) \(depth) \(turnsA)")
        }
      }
    }
  }

  @Test func biasAndActivationFollowTheLastDepths() {
    guard isAvailable else { return print("skipped: no AVX-512") }
    for activation in [HEBB_ACTIVATION_NONE, HEBB_ACTIVATION_RELU, HEBB_ACTIVATION_TANH] {
      let x = Case(
        rows: 20, columns: 70, depth: 900, bias: numbers(70, seed: 3), activation: activation)
      #expect(error(of: x) < Self.bound)
    }
  }

  @Test func scaleAndResidual() {
    guard isAvailable else { return print("skipped: no AVX-512") }
    for (rows, turnsB) in [(20, false), (30, true)] {
      let x = Case(
        rows: rows, columns: 70, depth: 700, turnsB: turnsB, scale: numbers(70, seed: 3),
        bias: numbers(70, seed: 4), residual: numbers(rows * 70, seed: 5),
        activation: HEBB_ACTIVATION_RELU)
      #expect(error(of: x) < Self.bound)
    }
  }

  /// Convolutions with 1 x 1 windows that are large enough to be products, and their input gradients, against the same
  /// convolution through a window of 3 x 3 whose other numbers are zeros.
  @Test(arguments: [
    [8, 192, 12, 12, 256, 1], [4, 512, 13, 13, 160, 1], [8, 256, 23, 21, 256, 2],
  ]) func pointConvolutions(
    _ sizes: [Int]
  ) {
    let (n, c, h, w, f) = (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4])
    let x = Tensor(numbers(n * c * h * w, seed: 6), shape: [n, c, h, w])
    let weight = Tensor(numbers(f * c, seed: 7), shape: [f, c, 1, 1])
    let wide = weight.padded(before: [0, 0, 1, 1], after: [0, 0, 1, 1])
    let bias = Tensor(numbers(f, seed: 8), shape: [f])
    let stride = sizes[5]
    let (rows, columns) = ((h - 1) / stride + 1, (w - 1) / stride + 1)
    let residual = Tensor(numbers(n * f * rows * columns, seed: 9), shape: [n, f, rows, columns])
    func output(_ x: Tensor, _ weight: Tensor, padding: Int) -> Tensor {
      let geometry = ConvolutionGeometry(
        stride: [stride, stride], padding: [padding, padding])
      let y = convolution(x, weight, bias, geometry)
      return relu(y + residual)
    }
    let y = output(x, weight, padding: 0)
    let expected = output(x, wide, padding: 1)
    #expect(largestDifference(y, expected) < 1e-4)
    let dx = gradient(at: x) { (output($0, weight, padding: 0) * residual).sum() }
    let wanted = gradient(at: x) { (output($0, wide, padding: 1) * residual).sum() }
    #expect(largestDifference(dx, wanted) < 1e-3)

    // A norm with known statistics goes into the product as well.
    let scale = Tensor(numbers(f, seed: 10), shape: [f, 1, 1])
    let shift = bias.reshaped(to: [f, 1, 1])
    func normalized(_ weight: Tensor, padding: Int) -> Tensor {
      let geometry = ConvolutionGeometry(
        stride: [stride, stride], padding: [padding, padding])
      return relu(convolution(x, weight, nil, geometry) * scale + shift + residual)
    }
    let both = (normalized(weight, padding: 0), normalized(wide, padding: 1))
    #expect(largestDifference(both.0, both.1) < 1e-4)
  }

  @Test func batches() {
    guard isAvailable else { return print("skipped: no AVX-512") }
    for count in [2, 3, 5] {
      #expect(error(of: Case(rows: 9, columns: 70, depth: 31, batches: count)) < Self.bound)
      #expect(
        error(of: Case(rows: 18, columns: 70, depth: 31, turnsB: true, batches: count)) < Self.bound
      )
    }
  }

  /// Every element is summed in the same order, however the work is shared.
  @Test func threadsDoNotMatter() {
    guard isAvailable else { return print("skipped: no AVX-512") }
    for turnsB in [false, true] {
      var x = Case(rows: 100, columns: 300, depth: 500, turnsB: turnsB)
      let (a, b) = (numbers(100 * 500, seed: 1), numbers(500 * 300, seed: 2))
      let expected = x.run(a, b)
      for threads in [1, 3, 4] as [Int32] {
        x.threads = threads
        #expect(x.run(a, b) == expected)
      }
    }
  }

  @Test func infinitiesAndNoNumbersPass() {
    guard isAvailable else { return print("skipped: no AVX-512") }
    for turnsB in [false, true] {
      let x = Case(
        rows: 16, columns: 40, depth: 3, turnsB: turnsB, activation: HEBB_ACTIVATION_RELU)
      var a = [Float](repeating: 1, count: 16 * 3)
      let b = [Float](repeating: 1, count: 3 * 40)
      a[0] = .infinity
      a[3] = .nan
      let c = x.run(a, b)
      #expect(c[0..<40].allSatisfy { $0 == .infinity })
      #expect(c[40..<80].allSatisfy { $0.isNaN })
      #expect(c[80...].allSatisfy { $0 == 3 })
    }
  }

  /// A product that is large enough for our kernels, as tensors: a row alone takes another way.
  @Test func largeProductsOfTensors() {
    let (rows, columns, depth) = (640, 320, 260)
    let x = Tensor(numbers(rows * depth, seed: 4), shape: [rows, depth])
    let w = Tensor(numbers(columns * depth, seed: 5), shape: [columns, depth])
    let product = matmul(x, w.transposed())
    let row = matmul(x[7].reshaped(to: [1, depth]), w.transposed())
    #expect(product.shape == [rows, columns])
    #expect(largestDifference(product[7], row) < 1e-4)
  }
}
