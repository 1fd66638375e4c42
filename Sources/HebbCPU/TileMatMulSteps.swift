import CHebbKernels
import HebbCore

/// The right factor of products, as it lies packed for the tiles.
struct PackedFactor: Hashable {
  var view: View
  var parts: Int
}

/// Matrix products on the processor's matrix tiles.
extension PlanBuilder {
  /// Adds a product on matrix tiles; false where there are none or oneDNN is faster.
  func emitTiles(_ operands: ProductOperands, _ precision: MatrixPrecision) -> Bool {
    let (a, b, target) = (operands.a, operands.b, operands.target)
    guard hebb_tiles_available(), a.dtype == .float32 || a.dtype == .bfloat16 else { return false }
    let isHalf = a.dtype == .bfloat16
    guard !isHalf || (operands.bias == nil && operands.activation == nil) else { return false }
    let parts = isHalf ? 1 : precision.rawValue
    let (plain, outer) = (operands.layout, Shape(target.shape.dropLast(2)))
    guard
      Self.tilesWin(
        rows: Int(plain.rows), columns: Int(plain.columns), depth: Int(plain.depth), parts: parts)
    else { return false }
    var product = hebb_tiles_product()
    product.batches = plain.batches
    (product.rows, product.columns, product.depth) = (plain.rows, plain.columns, plain.depth)
    (product.a_row, product.a_depth) = (plain.a_row, plain.a_depth)
    (product.b_depth, product.b_column) = (plain.b_depth, plain.b_column)
    product.activation = plain.activation
    product.parts = Int32(parts)
    product.half = isHalf
    product.half_result = isHalf
    let isShared = b.shape.dropLast(2).allSatisfy { $0 == 1 }
    let packed = isShared ? packedFactor(b, product) : nil
    let bytes = withUnsafePointer(to: product) {
      hebb_tiles_scratch_bytes($0, packed != nil, Int32(threads))
    }
    let scratch = scratch(byteCount: Int(bytes))
    let step = TileProductStep(
      operands, product, a: Self.batchOffsets(a, outer), b: Self.batchOffsets(b, outer),
      packed: packed,
      scratch: scratch, threads: Int32(threads))
    let reads = [a.buffer, b.buffer] + [operands.bias?.buffer, packed].compactMap(\.self)
    add(step, reads: reads, writes: [target.buffer, scratch])
    return true
  }

  /// Whether tiles are faster than vectors, by a model of the cycles of one core: 384 multiplications of bf16
  /// numbers in a cycle against 26 of float32; half a cycle to pack an element, a fifth to store one.
  /// These numbers are assumed, not measured.
  static func tilesWin(rows: Int, columns: Int, depth: Int, parts: Int) -> Bool {
    func padded(_ size: Int, to step: Int) -> Double {
      Double((size + step - 1) / step * step)
    }
    let (m, n, k) = (Double(rows), Double(columns), Double(depth))
    let products = Double(parts * (parts + 1) / 2)
    let tiles = padded(rows, to: 16) * padded(columns, to: 16) * padded(depth, to: 32)
    let cost = tiles * products * 2 / 768 + 0.5 * (m * k + k * n) + 0.2 * m * n
    // Fewer products than these hardly average the rounding of the parts: vectors are as accurate.
    return depth >= 32 && m * n * k >= 100_000 && cost < m * n * k / 26
  }

  /// The buffer with the packed form of a right factor, packed once for all products that read it.
  private func packedFactor(_ b: View, _ product: hebb_tiles_product) -> Int {
    let key = PackedFactor(view: b, parts: Int(product.parts))
    if let buffer = packedFactors[key] { return buffer }
    let bytes = withUnsafePointer(to: product) { hebb_tiles_packed_bytes($0) }
    let buffer = addBuffer(.arena, byteCount: Int(bytes))
    let threads = Int32(threads)
    let step = CallStep("pack \(b.shape)") { addresses in
      withUnsafePointer(to: product) {
        hebb_tiles_pack($0, b.address(addresses), addresses[buffer], threads)
      }
    }
    add(step, reads: [b.buffer], writes: [buffer])
    packedFactors[key] = buffer
    return buffer
  }

  /// Where each batch of an operand begins, in row-major order of the outer axes; nil if all begin together.
  static func batchOffsets(_ view: View, _ outer: Shape) -> [Int64]? {
    guard (0..<outer.rank).contains(where: { view.shape[$0] > 1 }) else { return nil }
    return (0..<outer.elementCount).map { batch in
      var (rest, offset) = (batch, 0)
      for axis in (0..<outer.rank).reversed() {
        let position = rest % outer[axis]
        rest /= outer[axis]
        if view.shape[axis] > 1 { offset += position * view.strides[axis] }
      }
      return Int64(offset)
    }
  }
}

/// A product on matrix tiles; through oneDNN in runs whose numbers the tiles cannot take.
final class TileProductStep: Step, @unchecked Sendable {
  private let operands: ProductOperands
  private var product: hebb_tiles_product
  private let aOffsets: [Int64]?
  private let bOffsets: [Int64]?
  private let packed: Int?
  private let scratch: Int
  private let threads: Int32
  /// Made when it is first needed: a plan runs in one thread at a time.
  private var fallback: DNNStep?

  init(
    _ operands: ProductOperands, _ product: hebb_tiles_product, a: [Int64]?, b: [Int64]?,
    packed: Int?, scratch: Int, threads: Int32
  ) {
    self.operands = operands
    self.product = product
    aOffsets = a
    bOffsets = b
    self.packed = packed
    self.scratch = scratch
    self.threads = threads
  }

  override var label: String { "\(operands.name) on tiles" }

  override func run(_ addresses: Addresses) {
    let fits = withOptionalBuffer(aOffsets) { a in
      withOptionalBuffer(bOffsets) { b in
        product.a_offsets = a
        product.b_offsets = b
        return hebb_tiles_run(
          &product, operands.a.address(addresses), operands.b.address(addresses),
          packed.map { UnsafeRawPointer(addresses[$0]) },
          operands.bias?.floats(addresses),
          operands.target.address(addresses), addresses[scratch], threads)
      }
    }
    if !fits { vectorStep().run(addresses) }
  }

  private func vectorStep() -> DNNStep {
    if let fallback { return fallback }
    hebb_parallel_set_threads(threads)
    let (description, reads, writes) = operands.described(ownsScratch: true)
    let step = DNNStep(operands.name, description, reads + writes, threads: threads)
    fallback = step
    return step
  }
}
