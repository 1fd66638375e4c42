/// Where to look along one axis of a tensor, or what to do with the axes, in `x[.all, 1..<5, 3]`.
///
/// Integers take one element and drop the axis; ranges take a part; `.every(2)` every second
/// element, `.every(-1)` all of them backwards; `.new` adds an axis of size 1; `.ellipsis` stands
/// for as many `.all` as are missing; an integer tensor takes slices in any order; a `bool` tensor
/// selects where it holds, over as many axes as it has. Negative positions count from the end.
public struct TensorIndex: Sendable {
  enum Kind: Sendable {
    case at(Int)
    case part(from: Int?, to: Int?, by: Int)
    case new
    case ellipsis
    case positions(Tensor)
  }

  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }
}

/// What can stand in the brackets after a tensor: integers, ranges, tensors, `TensorIndex`.
public protocol TensorIndexing {
  /// The same as a `TensorIndex`.
  var tensorIndex: TensorIndex { get }
}

extension TensorIndexing where Self == TensorIndex {
  /// The whole axis.
  public static var all: TensorIndex { TensorIndex(.part(from: nil, to: nil, by: 1)) }

  /// Every `step`-th element of the axis: from its start, or backwards from its end for a negative
  /// step.
  public static func every(_ step: Int) -> TensorIndex {
    TensorIndex(.part(from: nil, to: nil, by: step))
  }

  /// Every `step`-th element from `start` on, up to but without `end`; an end that is missing is the
  /// axis's own, negative positions count from the end.
  public static func slice(from start: Int? = nil, to end: Int? = nil, by step: Int) -> TensorIndex
  {
    TensorIndex(.part(from: start, to: end, by: step))
  }

  /// A new axis of size 1.
  public static var new: TensorIndex { TensorIndex(.new) }

  /// As many whole axes as the other indices leave over.
  public static var ellipsis: TensorIndex { TensorIndex(.ellipsis) }
}

extension TensorIndex: TensorIndexing {
  /// Itself.
  public var tensorIndex: TensorIndex { self }
}
extension Int: TensorIndexing {
  /// One element; the axis goes.
  public var tensorIndex: TensorIndex { TensorIndex(.at(self)) }
}
extension Range: TensorIndexing where Bound == Int {
  /// A part of the axis.
  public var tensorIndex: TensorIndex {
    TensorIndex(.part(from: lowerBound, to: upperBound, by: 1))
  }
}
extension ClosedRange: TensorIndexing where Bound == Int {
  /// A part of the axis with both ends.
  public var tensorIndex: TensorIndex {
    // −1 is the last element: one more would be 0, the start.
    TensorIndex(.part(from: lowerBound, to: upperBound == -1 ? nil : upperBound + 1, by: 1))
  }
}
extension PartialRangeFrom: TensorIndexing where Bound == Int {
  /// The axis from a position on.
  public var tensorIndex: TensorIndex { TensorIndex(.part(from: lowerBound, to: nil, by: 1)) }
}
extension PartialRangeUpTo: TensorIndexing where Bound == Int {
  /// The axis up to a position.
  public var tensorIndex: TensorIndex { TensorIndex(.part(from: nil, to: upperBound, by: 1)) }
}
extension PartialRangeThrough: TensorIndexing where Bound == Int {
  /// The axis through a position.
  public var tensorIndex: TensorIndex {
    TensorIndex(.part(from: nil, to: upperBound == -1 ? nil : upperBound + 1, by: 1))
  }
}
extension Tensor: TensorIndexing {
  /// Positions, or truth values where to select.
  public var tensorIndex: TensorIndex { TensorIndex(.positions(self)) }
}

// One subscript for each number of indices: a pack of them cannot have a setter.
extension Tensor {
  /// The part that the index selects; assigning replaces it. See `TensorIndex`.
  public subscript<A: TensorIndexing>(_ a: A) -> Tensor {
    get { selected([a.tensorIndex]) }
    set { self = replaced([a.tensorIndex], newValue) }
  }

  /// The part that the indices select; assigning replaces it. See `TensorIndex`.
  public subscript<A: TensorIndexing, B: TensorIndexing>(_ a: A, _ b: B) -> Tensor {
    get { selected([a.tensorIndex, b.tensorIndex]) }
    set { self = replaced([a.tensorIndex, b.tensorIndex], newValue) }
  }

  /// The part that the indices select; assigning replaces it. See `TensorIndex`.
  public subscript<A: TensorIndexing, B: TensorIndexing, C: TensorIndexing>(
    _ a: A, _ b: B, _ c: C
  ) -> Tensor {
    get { selected([a.tensorIndex, b.tensorIndex, c.tensorIndex]) }
    set { self = replaced([a.tensorIndex, b.tensorIndex, c.tensorIndex], newValue) }
  }

  /// The part that the indices select; assigning replaces it. See `TensorIndex`.
  public subscript<
    A: TensorIndexing, B: TensorIndexing, C: TensorIndexing, D: TensorIndexing
  >(_ a: A, _ b: B, _ c: C, _ d: D) -> Tensor {
    get { selected([a.tensorIndex, b.tensorIndex, c.tensorIndex, d.tensorIndex]) }
    set { self = replaced([a.tensorIndex, b.tensorIndex, c.tensorIndex, d.tensorIndex], newValue) }
  }

  /// The part that the indices select; assigning replaces it. See `TensorIndex`.
  public subscript<
    A: TensorIndexing, B: TensorIndexing, C: TensorIndexing, D: TensorIndexing, E: TensorIndexing
  >(_ a: A, _ b: B, _ c: C, _ d: D, _ e: E) -> Tensor {
    get {
      selected([a.tensorIndex, b.tensorIndex, c.tensorIndex, d.tensorIndex, e.tensorIndex])
    }
    set {
      let first = [a.tensorIndex, b.tensorIndex, c.tensorIndex]
      self = replaced(first + [d.tensorIndex, e.tensorIndex], newValue)
    }
  }

  /// The part that the indices select; assigning replaces it. See `TensorIndex`.
  public subscript<
    A: TensorIndexing, B: TensorIndexing, C: TensorIndexing, D: TensorIndexing, E: TensorIndexing,
    F: TensorIndexing
  >(_ a: A, _ b: B, _ c: C, _ d: D, _ e: E, _ f: F) -> Tensor {
    get {
      let first = [a.tensorIndex, b.tensorIndex, c.tensorIndex]
      return selected(first + [d.tensorIndex, e.tensorIndex, f.tensorIndex])
    }
    set {
      let first = [a.tensorIndex, b.tensorIndex, c.tensorIndex]
      self = replaced(first + [d.tensorIndex, e.tensorIndex, f.tensorIndex], newValue)
    }
  }

  /// This tensor with a part replaced: `x.replacing(.all, 0, with: y)`.
  ///
  /// - Parameters:
  ///   - indices: As in the brackets of a subscript; see `TensorIndex`.
  ///   - values: Of this tensor's type; broadcast to the shape of the part.
  /// - Returns: The shape of this tensor. Gradients flow to `values` and to what is not replaced.
  public func replacing<each I: TensorIndexing>(
    _ indices: repeat each I, with values: Tensor
  ) -> Tensor {
    var list: [TensorIndex] = []
    repeat list.append((each indices).tensorIndex)
    return replaced(list, values)
  }

  /// This tensor with all elements of a part set to a number.
  public func replacing<each I: TensorIndexing>(
    _ indices: repeat each I, with value: Double
  ) -> Tensor {
    var list: [TensorIndex] = []
    repeat list.append((each indices).tensorIndex)
    return replaced(list, scalar(value))
  }
}
