import CHebbKernels
import HebbCore

/// Steps that read or write at positions given by other tensors. A position outside of the axis
/// stops the program, naming it.
extension PlanBuilder {
  static func checkPosition(
    _ bad: Int64, _ name: String, _ indices: UnsafePointer<Int64>, _ size: Int64
  ) {
    if bad >= 0 {
      fatalError(
        "Hebb: \(name): index \(indices[Int(bad)]) (number \(bad)) lies outside of 0..<\(size)")
    }
  }

  func emitGather(_ axis: Int, _ index: Int, _ inputs: [Int]) {
    let (x, indices) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let y = place(index)
    let (outer, n, inner) = Self.around(axis, x.shape)
    let count = Int64(indices.shape.elementCount)
    let (size, threads) = (Int64(x.dtype.byteCount), Int32(threads))
    addCall("gather", [x, indices], [y]) {
      let positions = UnsafePointer(indices.address($0).assumingMemoryBound(to: Int64.self))
      let bad = hebb_gather(
        x.address($0), positions, y.address($0), outer, n, count, inner, size, threads)
      Self.checkPosition(bad, "gather", positions, n)
    }
  }

  func emitScatterAdd(_ axis: Int, _ index: Int, _ inputs: [Int]) {
    let (x, indices) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let y = place(index)
    let (outer, n, inner) = Self.around(axis, y.shape)
    let count = Int64(indices.shape.elementCount)
    let (isDouble, threads) = (x.dtype == .float64, Int32(threads))
    addCall("scatterAdd", [x, indices], [y]) {
      let positions = UnsafePointer(indices.address($0).assumingMemoryBound(to: Int64.self))
      let bad = hebb_scatter_add(
        x.address($0), positions, y.address($0), outer, n, count, inner, isDouble, threads)
      Self.checkPosition(bad, "scatterAdd", positions, n)
    }
  }

  func emitTakeAlong(_ axis: Int, _ index: Int, _ inputs: [Int]) {
    let (x, indices) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let y = place(index)
    let (outer, n, inner) = Self.around(axis, x.shape)
    let count = Int64(indices.shape[axis])
    let (size, threads) = (Int64(x.dtype.byteCount), Int32(threads))
    addCall("takeAlong", [x, indices], [y]) {
      let positions = UnsafePointer(indices.address($0).assumingMemoryBound(to: Int64.self))
      let bad = hebb_take_along(
        x.address($0), positions, y.address($0), outer, n, count, inner, size, threads)
      Self.checkPosition(bad, "takeAlong", positions, n)
    }
  }

  func emitPutAlong(_ axis: Int, _ index: Int, _ inputs: [Int]) {
    let (x, indices) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let y = place(index)
    let (outer, n, inner) = Self.around(axis, y.shape)
    let count = Int64(indices.shape[axis])
    let (isDouble, threads) = (x.dtype == .float64, Int32(threads))
    addCall("putAlongAdd", [x, indices], [y]) {
      let positions = UnsafePointer(indices.address($0).assumingMemoryBound(to: Int64.self))
      let bad = hebb_put_along_add(
        x.address($0), positions, y.address($0), outer, n, count, inner, isDouble, threads)
      Self.checkPosition(bad, "putAlongAdd", positions, n)
    }
  }
}
