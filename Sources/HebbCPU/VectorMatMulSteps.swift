import CHebbKernels
import HebbCore

/// Matrix products on the processor's vectors, with kernels of our own.
extension PlanBuilder {
  /// Adds a product of float32 matrices; false where oneDNN is as fast.
  func emitVectors(_ operands: ProductOperands) -> Bool {
    let (a, b, target) = (operands.a, operands.b, operands.target)
    guard hebb_product_available(), a.dtype == .float32 else { return false }
    let last = target.shape.rank - 1
    let (rows, columns) = (target.shape[last - 1], target.shape[last])
    let depth = a.shape[last]
    var product = hebb_product()
    let outer = Shape(target.shape.dropLast(2))
    product.batches = Int64(outer.elementCount)
    product.rows = Int64(rows)
    product.columns = Int64(columns)
    product.depth = Int64(depth)
    // Steps along axes of size 1 mean nothing; a step of 1 says that an axis is dense.
    product.a_row = rows == 1 ? 1 : Int64(a.strides[last - 1])
    product.a_depth = depth == 1 ? 1 : Int64(a.strides[last])
    product.b_depth = depth == 1 ? 1 : Int64(b.strides[last - 1])
    product.b_column = columns == 1 ? 1 : Int64(b.strides[last])
    product.activation =
      switch operands.activation {
      case .relu: HEBB_TILES_RELU
      case .sigmoid: HEBB_TILES_SIGMOID
      case .tanh: HEBB_TILES_TANH
      default: HEBB_TILES_NONE
      }
    guard Self.vectorsWin(product) else { return false }
    let threads = Int32(threads)
    let bytes = withUnsafePointer(to: product) { hebb_product_scratch_bytes($0, threads) }
    let scratch = scratch(byteCount: Int(bytes))
    let step = VectorProductStep(
      operands, product, a: Self.batchOffsets(a, outer), b: Self.batchOffsets(b, outer),
      scratch: scratch, threads: threads)
    let reads = [a.buffer, b.buffer] + [operands.bias?.buffer].compactMap(\.self)
    add(step, reads: reads, writes: [target.buffer, scratch])
    return true
  }

  /// Whether our kernels are faster than oneDNN's: measured with version 3.2 on two cores of Emerald Rapids.
  private static func vectorsWin(_ p: hebb_product) -> Bool {
    let isLarge = p.rows * p.columns * p.depth >= 50_000_000
    guard isLarge, p.columns >= 64, p.depth >= 64 else { return false }
    if p.a_depth != 1 { return p.rows >= 8192 }
    return p.rows >= 512
      || (p.b_depth == 1 && p.rows >= 16 && p.rows <= 192 && p.columns >= 2 * p.rows)
  }
}

/// A product through `hebb_product_run`.
final class VectorProductStep: Step, @unchecked Sendable {
  private let operands: ProductOperands
  private var product: hebb_product
  private let aOffsets: [Int64]?
  private let bOffsets: [Int64]?
  private let scratch: Int
  private let threads: Int32

  init(
    _ operands: ProductOperands, _ product: hebb_product, a: [Int64]?, b: [Int64]?, scratch: Int,
    threads: Int32
  ) {
    self.operands = operands
    self.product = product
    aOffsets = a
    bOffsets = b
    self.scratch = scratch
    self.threads = threads
  }

  override var label: String { operands.name }

  override func run(_ addresses: Addresses) {
    withOptionalBuffer(aOffsets) { a in
      withOptionalBuffer(bOffsets) { b in
        product.a_offsets = a
        product.b_offsets = b
        hebb_product_run(
          &product, operands.a.address(addresses).assumingMemoryBound(to: Float.self),
          operands.b.address(addresses).assumingMemoryBound(to: Float.self),
          operands.bias?.address(addresses).assumingMemoryBound(to: Float.self),
          operands.target.address(addresses).assumingMemoryBound(to: Float.self),
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
