/// An array of numbers with shape and element type: an immutable value.
///
/// Operations on tensors check shapes at once and record what has to be computed; reading elements
/// (`item`, `scalars`, printing, saving) or an optimizer step computes it.
public struct Tensor: Sendable {
  let handle: Handle

  var node: Node { handle.node }

  init(_ node: Node) { handle = Handle(node) }

  /// A number that no other value of the process has or will have.
  package var identity: UInt64 { node.sequence }

  /// The sizes of the axes.
  public var shape: Shape { node.type.shape }
  /// The element type.
  public var dtype: DType { node.type.dtype }
  /// Shape and element type.
  public var type: TensorType { node.type }
  /// The number of axes.
  public var rank: Int { node.type.shape.rank }
  /// The number of elements.
  public var count: Int { node.type.shape.elementCount }
}

/// Tells the evaluator that a user can still read the node: such values are kept, all others are
/// fused away.
final class Handle: Sendable {
  let node: Node

  init(_ node: Node) {
    self.node = node
    node.handleCount.add(1, ordering: .relaxed)
  }

  deinit { node.handleCount.subtract(1, ordering: .relaxed) }
}

// MARK: - Making tensors

extension Tensor {
  /// A scalar, `float32` unless said otherwise.
  public init(_ value: Double, dtype: DType = .float32) {
    self.init(
      Node(dtype.isFloatingPoint ? .real(value) : .integer(Int64(value)), dtype))
  }

  /// A scalar integer, `int64` unless said otherwise.
  public init(_ value: Int, dtype: DType = .int64) {
    self.init(
      Node(dtype.isFloatingPoint ? .real(Double(value)) : .integer(Int64(value)), dtype))
  }

  /// A tensor with the elements of `scalars` in row-major order.
  ///
  /// - Parameters:
  ///   - scalars: As many numbers as the shape has elements.
  ///   - shape: The shape; one axis with all elements where it is nil.
  public init<T: TensorScalar>(_ scalars: [T], shape: Shape? = nil) {
    let shape = shape ?? [scalars.count]
    precondition(
      shape.elementCount == scalars.count,
      "Tensor: shape \(shape) has \(shape.elementCount) elements, the array has \(scalars.count)")
    self = scalars.withUnsafeBytes {
      Tensor(bytes: $0, type: TensorType(shape, T.dtype))
    }
  }

  /// A tensor with the elements that lie in `bytes`, row-major, in the machine's byte order.
  public init(bytes: UnsafeRawBufferPointer, type: TensorType) {
    precondition(
      bytes.count == type.byteCount,
      "Tensor: \(type) takes \(type.byteCount) bytes, there are \(bytes.count)")
    let storage = Storage(byteCount: bytes.count)
    if let base = bytes.baseAddress {
      storage.pointer.copyMemory(from: base, byteCount: bytes.count)
    }
    self.init(Node(storage, type))
  }

  /// A tensor whose elements `fill` writes into memory that has room for exactly all of them.
  ///
  /// - Parameters:
  ///   - type: Shape and element type; memory is row-major.
  ///   - fill: Writes every element; the memory is not initialized before.
  /// - Throws: What `fill` throws.
  public init<Failure: Error>(
    type: TensorType, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let storage = Storage(byteCount: type.byteCount)
    try fill(UnsafeMutableRawBufferPointer(start: storage.pointer, count: type.byteCount))
    self.init(Node(storage, type))
  }

  /// A tensor of equal elements.
  public static func full(_ shape: Shape, _ value: Double, dtype: DType = .float32) -> Tensor {
    Tensor(value, dtype: dtype).broadcast(to: shape)
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    full(shape, 0, dtype: dtype)
  }

  /// A tensor of ones.
  public static func ones(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    full(shape, 1, dtype: dtype)
  }

  /// A tensor like this one in shape and type, with equal elements.
  public func filled(with value: Double) -> Tensor { .full(shape, value, dtype: dtype) }
}

extension Tensor: ExpressibleByArrayLiteral {
  /// A `float32` tensor with one axis.
  public init(arrayLiteral elements: Double...) { self.init(elements.map(Float.init)) }
}

// MARK: - Reading tensors

extension Tensor {
  /// Computes this tensor now, and with it every recorded value that it depends on and that is
  /// still held. Rarely needed: reading does the same.
  @discardableResult
  public func evaluated() -> Tensor {
    if !Evaluator.computeSmall(node) { Evaluator.evaluate([node]) }
    return self
  }

  /// Computes several tensors in one plan.
  public static func evaluate(_ tensors: [Tensor]) { Evaluator.evaluate(tensors.map(\.node)) }

  /// Calls `body` with the elements in row-major order; computes them first if needed.
  public func withBytes<R, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> R
  ) throws(Failure) -> R {
    if let immediate = node.immediate {
      let storage = Storage(byteCount: dtype.byteCount)
      immediate.write(to: storage.pointer, as: dtype)
      return try body(UnsafeRawBufferPointer(start: storage.pointer, count: dtype.byteCount))
    }
    let storage = Evaluator.storage(of: node)
    // While the handle lives, no plan writes over the elements.
    defer { withExtendedLifetime((self, storage)) {} }
    return try body(UnsafeRawBufferPointer(start: storage.pointer, count: type.byteCount))
  }

  /// The elements in row-major order. Traps unless `T` is the Swift type of the element type.
  public func scalars<T: TensorScalar>(as type: T.Type = T.self) -> [T] {
    precondition(
      T.dtype == dtype, "scalars: a \(dtype) tensor read as \(T.dtype); cast(to:) converts it")
    return withBytes { Array($0.bindMemory(to: T.self)) }
  }

  /// The elements in row-major order, converted to `Double`.
  public func doubles() -> [Double] {
    withBytes { bytes in
      switch dtype {
      case .float32: bytes.bindMemory(to: Float.self).map(Double.init)
      case .float64: Array(bytes.bindMemory(to: Double.self))
      case .bfloat16: bytes.bindMemory(to: BFloat16.self).map { Double($0.floatValue) }
      case .float16: bytes.bindMemory(to: Float16.self).map(Double.init)
      case .int32: bytes.bindMemory(to: Int32.self).map(Double.init)
      case .int64: bytes.bindMemory(to: Int64.self).map(Double.init)
      case .uint8: bytes.bindMemory(to: UInt8.self).map(Double.init)
      case .bool: bytes.bindMemory(to: UInt8.self).map { $0 == 0 ? 0 : 1 }
      }
    }
  }

  /// The elements in row-major order, converted to `Float`.
  public func floats() -> [Float] {
    dtype == .float32 ? scalars(as: Float.self) : doubles().map(Float.init)
  }

  /// The elements in row-major order, converted to `Int`; fractions are cut off.
  public func integers() -> [Int] {
    dtype == .int64 ? scalars(as: Int.self) : doubles().map { Int($0) }
  }

  /// The only element. Traps if there are several.
  public func item() -> Double {
    precondition(count == 1, "item: a tensor of shape \(shape) has \(count) elements, not one")
    return doubles()[0]
  }
}

extension Scalar {
  package func write(to pointer: UnsafeMutableRawPointer, as dtype: DType) {
    switch self {
    case .real(let value):
      switch dtype {
      case .float32: pointer.storeBytes(of: Float(value), as: Float.self)
      case .float64: pointer.storeBytes(of: value, as: Double.self)
      case .bfloat16: pointer.storeBytes(of: BFloat16(Float(value)), as: BFloat16.self)
      case .float16: pointer.storeBytes(of: Float16(value), as: Float16.self)
      default: preconditionFailure("a \(dtype) scalar holds an integer")
      }
    case .integer(let value):
      switch dtype {
      case .int32: pointer.storeBytes(of: Int32(truncatingIfNeeded: value), as: Int32.self)
      case .int64: pointer.storeBytes(of: value, as: Int64.self)
      case .uint8: pointer.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
      case .bool: pointer.storeBytes(of: value == 0 ? 0 : 1, as: UInt8.self)
      default: preconditionFailure("a \(dtype) scalar holds a real number")
      }
    }
  }
}
