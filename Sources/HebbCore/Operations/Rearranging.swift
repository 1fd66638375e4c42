/// Cutting, repeating and moving: compositions of views, concatenation and gathering.

extension Tensor {
  /// The tensor cut along an axis into parts of these sizes, which add up to the axis.
  public func split(sizes: [Int], axis: Int) -> [Tensor] {
    let axis = resolvedAxis(axis, "split")
    precondition(
      sizes.allSatisfy { $0 >= 0 } && sizes.reduce(0, +) == shape[axis],
      "split: sizes \(sizes) do not add up to axis \(axis) of \(shape)")
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return slice(axis: axis, start..<start + size)
    }
  }

  /// The tensor cut along an axis into at most `count` parts of equal size, the last one smaller if
  /// need be, as in `torch.chunk`.
  public func chunked(_ count: Int, axis: Int = 0) -> [Tensor] {
    let axis = resolvedAxis(axis, "chunked")
    precondition(count > 0, "chunked: needs at least one part, not \(count)")
    let n = shape[axis]
    let size = Swift.max((n + count - 1) / count, 1)
    if n == 0 { return Array(repeating: self, count: count) }
    return stride(from: 0, to: n, by: size).map {
      slice(axis: axis, $0..<Swift.min($0 + size, n))
    }
  }

  /// The slices along an axis, which goes: the reverse of `stack`, as in `torch.unbind`.
  public func unstacked(axis: Int = 0) -> [Tensor] {
    let axis = resolvedAxis(axis, "unstacked")
    return (0..<shape[axis]).map { slice(axis: axis, $0..<$0 + 1).squeezingShape(at: axis) }
  }

  /// The elements in reverse order along several axes.
  public func flipped(axes: [Int]) -> Tensor { axes.reduce(self) { $0.flipped(axis: $1) } }

  /// The elements moved by `shift` places along an axis; those that leave come in at the other end.
  public func rolled(by shift: Int, axis: Int) -> Tensor {
    let axis = resolvedAxis(axis, "rolled")
    let n = shape[axis]
    let start = n == 0 ? 0 : ((-shift % n) + n) % n
    if start == 0 { return self }
    return concatenate(
      [slice(axis: axis, start..<n), slice(axis: axis, 0..<start)], axis: axis)
  }

  /// The elements moved by `shifts[i]` places along `axes[i]`.
  public func rolled(by shifts: [Int], axes: [Int]) -> Tensor {
    precondition(
      shifts.count == axes.count, "rolled: \(shifts.count) shifts for \(axes.count) axes")
    return zip(shifts, axes).reduce(self) { $0.rolled(by: $1.0, axis: $1.1) }
  }

  /// The tensor repeated as a whole, `counts[i]` times along axis `i`, as in `numpy.tile`: the shorter
  /// of shape and counts is filled up with ones in front.
  public func tiled(_ counts: [Int]) -> Tensor {
    precondition(counts.allSatisfy { $0 >= 0 }, "tiled: counts \(counts) must not be negative")
    let missing = Swift.max(counts.count - rank, 0)
    var result = reshaped(to: Array(repeating: 1, count: missing) + Array(shape))
    for (i, count) in counts.enumerated() where count != 1 {
      let axis = result.rank - counts.count + i
      var sizes = result.shape
      let outer = sizes[..<axis].reduce(1, *)
      let inner = sizes[axis...].reduce(1, *)
      sizes[axis] *= count
      result = result.reshaped(to: [outer, 1, inner] as Shape)
        .broadcast(to: [outer, count, inner]).reshaped(to: sizes)
    }
    return result
  }

  /// Each element repeated `count` times in place along an axis, as in `torch.repeat_interleave`.
  public func repeated(_ count: Int, axis: Int) -> Tensor {
    let axis = resolvedAxis(axis, "repeated")
    precondition(count >= 0, "repeated: count \(count) must not be negative")
    var sizes = shape
    let outer = sizes[...axis].reduce(1, *)
    let inner = sizes[(axis + 1)...].reduce(1, *)
    sizes[axis] *= count
    return reshaped(to: [outer, 1, inner] as Shape).broadcast(to: [outer, count, inner])
      .reshaped(to: sizes)
  }

  /// Element `i` of an axis repeated `counts[i]` times in place.
  public func repeated(_ counts: [Int], axis: Int) -> Tensor {
    let axis = resolvedAxis(axis, "repeated")
    precondition(
      counts.count == shape[axis] && counts.allSatisfy { $0 >= 0 },
      "repeated: counts \(counts) do not fit to axis \(axis) of \(shape)")
    let sources = counts.enumerated().flatMap { Array(repeating: $0, count: $1) }
    return gathering(Tensor(sources), axis: axis)
  }

  /// The axis `source` moved to the place `target`; the others keep their order.
  public func movingAxis(_ source: Int, to target: Int) -> Tensor {
    let (from, to) = (resolvedAxis(source, "movingAxis"), resolvedAxis(target, "movingAxis"))
    var order = Array(0..<rank)
    order.remove(at: from)
    order.insert(from, at: to)
    return permuted(order)
  }

  /// The shape without all axes of size 1.
  public func squeezingShape() -> Tensor { reshaped(to: Shape(shape.filter { $0 != 1 })) }

  /// The plane of two axes turned by 90 degrees, `times` times, from the first axis towards the second,
  /// as in `numpy.rot90`.
  public func rotated90(_ times: Int = 1, axes: (Int, Int) = (0, 1)) -> Tensor {
    let (a, b) = (resolvedAxis(axes.0, "rotated90"), resolvedAxis(axes.1, "rotated90"))
    precondition(a != b, "rotated90: axis \(axes.0) and axis \(axes.1) of \(shape) are the same")
    switch ((times % 4) + 4) % 4 {
    case 1: return flipped(axis: b).transposed(a, b)
    case 2: return flipped(axes: [a, b])
    case 3: return transposed(a, b).flipped(axis: b)
    default: return self
    }
  }

  /// The windows of `size` elements along an axis, one every `step`, as in PyTorch's
  /// `Tensor.unfold`.
  ///
  /// - Returns: (n − size) / step + 1 windows along the axis, their elements along a new innermost
  ///   one. A view where windows do not overlap and leave nothing over.
  public func windows(of size: Int, step: Int = 1, axis: Int) -> Tensor {
    let axis = resolvedAxis(axis, "windows")
    let n = shape[axis]
    guard size >= 1, size <= n, step >= 1 else {
      trap(TensorError("windows: size \(size), step \(step) for axis \(axis) of \(shape)"))
    }
    let count = (n - size) / step + 1
    let windows: Tensor
    if size == step {
      let sizes = Array(shape[..<axis]) + [count, size] + Array(shape[(axis + 1)...])
      windows = slice(axis: axis, 0..<count * size).reshaped(to: Shape(sizes))
    } else {
      let starts = Tensor.range(count).expandingShape(at: 1) * Double(step)
      windows = gathering(starts + Tensor.range(size), axis: axis)
    }
    return windows.movingAxis(axis + 1, to: -1)
  }
}

/// All tensors broadcast to one shape by NumPy's rule.
public func broadcastTogether(_ tensors: [Tensor]) -> [Tensor] {
  do throws(TensorError) {
    var shape = Shape()
    for tensor in tensors { shape = try Shape.broadcast(shape, tensor.shape) }
    return tensors.map { $0.broadcast(to: shape) }
  } catch { trap(TensorError("broadcastTogether: \(error.description)")) }
}
