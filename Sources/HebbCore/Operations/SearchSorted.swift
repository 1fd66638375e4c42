/// The place of numbers among ascending ones: y[r, k] = how many of edges[r, :] come before x[r, k],
/// or before or equal to it. NaN comes last.
public struct SearchSorted: Primitive {
  /// Whether equal edges count as coming before.
  public let isRight: Bool

  package init(isRight: Bool) {
    self.isRight = isRight
  }

  /// The operation's name.
  public var name: String { "searchSorted" }

  /// The shape of the numbers, `int64`: the edges have one axis, or all axes of the numbers but the
  /// last.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (edges, x) = (inputs[0], inputs[1])
    guard edges.dtype == x.dtype else {
      throw TensorError("searchSorted: edges \(edges) and values \(x) differ in type; cast one")
    }
    let sharesRows =
      edges.shape.rank > 1 && edges.shape.rank == x.shape.rank
      && edges.shape[..<(edges.shape.rank - 1)].elementsEqual(x.shape[..<(x.shape.rank - 1)])
    guard edges.shape.rank == 1 || sharesRows else {
      throw TensorError(
        "searchSorted: edges \(edges.shape) need one axis, or the outer axes of the values \(x.shape)"
      )
    }
    return TensorType(x.shape, .int64)
  }

  /// A position does not depend smoothly on anything.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil, nil]
  }

  /// Counts.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (edges, x) = (inputs[0], inputs[1])
    let n = edges.type.shape[edges.type.shape.rank - 1]
    let columns = edges.type.shape.rank == 1 ? x.count : type.shape[type.shape.rank - 1]
    let isReal = x.type.dtype.isFloatingPoint
    var result = HostArray(zeros: type)
    for i in 0..<x.count {
      let first = i / Swift.max(columns, 1) * n
      let count = (0..<n).count { k in
        if isReal {
          let (edge, value) = (edges.real(first + k), x.real(i))
          if value.isNaN { return isRight || !edge.isNaN }
          return isRight ? edge <= value : edge < value
        }
        let (edge, value) = (edges.integer(first + k), x.integer(i))
        return isRight ? edge <= value : edge < value
      }
      result.set(i, integer: Int64(count))
    }
    return result
  }

  /// The side is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(isRight) }
}

extension Tensor {
  /// Where each of `values` would be inserted into this ascending tensor to keep it ascending, as in
  /// `torch.searchsorted`.
  ///
  /// - Parameters:
  ///   - values: Of this tensor's type. Any shape where this tensor has one axis, else the same
  ///     outer axes.
  ///   - right: Whether behind equal elements (edges[i − 1] ≤ v < edges[i]) instead of before them
  ///     (edges[i − 1] < v ≤ edges[i]).
  /// - Returns: `int64` positions in 0...n, in the shape of `values`; NaN belongs at the end.
  public func searchSorted(_ values: Tensor, right: Bool = false) -> Tensor {
    record(SearchSorted(isRight: right), self, values)
  }

  /// The number of the bucket that each element falls into, as in `torch.bucketize`.
  ///
  /// - Parameters:
  ///   - boundaries: Ascending, one axis.
  ///   - right: Whether a bucket contains its lower boundary instead of its upper one.
  /// - Returns: `int64` in 0...n, in the shape of this tensor.
  public func bucketized(_ boundaries: Tensor, right: Bool = false) -> Tensor {
    boundaries.searchSorted(self, right: right)
  }
}
