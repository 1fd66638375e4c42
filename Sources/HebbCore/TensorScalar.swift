/// A Swift type whose values can be the elements of a tensor.
///
/// Memory holds the value exactly as Swift does, so that arrays are copied as they are.
public protocol TensorScalar: Sendable, BitwiseCopyable {
  /// The element type of a tensor made of such values.
  static var dtype: DType { get }
}

extension Float: TensorScalar {
  /// `float32`.
  public static var dtype: DType { .float32 }
}
extension Double: TensorScalar {
  /// `float64`.
  public static var dtype: DType { .float64 }
}
extension Int32: TensorScalar {
  /// `int32`.
  public static var dtype: DType { .int32 }
}
extension Int64: TensorScalar {
  /// `int64`.
  public static var dtype: DType { .int64 }
}
extension Int: TensorScalar {
  /// `int64`.
  public static var dtype: DType { .int64 }
}
extension UInt8: TensorScalar {
  /// `uint8`.
  public static var dtype: DType { .uint8 }
}
extension Bool: TensorScalar {
  /// `bool`.
  public static var dtype: DType { .bool }
}
extension BFloat16: TensorScalar {
  /// `bfloat16`.
  public static var dtype: DType { .bfloat16 }
}
#if !(os(macOS) && arch(x86_64))
  extension Float16: TensorScalar {
    /// `float16`.
    public static var dtype: DType { .float16 }
  }
#endif

/// A number with the range of `Float` and 8 bits of precision: the upper half of a `Float`.
public struct BFloat16: Sendable, BitwiseCopyable, Hashable, CustomStringConvertible {
  /// Sign, 8 exponent bits, 7 mantissa bits.
  public var bitPattern: UInt16

  /// The number with these bits.
  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// The nearest number to `value`, ties to even; NaN stays NaN.
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
    } else {
      let rounded = bits &+ 0x7fff &+ ((bits >> 16) & 1)
      bitPattern = UInt16(truncatingIfNeeded: rounded >> 16)
    }
  }

  /// The same number as a `Float`, exactly.
  public var floatValue: Float { Float(bitPattern: UInt32(bitPattern) << 16) }

  /// The number in decimal.
  public var description: String { floatValue.description }
}
