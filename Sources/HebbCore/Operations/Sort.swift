/// The indices that put an axis in order, or the first of them: y[o, k, i] = index of the k-th
/// element of x[o, :, i]. Stable; both zeros are equal; NaN comes last, in descending order too.
public struct ArgSort: Primitive {
  /// The axis.
  public let axis: Int
  /// Whether the largest comes first.
  public let isDescending: Bool
  /// How many indices are wanted; fewer than the axis has are found faster.
  public let count: Int

  package init(axis: Int, isDescending: Bool, count: Int) {
    self.axis = axis
    self.isDescending = isDescending
    self.count = count
  }

  /// The operation's name.
  public var name: String { "argSort" }

  /// The shape with `count` along the axis, `int64`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    var shape = inputs[0].shape
    guard axis >= 0, axis < shape.rank else {
      throw TensorError("argSort: axis \(axis) does not exist in shape \(shape)")
    }
    guard count >= 0, count <= shape[axis], shape[axis] <= UInt32.max else {
      throw TensorError(
        "argSort: axis \(axis) of \(shape) does not have \(count) elements to order")
    }
    shape[axis] = count
    return TensorType(shape, .int64)
  }

  /// An index does not depend smoothly on anything.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil]
  }

  /// Orders one row after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let x = inputs[0]
    let isReal = x.type.dtype.isFloatingPoint
    var result = HostArray(zeros: type)
    var rows = type.shape
    rows[axis] = Swift.min(1, type.shape[axis])
    forEachIndex(of: rows) { _, index in
      let places = (0..<x.type.shape[axis]).map { k -> Int in
        var source = index
        source[axis] = k
        return x.position(source)
      }
      func isBefore(_ a: Int, _ b: Int) -> Bool {
        let (p, q) = (places[a], places[b])
        if isReal {
          if x.real(q).isNaN { return !x.real(p).isNaN }
          return isDescending ? x.real(p) > x.real(q) : x.real(p) < x.real(q)
        }
        return isDescending ? x.integer(p) > x.integer(q) : x.integer(p) < x.integer(q)
      }
      let order = (0..<places.count).sorted { isBefore($0, $1) || (!isBefore($1, $0) && $0 < $1) }
      for k in 0..<count {
        var target = index
        target[axis] = k
        result.set(result.position(target), integer: Int64(order[k]))
      }
    }
    return result
  }

  /// Axis, direction and count.
  public func sign(_ signature: inout Signature) {
    signature.append(axis)
    signature.append(isDescending)
    signature.append(count)
  }
}

extension Tensor {
  /// The axis counted from the front. Stops, naming the operation, where there is none.
  func resolvedAxis(_ axis: Int, _ name: String) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard resolved >= 0, resolved < rank else {
      trap(TensorError("\(name): axis \(axis) does not exist in shape \(shape)"))
    }
    return resolved
  }

  /// The indices that put an axis in order, `int64`: the order is stable, NaN comes last in either
  /// direction, and all element types have one.
  ///
  /// - Parameters:
  ///   - axis: The axis; negative ones count from the end.
  ///   - descending: Whether the largest comes first.
  /// - Returns: The shape of this tensor.
  public func argSorted(axis: Int = -1, descending: Bool = false) -> Tensor {
    let axis = resolvedAxis(axis, "argSorted")
    return record(ArgSort(axis: axis, isDescending: descending, count: shape[axis]), self)
  }

  /// The elements in order along an axis; NaN comes last in either direction. The gradient goes to
  /// where each element came from.
  ///
  /// - Parameters:
  ///   - axis: The axis; negative ones count from the end.
  ///   - descending: Whether the largest comes first.
  /// - Returns: The shape of this tensor.
  public func sorted(axis: Int = -1, descending: Bool = false) -> Tensor {
    sortedWithIndices(axis: axis, descending: descending).values
  }

  /// The elements in order along an axis, and the index that each had, as in `torch.sort` with
  /// `stable=True`.
  public func sortedWithIndices(
    axis: Int = -1, descending: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    let axis = resolvedAxis(axis, "sorted")
    let indices = argSorted(axis: axis, descending: descending)
    return (takingAlong(indices, axis: axis), indices)
  }

  /// The `k` largest or smallest elements along an axis, in order, and the indices that they had; of
  /// equals the one with the smaller index comes first, NaN counts as neither large nor small.
  ///
  /// - Parameters:
  ///   - k: How many, at most as the axis has.
  ///   - axis: The axis; negative ones count from the end.
  ///   - largest: Whether the largest are wanted, descending; else the smallest, ascending.
  /// - Returns: Values and `int64` indices, with size `k` along the axis.
  public func topK(
    _ k: Int, axis: Int = -1, largest: Bool = true
  ) -> (values: Tensor, indices: Tensor) {
    let axis = resolvedAxis(axis, "topK")
    guard k >= 0, k <= shape[axis] else {
      trap(TensorError("topK: axis \(axis) of \(shape) does not have \(k) elements"))
    }
    let indices = record(ArgSort(axis: axis, isDescending: largest, count: k), self)
    return (takingAlong(indices, axis: axis), indices)
  }

  /// The `k`-th smallest element along an axis, counted from 1 as in `torch.kthvalue`, and its index.
  ///
  /// - Returns: The shape without the axis.
  public func kthValue(_ k: Int, axis: Int = -1) -> (values: Tensor, indices: Tensor) {
    let axis = resolvedAxis(axis, "kthValue")
    guard k >= 1, k <= shape[axis] else {
      trap(
        TensorError("kthValue: k = \(k) is not within 1...\(shape[axis]) of \(shape), axis \(axis)")
      )
    }
    let first = record(ArgSort(axis: axis, isDescending: false, count: k), self)
    let indices = first.slice(axis: axis, k - 1..<k)
    let values = takingAlong(indices, axis: axis)
    return (values.squeezingShape(at: axis), indices.squeezingShape(at: axis))
  }
}
