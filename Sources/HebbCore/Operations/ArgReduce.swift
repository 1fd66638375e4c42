/// The index of the largest or smallest element along an axis; the first of equals.
public struct ArgReduce: Primitive {
  /// The axis, which goes.
  public let axis: Int
  /// Whether the smallest is looked for.
  public let isMinimum: Bool

  package init(axis: Int, isMinimum: Bool) {
    self.axis = axis
    self.isMinimum = isMinimum
  }

  /// The name of the kind.
  public var name: String { isMinimum ? "argMin" : "argMax" }

  /// The shape without the axis, `int64`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let shape = inputs[0].shape
    guard axis >= 0, axis < shape.rank, shape[axis] > 0 else {
      throw TensorError("\(name): axis \(axis) of \(shape) does not exist or has no elements")
    }
    let set = try AxisSet([axis], of: shape)
    return TensorType(shape.reduced(set, keepingDimensions: false), .int64)
  }

  /// An index does not depend smoothly on anything.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil]
  }

  /// Compares one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let x = inputs[0]
    var result = HostArray(zeros: type)
    forEachIndex(of: type.shape) { position, index in
      var candidate = index
      candidate.insert(0, at: axis)
      var best = (0, x.real(x.position(candidate)))
      for i in 1..<max(x.type.shape[axis], 1) {
        candidate[axis] = i
        let value = x.real(x.position(candidate))
        let better = isMinimum ? value < best.1 : value > best.1
        if better || (value.isNaN && !best.1.isNaN) { best = (i, value) }
      }
      result.set(position, integer: Int64(best.0))
    }
    return result
  }

  /// Axis and kind.
  public func sign(_ signature: inout Signature) {
    signature.append(axis)
    signature.append(isMinimum)
  }
}

extension Tensor {
  /// The index of the largest element along an axis, `int64`; the first of equals, of NaN if there is
  /// one.
  ///
  /// - Parameters:
  ///   - axis: Not empty; negative ones count from the end.
  ///   - keepingDimensions: Whether the axis stays with size 1.
  /// - Returns: The shape without the axis.
  public func argMax(axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
    argReduced(axis, isMinimum: false, keepingDimensions)
  }

  /// The index of the smallest element along an axis, `int64`; the first of equals, of NaN if there is
  /// one.
  ///
  /// - Parameters:
  ///   - axis: Not empty; negative ones count from the end.
  ///   - keepingDimensions: Whether the axis stays with size 1.
  /// - Returns: The shape without the axis.
  public func argMin(axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
    argReduced(axis, isMinimum: true, keepingDimensions)
  }

  private func argReduced(_ axis: Int, isMinimum: Bool, _ keep: Bool) -> Tensor {
    let resolved = axis < 0 ? axis + rank : axis
    let result = record(ArgReduce(axis: resolved, isMinimum: isMinimum), self)
    return keep ? result.expandingShape(at: resolved) : result
  }
}
