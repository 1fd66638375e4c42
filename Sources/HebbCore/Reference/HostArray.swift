/// The elements of a tensor as plain Swift arrays: what the oracle computes with.
///
/// Floating-point numbers are held as `Double` and rounded to the element type when they are set;
/// all others as `Int64`.
public struct HostArray: Sendable {
  /// Shape and element type.
  public let type: TensorType
  private var reals: [Double] = []
  private var integers: [Int64] = []

  /// An array of zeros.
  public init(zeros type: TensorType) {
    self.type = type
    let count = type.shape.elementCount
    if type.dtype.isFloatingPoint {
      reals = Array(repeating: 0, count: count)
    } else {
      integers = Array(repeating: 0, count: count)
    }
  }

  /// The number of elements.
  public var count: Int { type.shape.elementCount }

  /// An element as a real number.
  public func real(_ index: Int) -> Double {
    type.dtype.isFloatingPoint ? reals[index] : Double(integers[index])
  }

  /// An element as an integer; fractions are cut off, values out of range saturate, NaN becomes 0.
  public func integer(_ index: Int) -> Int64 {
    guard type.dtype.isFloatingPoint else { return integers[index] }
    let value = reals[index]
    if value.isNaN { return 0 }
    if value >= 0x1p63 { return .max }
    return value <= -0x1p63 ? .min : Int64(value)
  }

  /// Sets an element, rounded to the element type; integers saturate.
  public mutating func set(_ index: Int, real value: Double) {
    switch type.dtype {
    case .float64: reals[index] = value
    case .float32: reals[index] = Double(Float(value))
    case .bfloat16: reals[index] = Double(BFloat16(Float(value)).floatValue)
    case .float16: reals[index] = Double(Float16(Float(value)))
    case .bool: integers[index] = value == 0 ? 0 : 1
    case .int32, .int64, .uint8:
      let bounds: (low: Double, high: Double) =
        type.dtype == .int32
        ? (-0x1p31, 0x1p31 - 1) : type.dtype == .uint8 ? (0, 255) : (-0x1p63, 0x1p63)
      if value.isNaN {
        integers[index] = 0
      } else if value >= bounds.high {
        integers[index] = type.dtype == .int64 ? .max : Int64(bounds.high)
      } else {
        integers[index] = Int64(Swift.max(value, bounds.low))
      }
    }
  }

  /// Sets an element; integer types keep the lower bits.
  public mutating func set(_ index: Int, integer value: Int64) {
    switch type.dtype {
    case .float64, .float32, .bfloat16, .float16: set(index, real: Double(value))
    case .int64: integers[index] = value
    case .int32: integers[index] = Int64(Int32(truncatingIfNeeded: value))
    case .uint8: integers[index] = Int64(UInt8(truncatingIfNeeded: value))
    case .bool: integers[index] = value == 0 ? 0 : 1
    }
  }

  /// Copies one element of another array of the same kind of type.
  public mutating func set(_ index: Int, from other: HostArray, _ source: Int) {
    if other.type.dtype.isFloatingPoint {
      set(index, real: other.real(source))
    } else {
      set(index, integer: other.integer(source))
    }
  }

  /// The array repeated to a larger shape by NumPy's rule.
  public func broadcast(to shape: Shape) -> HostArray {
    if shape == type.shape { return self }
    var result = HostArray(zeros: TensorType(shape, type.dtype))
    let strides = type.shape.rowMajorStrides
    let offset = shape.rank - type.shape.rank
    forEachIndex(of: shape) { position, index in
      var source = 0
      for axis in 0..<type.shape.rank where type.shape[axis] != 1 {
        source += index[axis + offset] * strides[axis]
      }
      result.set(position, from: self, source)
    }
    return result
  }

  /// The position of a multi-dimensional index in row-major order.
  public func position(_ index: [Int]) -> Int {
    var position = 0
    for (axis, i) in index.enumerated() { position = position * type.shape[axis] + i }
    return position
  }

  /// The elements of memory in row-major order.
  public init(_ pointer: UnsafeRawPointer, _ type: TensorType) {
    self.init(zeros: type)
    for i in 0..<count {
      switch type.dtype {
      case .float32: reals[i] = Double(pointer.load(fromByteOffset: i * 4, as: Float.self))
      case .float64: reals[i] = pointer.load(fromByteOffset: i * 8, as: Double.self)
      case .bfloat16:
        reals[i] = Double(pointer.load(fromByteOffset: i * 2, as: BFloat16.self).floatValue)
      case .float16: reals[i] = Double(pointer.load(fromByteOffset: i * 2, as: Float16.self))
      case .int32: integers[i] = Int64(pointer.load(fromByteOffset: i * 4, as: Int32.self))
      case .int64: integers[i] = pointer.load(fromByteOffset: i * 8, as: Int64.self)
      case .uint8, .bool: integers[i] = Int64(pointer.load(fromByteOffset: i, as: UInt8.self))
      }
    }
  }

  /// Writes the elements to memory in row-major order.
  public func write(to pointer: UnsafeMutableRawPointer) {
    for i in 0..<count {
      let value: Scalar = type.dtype.isFloatingPoint ? .real(reals[i]) : .integer(integers[i])
      value.write(to: pointer + i * type.dtype.byteCount, as: type.dtype)
    }
  }
}

/// Calls `body` with each position and index of a shape in row-major order.
public func forEachIndex(of shape: Shape, _ body: (_ position: Int, _ index: [Int]) -> Void) {
  var index = Array(repeating: 0, count: shape.rank)
  for position in 0..<shape.elementCount {
    body(position, index)
    var axis = shape.rank - 1
    while axis >= 0 {
      index[axis] += 1
      if index[axis] < shape[axis] { break }
      index[axis] = 0
      axis -= 1
    }
  }
}
