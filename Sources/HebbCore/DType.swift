/// The element type of a tensor, known at run time.
public enum DType: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// IEEE 754 single precision; the default.
  case float32
  /// IEEE 754 double precision.
  case float64
  /// The upper half of a `float32`: 8 exponent and 7 mantissa bits.
  case bfloat16
  /// IEEE 754 half precision: 5 exponent and 10 mantissa bits.
  case float16
  /// Signed 32-bit integer.
  case int32
  /// Signed 64-bit integer; indices and labels.
  case int64
  /// Unsigned 8-bit integer; pixels.
  case uint8
  /// Truth value, one byte.
  case bool

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .bfloat16, .float16: 2
    case .uint8, .bool: 1
    }
  }

  /// Whether the type has a fraction; only such tensors have gradients.
  public var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .bfloat16, .float16: true
    case .int32, .int64, .uint8, .bool: false
    }
  }

  /// The name in errors and files, as in NumPy: `float32`, `int64`, ...
  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .bfloat16: "bfloat16"
    case .float16: "float16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .bool: "bool"
    }
  }
}
