import CHebbKernels
import HebbCore

/// Small products, and products with vectors, in loops of our own: there a library spends more time on
/// preparing than on multiplying.
extension PlanBuilder {
  private static let mostMultiplications = 1 << 20
  /// In one of several products side by side.
  private static let mostInOne = 1 << 12

  /// Emits a step for a product of few multiplications; false where oneDNN is better.
  func emitSmallProduct(_ operands: ProductOperands) -> Bool {
    guard operands.target.dtype == .float32, operands.activation == nil,
      let sizes = Self.smallProduct(operands)
    else { return false }
    let one = sizes.rows * sizes.columns * sizes.depth
    let isThin = min(sizes.rows, sizes.columns, sizes.depth) == 1
    // One row times weights that lie row by row only reads them, at the memory's rate.
    let isRow = sizes.batch == 1 && sizes.rows == 1 && sizes.b_column != 1
    guard isThin || sizes.batch > 1 && one <= Self.mostInOne,
      isRow || sizes.batch * one <= Self.mostMultiplications
    else { return false }
    let (a, b, c) = (operands.a, operands.b, operands.target)
    let bias = operands.bias
    let isTurned = Self.isTurned(operands)
    let (first, second) = isTurned ? (b, a) : (a, b)
    let threads = Int32(threads)
    let step = CallStep(operands.name) { addresses in
      withUnsafePointer(to: sizes) {
        hebb_product_small(
          $0, first.floats(addresses), second.floats(addresses), bias?.floats(addresses),
          c.floats(addresses), threads)
      }
    }
    add(step, reads: [a.buffer, b.buffer] + (bias.map { [$0.buffer] } ?? []), writes: [c.buffer])
    return true
  }

  /// Whether the column C = A b is computed as the row bᵀ Aᵀ, because A lies by columns.
  private static func isTurned(_ operands: ProductOperands) -> Bool {
    let (a, b) = (operands.a, operands.b)
    let last = b.shape.rank - 1
    return b.shape[last] == 1 && a.shape[last - 1] > 1 && a.strides[last - 1] == 1
      && a.strides[last] != 1 && operands.bias == nil
  }

  /// The steps; nil where there is more than one outer axis, or the factors lie otherwise.
  private static func smallProduct(_ operands: ProductOperands) -> hebb_small_product? {
    let (a, b, c) = (operands.a, operands.b, operands.target)
    let last = c.shape.rank - 1
    guard a.shape.rank == last + 1, b.shape.rank == last + 1, c.isRowMajor else { return nil }
    let outer = (0..<last - 1).filter { c.shape[$0] > 1 }
    guard outer.count <= 1 else { return nil }
    func step(_ view: View) -> Int64 {
      guard let axis = outer.first, view.shape[axis] > 1 else { return 0 }
      return Int64(view.strides[axis])
    }
    var sizes = hebb_small_product()
    sizes.batch = Int64(outer.first.map { c.shape[$0] } ?? 1)
    sizes.depth = Int64(a.shape[last])
    (sizes.rows, sizes.columns) = (Int64(c.shape[last - 1]), Int64(c.shape[last]))
    (sizes.c_batch, sizes.c_row) = (sizes.rows * sizes.columns, sizes.columns)
    (sizes.a_batch, sizes.b_batch) = (step(a), step(b))
    (sizes.a_row, sizes.a_column) = (Int64(a.strides[last - 1]), Int64(a.strides[last]))
    (sizes.b_row, sizes.b_column) = (Int64(b.strides[last - 1]), Int64(b.strides[last]))
    if isTurned(operands) {
      swap(&sizes.rows, &sizes.columns)
      sizes.c_row = sizes.columns
      let (row, column) = (sizes.a_row, sizes.a_column)
      (sizes.a_row, sizes.a_column) = (sizes.b_column, sizes.b_row)
      (sizes.b_row, sizes.b_column) = (column, row)
      swap(&sizes.a_batch, &sizes.b_batch)
    }
    // Steps along axes of size 1 mean nothing.
    if sizes.depth == 1 { (sizes.a_column, sizes.b_row) = (1, 1) }
    let isAlongSum = sizes.a_column == 1 && sizes.b_row == 1
    if sizes.columns == 1 { sizes.b_column = isAlongSum ? sizes.depth + 1 : 1 }
    return sizes.b_column == 1 || isAlongSum ? sizes : nil
  }
}
