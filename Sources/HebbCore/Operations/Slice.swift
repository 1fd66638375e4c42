/// A regular part of a tensor: `sizes[i]` elements of axis `i` from `starts[i]` on, every
/// `steps[i]`-th (a negative step walks backwards).
public struct Slice: Primitive {
  /// The first index of each axis.
  public let starts: [Int]
  /// The shape of the part.
  public let sizes: Shape
  /// The step of each axis, not 0.
  public let steps: [Int]

  package init(starts: [Int], sizes: Shape, steps: [Int]) {
    self.starts = starts
    self.sizes = sizes
    self.steps = steps
  }

  /// The operation's name.
  public var name: String { "slice" }

  /// The elements stay where they are.
  public var isView: Bool { true }

  /// The sizes, which must lie within the input.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    try Self.check(name, whole: inputs[0].shape, starts, sizes, steps)
    return TensorType(sizes, inputs[0].dtype)
  }

  static func check(
    _ name: String, whole: Shape, _ starts: [Int], _ sizes: Shape, _ steps: [Int]
  ) throws(TensorError) {
    guard starts.count == whole.rank, sizes.rank == whole.rank, steps.count == whole.rank else {
      throw TensorError("\(name): shape \(whole) needs a range for each of its \(whole.rank) axes")
    }
    for axis in 0..<whole.rank {
      let last = starts[axis] + (sizes[axis] - 1) * steps[axis]
      let inside = 0..<whole[axis] ~= starts[axis] && 0..<whole[axis] ~= last
      guard steps[axis] != 0, sizes[axis] == 0 || inside else {
        throw TensorError(
          "\(name): indices \(starts[axis]) to \(last) lie outside of axis \(axis) of \(whole)")
      }
    }
  }

  /// The cotangent at its place among zeros.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(SliceInsert(shape: inputs[0].shape, starts: starts, steps: steps), cotangent)]
  }

  /// Copies one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    forEachIndex(of: type.shape) { position, index in
      let source = index.enumerated().map { starts[$0] + $1 * steps[$0] }
      result.set(position, from: inputs[0], inputs[0].position(source))
    }
    return result
  }

  /// Starts, sizes and steps.
  public func sign(_ signature: inout Signature) {
    signature.append(sizes)
    for axis in 0..<sizes.rank {
      signature.append(starts[axis])
      signature.append(steps[axis])
    }
  }
}

/// Zeros with the input at regular places: the transpose of `Slice`.
public struct SliceInsert: Primitive {
  /// The shape of the result.
  public let shape: Shape
  /// The first index of each axis.
  public let starts: [Int]
  /// The step of each axis, not 0.
  public let steps: [Int]

  package init(shape: Shape, starts: [Int], steps: [Int]) {
    self.shape = shape
    self.starts = starts
    self.steps = steps
  }

  /// The operation's name.
  public var name: String { "sliceInsert" }

  /// The given shape, within which the input must lie.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    try Slice.check(name, whole: shape, starts, inputs[0].shape, steps)
    return TensorType(shape, inputs[0].dtype)
  }

  /// The part of the cotangent.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [record(Slice(starts: starts, sizes: inputs[0].shape, steps: steps), cotangent)]
  }

  /// Copies one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    forEachIndex(of: inputs[0].type.shape) { position, index in
      let target = index.enumerated().map { starts[$0] + $1 * steps[$0] }
      result.set(result.position(target), from: inputs[0], position)
    }
    return result
  }

  /// Shape, starts and steps.
  public func sign(_ signature: inout Signature) {
    signature.append(shape)
    for axis in 0..<shape.rank {
      signature.append(starts[axis])
      signature.append(steps[axis])
    }
  }
}

extension Tensor {
  /// The part of `range` along one axis.
  ///
  /// - Parameters:
  ///   - axis: The axis; negative ones count from the end.
  ///   - range: Indices within the axis.
  /// - Returns: A view with as many elements along the axis as the range.
  public func slice(axis: Int, _ range: Range<Int>) -> Tensor {
    let axis = axis < 0 ? axis + rank : axis
    precondition(axis >= 0 && axis < rank, "slice: no axis \(axis) in \(shape)")
    if range == 0..<shape[axis] { return self }
    var sizes = shape
    sizes[axis] = range.count
    var starts = Array(repeating: 0, count: rank)
    starts[axis] = range.lowerBound
    return record(
      Slice(starts: starts, sizes: sizes, steps: Array(repeating: 1, count: rank)), self)
  }

  /// The tensor cut into equal parts along an axis.
  public func split(_ parts: Int, axis: Int) -> [Tensor] {
    let axis = axis < 0 ? axis + rank : axis
    precondition(
      axis >= 0 && axis < rank && parts > 0 && shape[axis].isMultiple(of: parts),
      "split: axis \(axis) of \(shape) does not divide into \(parts) equal parts")
    let size = shape[axis] / parts
    return (0..<parts).map { slice(axis: axis, $0 * size..<($0 + 1) * size) }
  }

  /// The index `i` of the outermost axis, negative ones counted from the end; the other axes stay.
  /// Assigning replaces it.
  public subscript(i: Int) -> Tensor {
    get {
      precondition(rank > 0, "a scalar has no elements to index")
      let index = i < 0 ? i + shape[0] : i
      precondition(
        index >= 0 && index < shape[0], "index \(i) lies outside of axis 0 of \(shape)")
      return slice(axis: 0, index..<index + 1).squeezingShape(at: 0)
    }
    set { self = replaced([i.tensorIndex], newValue) }
  }

  /// A range of the outermost axis; the other axes stay. Assigning replaces it.
  public subscript(range: Range<Int>) -> Tensor {
    get { slice(axis: 0, range) }
    set { self = replaced([range.tensorIndex], newValue) }
  }

  /// The elements in reverse order along an axis.
  public func flipped(axis: Int) -> Tensor {
    let axis = axis < 0 ? axis + rank : axis
    precondition(axis >= 0 && axis < rank, "flipped: no axis \(axis) in \(shape)")
    var starts = Array(repeating: 0, count: rank)
    var steps = Array(repeating: 1, count: rank)
    starts[axis] = Swift.max(shape[axis] - 1, 0)
    steps[axis] = -1
    return record(Slice(starts: starts, sizes: shape, steps: steps), self)
  }

  /// Zeros around the tensor: `before[i]` and `after[i]` of them along axis `i`.
  public func padded(before: [Int], after: [Int]) -> Tensor {
    precondition(
      before.count == rank && after.count == rank,
      "padded: shape \(shape) needs \(rank) numbers before and after")
    let sizes = (0..<rank).map { shape[$0] + before[$0] + after[$0] }
    let steps = Array(repeating: 1, count: rank)
    return record(SliceInsert(shape: Shape(sizes), starts: before, steps: steps), self)
  }
}
