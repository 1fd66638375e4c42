import CHebbKernels
import HebbCore

/// Steps that put in order, run along an axis or combine at positions.
extension PlanBuilder {
  /// Emits a step for the primitive; false where it has none for these types.
  func emitSelection(_ primitive: any Primitive, _ index: Int, _ inputs: [Int]) -> Bool {
    switch primitive {
    case let sort as ArgSort: emitArgSort(sort, index, inputs)
    case let search as SearchSorted: return emitSearchSorted(search, index, inputs)
    case let scan as Scan:
      let kinds = [HEBB_SCAN_SUM, HEBB_SCAN_PRODUCT, HEBB_SCAN_LOG_SUM_EXP]
      return emitScan(
        scan.name, kinds[scan.kind.rawValue], scan.axis, scan.isReversed, index, inputs)
    case let scan as ArgScan:
      return emitScan(
        scan.name, scan.isMinimum ? HEBB_SCAN_MINIMUM : HEBB_SCAN_MAXIMUM, scan.axis,
        scan.isReversed, index, inputs)
    case let recurrence as LinearRecurrence:
      return emitRecurrence(recurrence, index, inputs)
    case let scatter as Scatter: return emitScatter(scatter, index, inputs)
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

  private func emitScan(
    _ name: String, _ kind: hebb_scan_kind, _ axis: Int, _ isReversed: Bool, _ index: Int,
    _ inputs: [Int]
  ) -> Bool {
    let dtype = graph.values[inputs[0]].type.dtype
    if dtype == .bfloat16 || dtype == .float16 { return false }
    let x = dense(view(of: inputs[0]))
    let y = place(index)
    let (outer, n, inner) = Self.around(axis, x.shape)
    let threads = Int32(threads)
    addCall(name, [x], [y]) {
      let isKnown = hebb_scan(
        x.address($0), y.address($0), outer, n, inner, kind, isReversed, Int32(dtype.rawValue),
        threads)
      precondition(isKnown, "\(name) has no loop for \(dtype)")
    }
    return true
  }

  private func emitRecurrence(
    _ recurrence: LinearRecurrence, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    guard Self.isPlain(graph.values[index].type.dtype) else { return false }
    let (a, b) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let y = place(index)
    let (outer, n, inner) = Self.around(recurrence.axis, y.shape)
    let (dtype, threads) = (Int32(y.dtype.rawValue), Int32(threads))
    addCall(recurrence.name, [a, b], [y]) {
      _ = hebb_linear_recurrence(
        a.address($0), b.address($0), y.address($0), outer, n, inner, recurrence.isReversed, dtype,
        threads)
    }
    return true
  }

  private func emitScatter(_ scatter: Scatter, _ index: Int, _ inputs: [Int]) -> Bool {
    let dtype = graph.values[index].type.dtype
    let isHalf = dtype == .bfloat16 || dtype == .float16
    if isHalf, scatter.kind != .set { return false }
    let (base, indices) = (view(of: inputs[0]), dense(view(of: inputs[1])))
    let values = dense(view(of: inputs[2]))
    let y = place(index)
    addCopy(from: base, to: y, canStay: true)
    if values.shape.elementCount == 0 { return true }
    let (outer, n, inner) = Self.around(scatter.axis, y.shape)
    let count = Int64(values.shape.elementCount) / (outer * inner)
    let kinds: [hebb_scatter_kind] = [
      HEBB_SCATTER_SET, HEBB_SCATTER_ADD, HEBB_SCATTER_MULTIPLY, HEBB_SCATTER_MAXIMUM,
      HEBB_SCATTER_MINIMUM,
    ]
    let (kind, threads) = (kinds[scatter.kind.rawValue], Int32(threads))
    let isAlong = scatter.isAlong
    let name = scatter.name
    addCall(name, [values, indices, y], [y]) {
      let positions = UnsafePointer(indices.address($0).assumingMemoryBound(to: Int64.self))
      let bad = hebb_scatter(
        values.address($0), positions, y.address($0), outer, n, count, inner, isAlong, kind,
        Int32(dtype.rawValue), threads)
      Self.checkPosition(bad, name, positions, n)
    }
    return true
  }
}
