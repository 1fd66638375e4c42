/// h[t] = a[t] h[t − 1] + b[t] along an axis, h[0] = b[0].
///
/// The gradient is again such a recurrence, from the other end. Discounted returns, exponential
/// averages, gradients of running products and linear state-space layers are of this kind.
public struct LinearRecurrence: Primitive {
  /// The axis.
  public let axis: Int
  /// Whether it runs from the end: h[t] = a[t] h[t + 1] + b[t].
  public let isReversed: Bool

  package init(axis: Int, isReversed: Bool) {
    self.axis = axis
    self.isReversed = isReversed
  }

  /// The operation's name.
  public var name: String { "linearRecurrence" }

  /// The common type of both: floating-point numbers.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    guard a == b, a.dtype.isFloatingPoint, axis >= 0, axis < a.shape.rank else {
      throw TensorError(
        "linearRecurrence: factors \(a) and terms \(b) must be floating-point numbers of one type "
          + "and shape with an axis \(axis)")
    }
    return b
  }

  /// g[t] = dh[t] + a[t + 1] g[t + 1]; db = g, da[t] = g[t] h[t − 1].
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let following = inputs[0].delayed(axis: axis, isReversed: !isReversed, filling: 0)
    let g = linearRecurrence(following, cotangent, axis: axis, reversed: !isReversed)
    return [g * output.delayed(axis: axis, isReversed: isReversed, filling: 0), g]
  }

  /// Takes one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (a, b) = (inputs[0], inputs[1])
    var result = HostArray(zeros: type)
    forEachRow(of: type.shape, axis, isReversed) { places in
      var h = 0.0
      for (k, place) in places.enumerated() {
        h = k == 0 ? b.real(place) : a.real(place) * h + b.real(place)
        result.set(place, real: h)
      }
    }
    return result
  }

  /// Axis and direction.
  public func sign(_ signature: inout Signature) {
    signature.append(axis)
    signature.append(isReversed)
  }
}

/// h[t] = a[t] h[t − 1] + b[t] along an axis, starting with h[0] = b[0].
///
/// - Parameters:
///   - a: The factors; the first one along the axis is not used.
///   - b: The terms, of the shape that `a` broadcasts to.
///   - axis: The axis of `b`; negative ones count from the end.
///   - reversed: Whether it runs from the end: h[t] = a[t] h[t + 1] + b[t].
/// - Returns: The shape of `b`.
public func linearRecurrence(
  _ a: Tensor, _ b: Tensor, axis: Int, reversed: Bool = false
) -> Tensor {
  let axis = axis < 0 ? axis + b.rank : axis
  return record(
    LinearRecurrence(axis: axis, isReversed: reversed), a.broadcast(to: b.shape), b)
}
