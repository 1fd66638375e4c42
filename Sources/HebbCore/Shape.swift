/// The sizes of a tensor's axes, outermost first. At most eight axes, held in place.
public struct Shape: Sendable, Hashable, RandomAccessCollection, ExpressibleByArrayLiteral,
  CustomStringConvertible
{
  /// The largest number of axes.
  public static let maximumRank = 8

  @usableFromInline var sizes: InlineArray<8, Int>
  /// The number of axes.
  public private(set) var rank: Int

  /// The shape of a scalar, `[]`.
  public init() {
    sizes = InlineArray(repeating: 0)
    rank = 0
  }

  /// The shape with these sizes.
  public init(_ sizes: some Sequence<Int>) {
    self.init()
    for size in sizes { append(size) }
  }

  /// The shape with these sizes.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The shape with `rank` axes of size `size`.
  public init(repeating size: Int, rank: Int) {
    precondition(rank <= Self.maximumRank, "a shape has at most 8 axes, not \(rank)")
    self.init()
    for _ in 0..<rank { append(size) }
  }

  /// Adds an innermost axis.
  public mutating func append(_ size: Int) {
    precondition(size >= 0, "an axis has size 0 or more, not \(size)")
    precondition(rank < Self.maximumRank, "a shape has at most \(Self.maximumRank) axes")
    sizes[rank] = size
    rank += 1
  }

  /// The first axis, 0.
  public var startIndex: Int { 0 }
  /// One past the innermost axis.
  public var endIndex: Int { rank }

  /// The size of an axis in 0..<rank.
  public subscript(axis: Int) -> Int {
    get {
      precondition(axis >= 0 && axis < rank, "axis \(axis) of a shape with \(rank) axes")
      return sizes[axis]
    }
    set {
      precondition(axis >= 0 && axis < rank, "axis \(axis) of a shape with \(rank) axes")
      precondition(newValue >= 0, "an axis has size 0 or more, not \(newValue)")
      sizes[axis] = newValue
    }
  }

  /// The product of the sizes; 1 for a scalar. Traps where it exceeds the range of `Int`.
  public var elementCount: Int {
    var count = 1
    var overflow = false
    for axis in 0..<rank {
      let (product, wrapped) = count.multipliedReportingOverflow(by: sizes[axis])
      count = product
      overflow = overflow || wrapped
    }
    if overflow {
      // A later axis of size zero would make the true product zero.
      for axis in 0..<rank where sizes[axis] == 0 { return 0 }
      preconditionFailure("a tensor of shape \(self) has more elements than memory has addresses")
    }
    return count
  }

  /// Steps between neighbours along each axis in row-major order, in elements.
  public var rowMajorStrides: Strides {
    var strides = Strides(repeating: 0, rank: rank)
    var step = 1
    for axis in stride(from: rank - 1, through: 0, by: -1) {
      strides[axis] = step
      step *= Swift.max(sizes[axis], 1)
    }
    return strides
  }

  /// The sizes in brackets, `[2, 3]`.
  public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }

  /// Whether rank and sizes agree.
  public static func == (a: Shape, b: Shape) -> Bool {
    if a.rank != b.rank { return false }
    for axis in 0..<a.rank where a.sizes[axis] != b.sizes[axis] { return false }
    return true
  }

  /// Feeds the sizes to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(rank)
    for axis in 0..<rank { hasher.combine(sizes[axis]) }
  }
}

/// Steps between neighbours along each axis, in elements; 0 repeats, negative walks backwards.
public struct Strides: Sendable, Hashable, CustomStringConvertible {
  var steps: InlineArray<8, Int>
  /// The number of axes.
  public private(set) var rank: Int

  /// `rank` equal steps.
  public init(repeating step: Int, rank: Int) {
    steps = InlineArray(repeating: step)
    self.rank = rank
  }

  /// These steps.
  public init(_ steps: some Collection<Int>) {
    self.init(repeating: 0, rank: steps.count)
    for (axis, step) in steps.enumerated() { self.steps[axis] = step }
  }

  /// The step along an axis in 0..<rank.
  public subscript(axis: Int) -> Int {
    get {
      precondition(axis >= 0 && axis < rank, "axis \(axis) of strides with \(rank) axes")
      return steps[axis]
    }
    set {
      precondition(axis >= 0 && axis < rank, "axis \(axis) of strides with \(rank) axes")
      steps[axis] = newValue
    }
  }

  /// The steps in brackets.
  public var description: String {
    "[" + (0..<rank).map { String(steps[$0]) }.joined(separator: ", ") + "]"
  }

  /// Whether rank and steps agree.
  public static func == (a: Strides, b: Strides) -> Bool {
    if a.rank != b.rank { return false }
    for axis in 0..<a.rank where a.steps[axis] != b.steps[axis] { return false }
    return true
  }

  /// Feeds the steps to `hasher`.
  public func hash(into hasher: inout Hasher) {
    for axis in 0..<rank { hasher.combine(steps[axis]) }
  }
}

extension Shape {
  /// The axis that `axis` names, counting from the end where it is negative.
  ///
  /// - Throws: `TensorError` if there is no such axis.
  public func axis(_ axis: Int) throws(TensorError) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard resolved >= 0, resolved < rank else {
      throw TensorError("axis \(axis) does not exist in shape \(self) with \(rank) axes")
    }
    return resolved
  }

  /// The shape that both broadcast to by NumPy's rule: aligned at the innermost axis, sizes are
  /// equal or 1.
  ///
  /// - Throws: `TensorError` naming the axis that disagrees.
  public static func broadcast(_ a: Shape, _ b: Shape) throws(TensorError) -> Shape {
    if a == b { return a }
    let rank = Swift.max(a.rank, b.rank)
    var result = Shape(repeating: 1, rank: rank)
    for axis in 0..<rank {
      let i = axis - (rank - a.rank)
      let j = axis - (rank - b.rank)
      let m = i < 0 ? 1 : a.sizes[i]
      let n = j < 0 ? 1 : b.sizes[j]
      guard m == n || m == 1 || n == 1 else {
        throw TensorError(
          "shapes \(a) and \(b) do not broadcast: axis \(axis - rank) has sizes \(m) and \(n)")
      }
      result.sizes[axis] = m == 1 ? n : m
    }
    return result
  }

  /// The shape without `axes`, or with size 1 there.
  func reduced(_ axes: AxisSet, keepingDimensions keep: Bool) -> Shape {
    var result = Shape()
    for axis in 0..<rank {
      if axes.contains(axis) {
        if keep { result.append(1) }
      } else {
        result.append(sizes[axis])
      }
    }
    return result
  }
}

/// Some of the at most eight axes of a shape.
public struct AxisSet: Sendable, Hashable {
  var bits: UInt8

  /// The axes of a shape that `axes` name, negative ones counted from the end; all where it is nil.
  ///
  /// - Throws: `TensorError` if an axis does not exist or is named twice.
  public init(_ axes: [Int]?, of shape: Shape) throws(TensorError) {
    bits = 0
    guard let axes else {
      bits = shape.rank == 8 ? 0xff : UInt8((1 << shape.rank) - 1)
      return
    }
    for axis in axes {
      let resolved = try shape.axis(axis)
      guard !contains(resolved) else {
        throw TensorError("axis \(axis) is named twice for shape \(shape)")
      }
      bits |= 1 << resolved
    }
  }

  /// Whether `axis` is one of them.
  public func contains(_ axis: Int) -> Bool { bits >> axis & 1 == 1 }

  /// The axes in ascending order.
  public var axes: [Int] { (0..<8).filter(contains) }
}
