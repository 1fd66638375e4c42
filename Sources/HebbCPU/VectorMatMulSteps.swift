import CHebbKernels
import HebbCore

/// Matrix products on the processor's vectors, with kernels of our own.
extension PlanBuilder {
  /// Adds a product of float32 matrices; false where oneDNN is as fast.
  func emitVectors(_ operands: ProductOperands) -> Bool {
    let product = operands.layout
    guard operands.a.dtype == .float32, Self.vectorsWin(product) else { return false }
    let step = VectorProductStep(
      operands.name, product, a: operands.a, b: operands.b,
      after: ProductAfter(bias: operands.bias), target: operands.target,
      scratch: vectorScratch(product), threads: threads)
    let outer = Shape(operands.target.shape.dropLast(2))
    step.aOffsets = Self.batchOffsets(operands.a, outer)
    step.bOffsets = Self.batchOffsets(operands.b, outer)
    add(step)
    return true
  }

  func add(_ step: VectorProductStep) {
    add(
      step, reads: [step.a.buffer, step.b.buffer] + step.after.buffers,
      writes: [step.target.buffer, step.scratch])
  }

  func vectorScratch(_ product: hebb_product) -> Int {
    let threads = Int32(threads)
    let bytes = withUnsafePointer(to: product) { hebb_product_scratch_bytes($0, threads) }
    return scratch(byteCount: Int(bytes))
  }

  /// Whether our kernels are faster than oneDNN's, measured with version 3.2 on two cores of Emerald Rapids. Small
  /// products are about as fast, and need no machine code to be made for each shape, half a millisecond of
  /// planning, nor the library's own start, two to ten: what a step of `mlp_train` loses, .06 of 1.45 ms, takes
  /// fifty steps to come up to that.
  static func vectorsWin(_ p: hebb_product) -> Bool {
    guard hebb_product_available() else { return false }
    let count = p.rows * p.columns * p.depth
    if p.batches == 1, p.rows >= 4, count <= 55_000_000 { return true }
    guard count >= 50_000_000, p.columns >= 64, p.depth >= 64 else { return false }
    if p.a_depth != 1 { return p.rows >= 8192 || p.columns >= 4 * p.rows }
    return p.rows >= 512
      || (p.b_depth == 1 && p.rows >= 16 && p.rows <= 200 && p.columns >= 2 * p.rows)
  }
}

/// What follows a product or a convolution: factors and summands of the channels, and a summand as large as the
/// result.
struct ProductAfter {
  var scale: View?
  var bias: View?
  var residual: View?

  var buffers: [Int] { [scale, bias, residual].compactMap { $0?.buffer } }

  func at(_ addresses: Addresses) -> hebb_product_after {
    hebb_product_after(
      scale: scale?.floats(addresses), bias: bias?.floats(addresses),
      residual: residual?.floats(addresses))
  }
}

extension PlanBuilder {
  /// What follows a convolution of images that lie channels last.
  func productAfter(_ epilogue: Epilogue) -> ProductAfter {
    ProductAfter(
      scale: epilogue.scale.map { dense(view(of: $0)) },
      bias: epilogue.bias.map { dense(view(of: $0)) },
      residual: epilogue.residual.map { image($0) })
  }
}

/// A product through `hebb_product_run`.
final class VectorProductStep: Step, @unchecked Sendable {
  let a: View
  let b: View
  let after: ProductAfter
  let target: View
  let scratch: Int
  /// Where batches begin; nil if all begin together.
  var aOffsets: [Int64]?
  var bOffsets: [Int64]?
  private let name: String
  private var product: hebb_product
  private let threads: Int32

  init(
    _ name: String, _ product: hebb_product, a: View, b: View, after: ProductAfter = ProductAfter(),
    target: View, scratch: Int, threads: Int
  ) {
    self.name = name
    self.product = product
    (self.a, self.b, self.target) = (a, b, target)
    self.after = after
    self.scratch = scratch
    // Below some microseconds of work, a second thread costs more than it does.
    let isSmall = product.batches * product.rows * product.columns * product.depth < 400_000
    self.threads = isSmall ? 1 : Int32(threads)
  }

  override var label: String { name }

  override func run(_ addresses: Addresses) {
    withOptionalBuffer(aOffsets) { aOffsets in
      withOptionalBuffer(bOffsets) { bOffsets in
        product.a_offsets = aOffsets
        product.b_offsets = bOffsets
        hebb_product_run(
          &product, a.floats(addresses), b.floats(addresses), after.at(addresses),
          target.floats(addresses),
          addresses[scratch], threads)
      }
    }
  }
}

/// Calls `body` with the address of the numbers, or nil.
func withOptionalBuffer<R>(_ numbers: [Int64]?, _ body: (UnsafePointer<Int64>?) -> R) -> R {
  guard let numbers else { return body(nil) }
  return numbers.withUnsafeBufferPointer { body($0.baseAddress) }
}
