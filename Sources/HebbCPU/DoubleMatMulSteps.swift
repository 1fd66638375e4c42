import CLAPACK
import HebbCore

/// Matrix products in double precision, which oneDNN does not have: OpenBLAS's, one thread for each
/// part of the rows.
extension PlanBuilder {
  func emitDoubleMatMul(_ index: Int, _ inputs: [Int]) {
    let rank = graph.values[index].type.shape.rank
    let a = productOperand(view(of: inputs[0]), rank: rank)
    let b = productOperand(view(of: inputs[1]), rank: rank)
    let c = place(index)
    let (m, n) = (c.shape[rank - 2], c.shape[rank - 1])
    let k = a.shape[rank - 1]
    // A column-major routine sees the transposed matrices: Cᵀ = Bᵀ Aᵀ.
    let (left, right) = (DoubleOperand(b), DoubleOperand(a))
    let products = c.shape.dropLast(2).reduce(1, *)
    let starts = (0..<products).map {
      (a.offset(ofMatrix: $0, in: c), b.offset(ofMatrix: $0, in: c))
    }
    let isLarge = m * n * k > 100_000
    let parts = isLarge && products < 4 * threads ? min(threads, (m + 15) / 16) : 1
    let rows = (m + parts - 1) / parts
    let threads = threads
    addCall("matmul \(a.shape) \(b.shape)", [a, b], [c]) { addresses in
      nonisolated(unsafe) let x = a.address(addresses).assumingMemoryBound(to: Double.self)
      nonisolated(unsafe) let y = b.address(addresses).assumingMemoryBound(to: Double.self)
      nonisolated(unsafe) let z = c.address(addresses).assumingMemoryBound(to: Double.self)
      LAPACK.forEach(products * parts, work: m * n * k / parts, threads: threads) { task in
        let (product, first) = (task / parts, task % parts * rows)
        guard first < m else { return }
        var (transB, transA) = (left.letter, right.letter)
        var (columns, count, depth) = (Int32(n), Int32(min(rows, m - first)), Int32(k))
        var (one, zero) = (1.0, 0.0)
        var (ldb, lda, ldc) = (left.leading, right.leading, Int32(n))
        let start = starts[product]
        dgemm_(
          &transB, &transA, &columns, &count, &depth, &one, y + start.1, &ldb,
          x + start.0 + first * right.step, &lda, &zero, z + product * m * n + first * n, &ldc, 1, 1
        )
      }
    }
  }
}

/// How a column-major routine takes a row-major or column-major view, transposed.
private struct DoubleOperand {
  var letter: CChar
  var leading: Int32
  /// From one row to the next.
  var step: Int

  init(_ view: View) {
    let last = view.shape.rank - 1
    let (rows, columns) = (view.shape[last - 1], view.shape[last])
    let (down, right) = (view.strides[last - 1], view.strides[last])
    let isRowMajor = (right == 1 || columns == 1) && (down >= columns || rows == 1)
    letter = CChar(UInt8(ascii: isRowMajor ? "N" : "T"))
    leading = Int32(isRowMajor ? max(down, columns, 1) : max(right, rows, 1))
    step = down
  }
}

extension View {
  /// Where a matrix of a product starts, counted from the view's first element, with outer axes of
  /// size 1 repeated.
  fileprivate func offset(ofMatrix index: Int, in product: View) -> Int {
    var (rest, offset) = (index, 0)
    for axis in stride(from: product.shape.rank - 3, through: 0, by: -1) {
      let position = rest % product.shape[axis]
      rest /= product.shape[axis]
      if shape[axis] > 1 { offset += position * strides[axis] }
    }
    return offset
  }
}
