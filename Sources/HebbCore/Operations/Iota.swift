/// The integers 0, 1, ... as a vector.
public struct Iota: Primitive {
  /// The number of elements.
  public let count: Int
  /// The element type.
  public let dtype: DType

  package init(count: Int, dtype: DType) {
    self.count = count
    self.dtype = dtype
  }

  /// The operation's name.
  public var name: String { "iota" }

  /// `[count]`.
  public func type(of inputs: Operands) -> TensorType { TensorType([count], dtype) }

  /// There is no input.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    []
  }

  /// Counts.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    for i in 0..<count { result.set(i, integer: Int64(i)) }
    return result
  }

  /// Count and element type.
  public func sign(_ signature: inout Signature) {
    signature.append(count)
    signature.append(Int(dtype.rawValue))
  }
}

extension Tensor {
  /// 0, 1, ..., count − 1.
  public static func range(_ count: Int, dtype: DType = .int64) -> Tensor {
    record(Iota(count: count, dtype: dtype), Operands())
  }

  /// Ones where the index along a new innermost axis equals this integer, zeros elsewhere:
  /// `[...]` → `[..., classes]`.
  public func oneHot(_ classes: Int, dtype: DType = .float32) -> Tensor {
    let indices = Tensor.range(classes, dtype: self.dtype)
    return (expandingShape(at: -1) .== indices).cast(to: dtype)
  }
}
