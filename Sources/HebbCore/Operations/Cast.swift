/// Conversion to another element type.
///
/// Real to integer cuts off the fraction and saturates (NaN becomes 0); anything to `bool` asks
/// whether it differs from 0. The gradient is cast back.
public struct Cast: Primitive {
  /// The element type of the result.
  public let dtype: DType

  package init(dtype: DType) {
    self.dtype = dtype
  }

  /// The operation's name.
  public var name: String { "cast" }

  /// The same shape with the new type.
  public func type(of inputs: Operands) -> TensorType { TensorType(inputs[0].shape, dtype) }

  /// The cotangent, cast back; none for integers.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let dtype = inputs[0].dtype
    return [dtype.isFloatingPoint ? Autocast.converted(cotangent, to: dtype) : nil]
  }

  /// Converts one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    let x = inputs[0]
    for i in 0..<type.shape.elementCount {
      if x.type.dtype.isFloatingPoint {
        result.set(i, real: x.real(i))
      } else {
        result.set(i, integer: x.integer(i))
      }
    }
    return result
  }

  /// The element type is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(Int(dtype.rawValue)) }
}

extension Tensor {
  /// The elements converted to another type; the tensor itself where it has that type already.
  public func cast(to dtype: DType) -> Tensor {
    dtype == self.dtype ? self : record(Cast(dtype: dtype), self)
  }
}
