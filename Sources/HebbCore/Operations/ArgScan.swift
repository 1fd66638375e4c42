/// The index of the largest or smallest element so far along an axis: the last of equals, and the
/// last NaN once there is one, as in `torch.cummax`.
public struct ArgScan: Primitive {
  /// The axis.
  public let axis: Int
  /// Whether the smallest is looked for.
  public let isMinimum: Bool
  /// Whether it runs from the end of the axis.
  public let isReversed: Bool

  package init(axis: Int, isMinimum: Bool, isReversed: Bool) {
    self.axis = axis
    self.isMinimum = isMinimum
    self.isReversed = isReversed
  }

  /// The name of the kind.
  public var name: String { isMinimum ? "cumulativeArgMin" : "cumulativeArgMax" }

  /// The shape of the input, `int64`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard axis >= 0, axis < inputs[0].shape.rank else {
      throw TensorError("\(name): axis \(axis) does not exist in shape \(inputs[0].shape)")
    }
    return TensorType(inputs[0].shape, .int64)
  }

  /// An index does not depend smoothly on anything.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil]
  }

  /// Compares one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let x = inputs[0]
    var result = HostArray(zeros: type)
    let n = type.shape[axis]
    forEachRow(of: type.shape, axis, isReversed) { places in
      var best = 0
      for (k, place) in places.enumerated() {
        let isBetter: Bool
        if x.type.dtype.isFloatingPoint {
          let (a, b) = (x.real(place), x.real(places[best]))
          isBetter = a.isNaN || (isMinimum ? a <= b : a >= b)
        } else {
          let (a, b) = (x.integer(place), x.integer(places[best]))
          isBetter = isMinimum ? a <= b : a >= b
        }
        if isBetter { best = k }
        result.set(place, integer: Int64(isReversed ? n - 1 - best : best))
      }
    }
    return result
  }

  /// Axis, kind and direction.
  public func sign(_ signature: inout Signature) {
    signature.append(axis)
    signature.append(isMinimum)
    signature.append(isReversed)
  }
}

extension Tensor {
  private func argScan(_ axis: Int, _ isMinimum: Bool, _ reversed: Bool) -> Tensor {
    let axis = axis < 0 ? axis + rank : axis
    return record(ArgScan(axis: axis, isMinimum: isMinimum, isReversed: reversed), self)
  }

  /// The index of the largest element so far along an axis, `int64`: the last of equals, NaN before
  /// all numbers.
  public func cumulativeArgMax(axis: Int, reversed: Bool = false) -> Tensor {
    argScan(axis, false, reversed)
  }

  /// The index of the smallest element so far along an axis, `int64`: the last of equals, NaN before
  /// all numbers.
  public func cumulativeArgMin(axis: Int, reversed: Bool = false) -> Tensor {
    argScan(axis, true, reversed)
  }

  /// The largest element so far along an axis; NaN from the first NaN on. The gradient goes to the
  /// element at `cumulativeArgMax`.
  public func cumulativeMax(axis: Int, reversed: Bool = false) -> Tensor {
    takingAlong(argScan(axis, false, reversed), axis: axis)
  }

  /// The smallest element so far along an axis; NaN from the first NaN on. The gradient goes to the
  /// element at `cumulativeArgMin`.
  public func cumulativeMin(axis: Int, reversed: Bool = false) -> Tensor {
    takingAlong(argScan(axis, true, reversed), axis: axis)
  }
}
