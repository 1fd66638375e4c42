import CHebbKernels
import HebbCore

/// Steps that put in order, run along an axis or combine at positions.
extension PlanBuilder {
  /// Emits a step for the primitive; false where it has none for these types.
  func emitSelection(_ primitive: any Primitive, _ index: Int, _ inputs: [Int]) -> Bool {
    switch primitive {
    case let sort as ArgSort: emitArgSort(sort, index, inputs)
    case let search as SearchSorted: return emitSearchSorted(search, index, inputs)
    default: return false
    }
    return true
  }

  private func emitArgSort(_ sort: ArgSort, _ index: Int, _ inputs: [Int]) {
    let x = dense(view(of: inputs[0]))
    let y = place(index)
    let (outer, n, inner) = Self.around(sort.axis, x.shape)
    let (dtype, threads) = (Int32(x.dtype.rawValue), Int32(threads))
    let scratch = scratch(byteCount: Int(hebb_arg_sort_scratch(n, dtype, threads)))
    let step = CallStep("argSort") {
      hebb_arg_sort(
        x.address($0), y.address($0).assumingMemoryBound(to: Int64.self), $0[scratch], outer, n,
        inner, Int64(sort.count), sort.isDescending, dtype, threads)
    }
    add(step, reads: [x.buffer], writes: [y.buffer, scratch])
  }

  private func emitSearchSorted(
    _ search: SearchSorted, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let dtypes: [DType] = [.float32, .float64, .int32, .int64]
    guard dtypes.contains(graph.values[inputs[0]].type.dtype) else { return false }
    let (edges, x) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let y = place(index)
    let n = edges.shape[edges.shape.rank - 1]
    let total = x.shape.elementCount
    let count = edges.shape.rank == 1 ? total : x.shape[x.shape.rank - 1]
    let (rows, dtype, threads) = (Int64(total / count), Int32(x.dtype.rawValue), Int32(threads))
    addCall("searchSorted", [edges, x], [y]) {
      _ = hebb_search_sorted(
        edges.address($0), x.address($0), y.address($0).assumingMemoryBound(to: Int64.self), rows,
        Int64(n), Int64(count), search.isRight, dtype, threads)
    }
    return true
  }
}
