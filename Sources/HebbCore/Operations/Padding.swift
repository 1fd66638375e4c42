/// Where the values around a tensor come from when it is padded; NumPy's `pad` names in brackets.
public enum PaddingMode: Sendable, Hashable {
  /// One number (`constant`).
  case constant(Double)
  /// The border elements (`edge`).
  case edge
  /// The tensor mirrored at its border elements, which are not repeated (`reflect`).
  case reflect
  /// The tensor mirrored with its border elements repeated (`symmetric`).
  case symmetric
  /// The other end of the axis (`wrap`).
  case circular
  /// The mean along the axis (`mean`).
  case mean

  /// Zeros.
  public static let zero = PaddingMode.constant(0)
}

extension Tensor {
  /// Values around the tensor, one axis after the other, as in `numpy.pad`.
  ///
  /// - Parameters:
  ///   - before: How many along each axis before it; a negative number cuts off.
  ///   - after: How many along each axis after it; a negative number cuts off.
  ///   - mode: Where they come from. `reflect` takes fewer than the axis has elements, `symmetric`
  ///     and `circular` at most as many.
  /// - Returns: before + size + after along each axis.
  public func padded(before: [Int], after: [Int], mode: PaddingMode) -> Tensor {
    precondition(
      before.count == rank && after.count == rank,
      "padded: shape \(shape) needs \(rank) numbers before and after")
    var result = self
    for axis in 0..<rank where before[axis] < 0 || after[axis] < 0 {
      let (start, end) = (Swift.max(-before[axis], 0), shape[axis] - Swift.max(-after[axis], 0))
      precondition(
        start <= end, "padded: \(before[axis]) and \(after[axis]) cut off all of \(shape)")
      result = result.slice(axis: axis, start..<end)
    }
    let (first, last) = (before.map { Swift.max($0, 0) }, after.map { Swift.max($0, 0) })
    if case .constant(let value) = mode {
      let zeros = result.padded(before: first, after: last)
      if value == 0 { return zeros }
      let inside = Tensor([true]).broadcast(to: result.shape).padded(before: first, after: last)
      return select(inside, zeros, zeros.filled(with: value))
    }
    for axis in 0..<rank where first[axis] > 0 || last[axis] > 0 {
      result = result.extended(axis, first[axis], last[axis], mode)
    }
    return result
  }

  /// Values before and after the elements of one axis; see `padded(before:after:mode:)`.
  public func padded(axis: Int, before: Int, after: Int, mode: PaddingMode = .zero) -> Tensor {
    let axis = resolvedAxis(axis, "padded")
    var (first, last) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
    (first[axis], last[axis]) = (before, after)
    return padded(before: first, after: last, mode: mode)
  }

  private func extended(_ axis: Int, _ before: Int, _ after: Int, _ mode: PaddingMode) -> Tensor {
    let n = shape[axis]
    let most =
      switch mode {
      case .reflect: n - 1
      case .symmetric, .circular: n
      default: n == 0 ? 0 : Int.max
      }
    guard before <= most, after <= most else {
      trap(
        TensorError(
          "padded: \(before) before and \(after) after axis \(axis) of \(shape) are more than the "
            + "\(Swift.max(most, 0)) that mode \(mode) has"))
    }
    func part(_ range: Range<Int>) -> Tensor { slice(axis: axis, range) }
    func repeated(_ x: Tensor, _ count: Int) -> Tensor {
      var sizes = shape
      sizes[axis] = count
      return x.broadcast(to: sizes)
    }
    let (first, last): (Tensor, Tensor)
    switch mode {
    case .edge: (first, last) = (repeated(part(0..<1), before), repeated(part(n - 1..<n), after))
    case .reflect:
      first = part(1..<before + 1).flipped(axis: axis)
      last = part(n - 1 - after..<n - 1).flipped(axis: axis)
    case .symmetric:
      first = part(0..<before).flipped(axis: axis)
      last = part(n - after..<n).flipped(axis: axis)
    case .circular: (first, last) = (part(n - before..<n), part(0..<after))
    case .mean:
      let middle = mean(axes: [axis], keepingDimensions: true)
      (first, last) = (repeated(middle, before), repeated(middle, after))
    case .constant(let value):
      let single = part(0..<1).filled(with: value)
      (first, last) = (repeated(single, before), repeated(single, after))
    }
    return concatenate([first, self, last].filter { $0.shape[axis] > 0 }, axis: axis)
  }
}
