/// What the indices in the brackets after a tensor come to: first a regular part, then axes dropped
/// and added, then slices at the positions of tensors.
private struct Selection {
  var starts: [Int] = []
  var sizes: [Int] = []
  var steps: [Int] = []
  /// The regular part without the axes of single elements and with the new ones.
  var shape: [Int] = []
  /// The axes of `shape` at which tensors give positions.
  var positions: [(axis: Int, indices: Tensor)] = []

  init(_ indices: [TensorIndex], of tensor: Tensor) {
    let whole = tensor.shape
    for index in Self.spelledOut(indices, of: whole) {
      let axis = sizes.count
      switch index.kind {
      case .new: shape.append(1)
      case .ellipsis: break
      case .at(let position):
        let size = whole[axis]
        let resolved = position < 0 ? position + size : position
        guard resolved >= 0, resolved < size else {
          trap(TensorError("index \(position) lies outside of axis \(axis) of \(whole)"))
        }
        append(start: resolved, size: 1, step: 1)
      case .part(let start, let end, let step):
        let part = Self.part(start, end, step, axis, whole)
        append(start: part.start, size: part.size, step: step)
        shape.append(part.size)
      case .positions(let positions) where positions.dtype == .bool:
        let last = axis + positions.rank
        guard last <= whole.rank, Shape(whole[axis..<last]) == positions.shape else {
          trap(TensorError("mask \(positions.shape) does not fit to axis \(axis) of \(whole)"))
        }
        let found = positions.nonZeroIndices()
        for (i, size) in positions.shape.enumerated() {
          self.positions.append((shape.count, found.slice(axis: 1, i..<i + 1).flattened()))
          append(start: 0, size: size, step: 1)
          shape.append(size)
        }
      case .positions(let positions):
        guard !positions.dtype.isFloatingPoint else {
          trap(TensorError("positions of type \(positions.dtype) index \(whole); cast to .int64"))
        }
        self.positions.append((shape.count, positions.cast(to: .int64)))
        append(start: 0, size: whole[axis], step: 1)
        shape.append(whole[axis])
      }
    }
    guard shape.count <= Shape.maximumRank else {
      trap(TensorError("the indices of \(whole) give \(shape.count) axes; there can be 8"))
    }
  }

  private mutating func append(start: Int, size: Int, step: Int) {
    starts.append(start)
    sizes.append(size)
    steps.append(step)
  }

  /// The indices with the ellipsis, or what is missing at the end, replaced by whole axes.
  private static func spelledOut(_ indices: [TensorIndex], of whole: Shape) -> [TensorIndex] {
    var used = 0
    var ellipsis: Int?
    for (i, index) in indices.enumerated() {
      switch index.kind {
      case .new: break
      case .ellipsis:
        guard ellipsis == nil else { trap(TensorError("two ellipses in the indices of \(whole)")) }
        ellipsis = i
      case .positions(let positions) where positions.dtype == .bool: used += positions.rank
      default: used += 1
      }
    }
    guard used <= whole.rank else {
      trap(TensorError("\(used) indices for the \(whole.rank) axes of \(whole)"))
    }
    let whole = Array(repeating: TensorIndex.all, count: whole.rank - used)
    guard let ellipsis else { return indices + whole }
    return indices[..<ellipsis] + whole + indices[(ellipsis + 1)...]
  }

  /// The first position and the number of elements of a range with a step.
  private static func part(
    _ start: Int?, _ end: Int?, _ step: Int, _ axis: Int, _ whole: Shape
  ) -> (start: Int, size: Int) {
    let n = whole[axis]
    guard step != 0 else { trap(TensorError("step 0 along axis \(axis) of \(whole)")) }
    func resolved(_ position: Int) -> Int { position < 0 ? position + n : position }
    let first = start.map(resolved) ?? (step > 0 ? 0 : n - 1)
    let bound = end.map(resolved) ?? (step > 0 ? n : -1)
    let isInside = step > 0 ? 0...n ~= first && 0...n ~= bound : -1..<n ~= first && -1..<n ~= bound
    guard isInside, step < 0 || first <= bound || start == nil || end == nil else {
      let text = "\(start.map(String.init) ?? "")..<\(end.map(String.init) ?? "")"
      trap(TensorError("range \(text) by \(step) lies outside of axis \(axis) of \(whole)"))
    }
    let distance = step > 0 ? bound - first : first - bound
    let size = distance <= 0 ? 0 : (distance - 1) / abs(step) + 1
    return (size == 0 ? 0 : first, size)
  }

  /// The regular part.
  func part(of x: Tensor) -> Tensor {
    let isWhole = Shape(sizes) == x.shape && steps.allSatisfy { $0 == 1 }
    let part =
      isWhole ? x : record(Slice(starts: starts, sizes: Shape(sizes), steps: steps), x)
    return part.reshaped(to: Shape(shape))
  }

  /// Slices at the positions of the tensors, which are broadcast together: in place of their axes
  /// where these are neighbours, else in front, as NumPy does it.
  func gathered(from part: Tensor) -> Tensor {
    guard let first = positions.first else { return part }
    if positions.count == 1 {
      return part.gathering(
        Self.counted(first.indices, shape[first.axis]), axis: first.axis)
    }
    let axes = positions.map(\.axis)
    let isAdjacent = axes == Array(axes[0]..<axes[0] + axes.count)
    let others = (0..<shape.count).filter { !axes.contains($0) }
    let target = isAdjacent ? axes[0] : 0
    let order = Array(others[..<target]) + axes + others[target...]
    let joined =
      order[..<target].map { shape[$0] } + [axes.map { shape[$0] }.reduce(1, *)]
      + order[(target + axes.count)...].map { shape[$0] }
    var place = Tensor(0)
    var isInside = Tensor([true]).reshaped(to: Shape())
    for (axis, indices) in positions {
      let size = shape[axis]
      let counted = Self.counted(indices, size)
      isInside = isInside .& (counted .>= 0) .& (counted .< Double(size))
      place = place * Double(size) + counted
    }
    // A position outside of its axis could be inside of the joined one.
    let checked = select(isInside, place, place.filled(with: -1))
    return part.permuted(order).reshaped(to: Shape(joined)).gathering(checked, axis: target)
  }

  /// Positions with negative ones counted from the end.
  private static func counted(_ indices: Tensor, _ size: Int) -> Tensor {
    select(indices .< 0, indices + Double(size), indices)
  }
}

extension Tensor {
  /// The part that indices select.
  func selected(_ indices: [TensorIndex]) -> Tensor {
    let selection = Selection(indices, of: self)
    return selection.gathered(from: selection.part(of: self))
  }

  /// This tensor with the part that indices select replaced by `values`.
  func replaced(_ indices: [TensorIndex], _ values: Tensor) -> Tensor {
    guard values.dtype == dtype else {
      trap(
        TensorError("replacing: values \(values.type) in \(type); cast them to .\(dtype)"))
    }
    let selection = Selection(indices, of: self)
    if !selection.positions.isEmpty {
      // The same selection of the numbers of all elements says where the values go.
      let numbers = Tensor.range(count).reshaped(to: shape)
      let places = selection.gathered(from: selection.part(of: numbers))
      let fitting = values.broadcast(to: places.shape).flattened()
      return flattened().scattering(fitting, at: places.flattened()).reshaped(to: shape)
    }
    let sizes = Shape(selection.sizes)
    let fitting = values.broadcast(to: Shape(selection.shape)).reshaped(to: sizes)
    let insert = SliceInsert(shape: shape, starts: selection.starts, steps: selection.steps)
    if sizes == shape, selection.steps.allSatisfy({ $0 == 1 }) { return fitting }
    let inside = record(insert, Tensor([true]).broadcast(to: sizes))
    return select(inside, record(insert, fitting), self)
  }
}
