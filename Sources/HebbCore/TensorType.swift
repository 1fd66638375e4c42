/// What is known of a tensor before its values are: shape and element type.
public struct TensorType: Sendable, Hashable, CustomStringConvertible {
  /// The sizes of the axes.
  public var shape: Shape
  /// The element type.
  public var dtype: DType

  /// A type with this shape and element type.
  public init(_ shape: Shape, _ dtype: DType) {
    self.shape = shape
    self.dtype = dtype
  }

  /// Memory for all elements, in bytes.
  public var byteCount: Int { shape.elementCount * dtype.byteCount }

  /// Element type and shape, `float32[2, 3]`.
  public var description: String { "\(dtype)\(shape)" }
}

/// Why an operation cannot be applied: which one, to what, and what disagrees.
///
/// Shape rules throw it; inside arithmetic it becomes a trap with the same sentence, at the call.
public struct TensorError: Error, Sendable, CustomStringConvertible {
  /// The whole sentence.
  public var description: String

  /// An error with this sentence.
  public init(_ description: String) { self.description = description }
}
