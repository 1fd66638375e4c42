/// An operation that the engine records as one node: its shape rule, its gradient rule and its
/// oracle. Every other operation is composed of primitives.
///
/// A primitive is a value; its properties are the attributes of the operation (axes, strides).
/// To add one, write one file in `Operations/`; `CONTRIBUTING.md` has the steps.
public protocol Primitive: Sendable {
  /// The operation's name in errors and profiles.
  var name: String { get }

  /// The shape rule: the type of the result for inputs of these types.
  ///
  /// - Throws: `TensorError` that names the operation, the shapes and the axis that disagrees.
  func type(of inputs: Operands) throws(TensorError) -> TensorType

  /// The gradient rule: one cotangent for each input, nil where the result does not depend on it
  /// smoothly, written in tensor operations so that it differentiates again. A cotangent may have
  /// the broadcast shape: the engine sums it to the shape of the input.
  func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?]

  /// The oracle: the result computed in the plainest way.
  func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray

  /// Whether the result shows the elements of the only input in another arrangement, so that a
  /// backend need not copy them.
  var isView: Bool { get }

  /// Feeds every attribute to the signature under which plans are cached.
  func sign(_ signature: inout Signature)

  /// The additions, multiplications and functions of numbers that the result takes, about; for
  /// summaries of models.
  func operationCount(_ inputs: Operands, _ result: TensorType) -> Int
}

extension Primitive {
  /// Most primitives compute something.
  public var isView: Bool { false }

  /// Primitives without attributes have nothing to add.
  public func sign(_ signature: inout Signature) {}

  /// One operation for each element of the result; none for a view.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    isView ? 0 : result.shape.elementCount
  }
}

/// Everything that decides a plan, as words: two graphs with equal signatures run the same plan.
public struct Signature: Sendable, Hashable {
  var words: [UInt64] = []
  private(set) var hash = Self.start
  private static let start: UInt64 = 0xcbf2_9ce4_8422_2325

  init(capacity: Int) { words.reserveCapacity(capacity) }

  /// Begins anew.
  mutating func clear() {
    words.removeAll(keepingCapacity: true)
    hash = Self.start
  }

  /// Adds a number.
  @inline(__always)
  public mutating func append(_ value: Int) { appendWord(UInt64(bitPattern: Int64(value))) }

  /// Adds a number by its bits.
  public mutating func append(_ value: Double) { appendWord(value.bitPattern) }

  /// Adds a truth value.
  public mutating func append(_ value: Bool) { appendWord(value ? 1 : 0) }

  /// Adds the sizes of a shape.
  public mutating func append(_ shape: Shape) {
    appendWord(UInt64(shape.rank))
    for axis in 0..<shape.rank { append(shape.sizes[axis]) }
  }

  @inline(__always)
  mutating func appendWord(_ word: UInt64) {
    words.append(word)
    hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
    hash ^= hash >> 29
  }

  /// Whether all words agree.
  public static func == (a: Signature, b: Signature) -> Bool {
    a.hash == b.hash && a.words == b.words
  }

  /// Feeds the running hash to `hasher`.
  public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
