/// The mean over as many windows as there shall be results, as PyTorch's `adaptive_avg_pool2d`: window i
/// of an axis reaches from ⌊i · size / out⌋ to ⌈(i + 1) · size / out⌉.
///
/// - Parameters:
///   - x: `[batch, channels, ...spatial]` with one, two or three spatial axes.
///   - size: The spatial axes of the result; a negative number keeps an axis as it is.
/// - Returns: `[batch, channels, ...size]`.
public func adaptiveAveragePool(_ x: Tensor, to size: [Int]) -> Tensor {
  let size = checkedSize("adaptiveAveragePool", x, size)
  let sizes = Array(x.shape.dropFirst(2))
  if let window = evenWindow(sizes, size) { return averagePool(x, window) }
  var y = x
  for axis in 0..<size.count where size[axis] != sizes[axis] {
    let rows = (0..<size[axis]).map { i -> [Double] in
      let window = adaptiveWindow(i, sizes[axis], size[axis])
      return (0..<sizes[axis]).map { window.contains($0) ? 1 / Double(window.count) : 0 }
    }
    y = mixed(y, axis: axis + 2, by: rows)
  }
  return y
}

/// The maximum over as many windows as there shall be results, as PyTorch's `adaptive_max_pool2d`; the
/// gradient goes to the first of equals.
///
/// - Parameters:
///   - x: `[batch, channels, ...spatial]` with one, two or three spatial axes.
///   - size: The spatial axes of the result; a negative number keeps an axis as it is.
/// - Returns: `[batch, channels, ...size]`.
public func adaptiveMaxPool(_ x: Tensor, to size: [Int]) -> Tensor {
  let size = checkedSize("adaptiveMaxPool", x, size)
  let sizes = Array(x.shape.dropFirst(2))
  if let window = evenWindow(sizes, size) { return maxPool(x, window) }
  // Windows of unequal sizes are laid side by side, short ones with their last element repeated.
  return maxima(
    of: x,
    windows: (0..<size.count).map { axis in
      (0..<size[axis]).map { adaptiveWindow($0, sizes[axis], size[axis]) }
    })
}

/// The maximum over windows at irregular places, as PyTorch's `fractional_max_pool2d` (Graham 2014),
/// with the same places in all planes.
///
/// - Parameters:
///   - x: `[batch, channels, ...spatial]`.
///   - kernel: The size of the windows along each axis.
///   - size: The spatial axes of the result.
///   - offsets: One number in 0..<1 for each axis, from which the places follow: PyTorch's random
///     samples.
/// - Returns: `[batch, channels, ...size]`.
public func fractionalMaxPool(
  _ x: Tensor, kernel: [Int], to size: [Int], offsets: [Double]
) -> Tensor {
  let size = checkedSize("fractionalMaxPool", x, size)
  let sizes = Array(x.shape.dropFirst(2))
  guard kernel.count == size.count, offsets.count == size.count,
    (0..<size.count).allSatisfy({ kernel[$0] > 0 && size[$0] + kernel[$0] - 1 <= sizes[$0] }),
    offsets.allSatisfy({ (0..<1).contains($0) })
  else {
    trap(
      TensorError(
        "fractionalMaxPool: kernel \(kernel), size \(size) and offsets \(offsets) in 0..<1 do not fit "
          + "to \(x.shape)"))
  }
  return maxima(
    of: x,
    windows: (0..<size.count).map { axis in
      let room = sizes[axis] - kernel[axis]
      let step = size[axis] > 1 ? Double(room) / Double(size[axis] - 1) : 0
      let shift = Int(offsets[axis] * step)
      return (0..<size[axis]).map { i in
        let place = Int((Double(i) + offsets[axis]) * step) - shift
        let start = i == size[axis] - 1 ? room : place
        return start..<start + kernel[axis]
      }
    })
}

/// The largest element of each plane, `[batch, channels, ...]` → `[batch, channels, 1, ...]`; the
/// gradient goes to the first of equals.
public func globalMaxPool(_ x: Tensor) -> Tensor {
  maxPool(x, PoolGeometry(kernel: Array(x.shape.dropFirst(2))))
}

/// The mean of each plane, `[batch, channels, ...]` → `[batch, channels, 1, ...]`.
public func globalAveragePool(_ x: Tensor) -> Tensor {
  x.mean(axes: Array(2..<max(x.rank, 2)), keepingDimensions: true)
}

/// ⌊i · size / count⌋..<⌈(i + 1) · size / count⌉.
private func adaptiveWindow(_ i: Int, _ size: Int, _ count: Int) -> Range<Int> {
  i * size / count..<((i + 1) * size + count - 1) / count
}

/// The maxima over windows that are given as ranges along each axis.
private func maxima(of x: Tensor, windows: [[Range<Int>]]) -> Tensor {
  var y = x
  let kernel = windows.map { $0.map(\.count).max() ?? 1 }
  for (axis, ranges) in windows.enumerated() {
    let places = ranges.flatMap { range in
      (0..<kernel[axis]).map { min(range.lowerBound + $0, range.upperBound - 1) }
    }
    y = y.gathering(Tensor(places), axis: axis + 2)
  }
  return maxPool(y, PoolGeometry(kernel: kernel))
}

/// The ordinary window that gives the same where sizes divide.
private func evenWindow(_ sizes: [Int], _ size: [Int]) -> PoolGeometry? {
  guard zip(sizes, size).allSatisfy({ $0 >= $1 && $0.isMultiple(of: $1) }) else { return nil }
  return PoolGeometry(kernel: zip(sizes, size).map { $0 / $1 })
}

private func checkedSize(_ name: String, _ x: Tensor, _ size: [Int]) -> [Int] {
  let wanted = zip(size, x.shape.dropFirst(2)).map { $0 < 0 ? $1 : $0 }
  guard (3...5).contains(x.rank), size.count == x.rank - 2, !wanted.contains(0), x.count > 0 else {
    trap(
      TensorError(
        "\(name): the size \(size) does not fit to \(x.shape), [batch, channels, ...] with one positive "
          + "number for each of 1 to 3 spatial axes"))
  }
  return wanted
}

/// Linear combinations along an axis: y[..., i, ...] = Σ rows[i][j] x[..., j, ...].
func mixed(_ x: Tensor, axis: Int, by rows: [[Double]]) -> Tensor {
  let matrix = Tensor(rows.flatMap { $0 }, shape: [rows.count, x.shape[axis]]).cast(to: x.dtype)
  if axis == x.rank - 1 { return matmul(x, matrix.transposed()) }
  let inner = x.shape[(axis + 1)...].reduce(1, *)
  let columns = x.reshaped(to: [x.shape[..<axis].reduce(1, *), x.shape[axis], inner])
  var shape = x.shape
  shape[axis] = rows.count
  return matmul(matrix, columns).reshaped(to: shape)
}
