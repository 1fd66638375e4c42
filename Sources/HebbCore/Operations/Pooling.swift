/// The mean over windows of `[batch, channels, ...]` with one, two or three spatial axes, as PyTorch's
/// `avg_pool1d`, `avg_pool2d` and `avg_pool3d`.
///
/// - Parameters:
///   - x: `[batch, channels, ...spatial]`.
///   - geometry: The window; says whether zeros of the padding count.
///   - divisor: What the sum over each window is divided by; the number of its elements where nil.
/// - Returns: `[batch, channels, ...]` with as many elements along each axis as there are windows.
public func averagePool(_ x: Tensor, _ geometry: PoolGeometry, divisor: Int? = nil) -> Tensor {
  let window = checked("averagePool", x, geometry)
  guard let divisor else { return means(x, window, counted: true) }
  guard divisor > 0 else {
    trap(TensorError("averagePool: the divisor \(divisor) has to be positive"))
  }
  var whole = window
  whole.countsPadding = true
  let size = Double(window.kernel.reduce(1, *))
  return means(x, whole, counted: false) * (size / Double(divisor))
}

/// The maximum over windows of `[batch, channels, ...]` with one, two or three spatial axes; the
/// padding never wins, and the gradient goes to the first of equals in row order.
public func maxPool(_ x: Tensor, _ geometry: PoolGeometry) -> Tensor {
  let window = checked("maxPool", x, geometry)
  return alongPlanes(x, window) { x, window in
    record(PoolGather(), x, record(MaxPoolIndices(geometry: window), x))
  }
}

/// The maximum over windows, and where it lies, as PyTorch's `max_pool2d` with `return_indices`.
///
/// - Returns: The maxima, and for each its position in the flattened spatial axes of x, `int64`: what
///   `maxUnpool` takes.
public func maxPoolWithIndices(
  _ x: Tensor, _ geometry: PoolGeometry
) -> (values: Tensor, indices: Tensor) {
  let window = checked("maxPoolWithIndices", x, geometry)
  let values = maxPool(x, window)
  if x.rank < 5 {
    let image = x.rank == 3 ? x.expandingShape(at: 2) : x
    let plane = x.rank == 3 ? window.planes(0..<1, before: 1) : window
    let places = record(MaxPoolIndices(geometry: plane), image)
    return (values, places.cast(to: .int64).reshaped(to: values.shape))
  }
  // In planes first, then along the depth, which picks one of the planes' positions.
  let (n, c, d) = (x.shape[0], x.shape[1], x.shape[2])
  let images = x.reshaped(to: [n, c * d, x.shape[3], x.shape[4]])
  let inPlane = record(MaxPoolIndices(geometry: window.planes(1..<3)), images)
  let columns = record(PoolGather(), images, inPlane).reshaped(to: [n, c, d, -1])
  let size = columns.shape[3]
  let picked = record(MaxPoolIndices(geometry: window.planes(0..<1, after: 1)), columns)
  let flat = picked.cast(to: .int64).reshaped(to: [n, c, -1])
  let places = inPlane.cast(to: .int64).reshaped(to: [n, c, -1]).takingAlong(flat, axis: 2)
  let plane = x.shape[3] * x.shape[4]
  let indices = (flat / Tensor(size)) * Tensor(plane) + places
  return (values, indices.reshaped(to: values.shape))
}

/// Puts maxima back to where they came from, zeros elsewhere, as PyTorch's `max_unpool2d`.
///
/// - Parameters:
///   - x: `[batch, channels, ...]`.
///   - indices: Of the shape of x: positions in the flattened spatial axes of the result, as
///     `maxPoolWithIndices` gives them; each in range, else evaluation stops. Values that go to one
///     place, as those of overlapping windows, are added.
///   - size: The spatial axes of the result.
/// - Returns: `[batch, channels, ...size]`.
public func maxUnpool(_ x: Tensor, _ indices: Tensor, size: [Int]) -> Tensor {
  guard x.rank >= 3, x.shape == indices.shape, !indices.dtype.isFloatingPoint,
    size.count == x.rank - 2
  else {
    trap(
      TensorError(
        "maxUnpool: indices \(indices.type) do not fit to \(x.type), or the size \(size) to its "
          + "\(max(x.rank - 2, 0)) spatial axes"))
  }
  let (n, c) = (x.shape[0], x.shape[1])
  let places = indices.cast(to: .int64).reshaped(to: [n, c, -1])
  let shape: Shape = [n, c, size.reduce(1, *)]
  let y = record(PutAlongAdd(axis: 2, shape: shape), x.reshaped(to: [n, c, -1]), places)
  return y.reshaped(to: [n, c] + size)
}

/// The p-norm over windows, (Σ xᵖ)^(1/p), as PyTorch's `lp_pool1d`, `lp_pool2d`, `lp_pool3d`; the sum
/// over the windows for p = 1, and close to the maximum for large p. Negative sums give 0.
public func lpPool(_ x: Tensor, p: Double, _ geometry: PoolGeometry) -> Tensor {
  let window = checked("lpPool", x, geometry)
  let size = Double(window.kernel.reduce(1, *))
  if p == 1 { return relu(averagePool(x, window) * size) }
  let powers = p == 2 ? square(x) : power(x, p)
  let sums = relu(averagePool(powers, window) * size)
  return p == 2 ? sqrt(sums) : power(sums, 1 / p)
}

private func checked(_ name: String, _ x: Tensor, _ geometry: PoolGeometry) -> PoolGeometry {
  guard (3...5).contains(x.rank) else {
    trap(
      TensorError(
        "\(name): needs [batch, channels, ...] with 1 to 3 spatial axes, not \(x.shape)"))
  }
  let window = geometry.fitted(to: x.rank - 2)
  do throws(TensorError) {
    try window.check(name, x.type, axes: x.rank - 2)
  } catch { trap(error) }
  return window
}

/// A pooling that works axis by axis, by one of planes: lines are images of one row, volumes are pooled
/// in their planes and then along the depth.
private func alongPlanes(
  _ x: Tensor, _ window: PoolGeometry, _ pool: (Tensor, PoolGeometry) -> Tensor
) -> Tensor {
  if x.rank == 3 {
    return pool(x.expandingShape(at: 2), window.planes(0..<1, before: 1)).squeezingShape(at: 2)
  }
  if x.rank == 4 { return pool(x, window) }
  let (n, c, d) = (x.shape[0], x.shape[1], x.shape[2])
  let images = x.reshaped(to: [n, c * d, x.shape[3], x.shape[4]])
  let planes = pool(images, window.planes(1..<3))
  let columns = planes.reshaped(to: [n, c, d, -1])
  let y = pool(columns, window.planes(0..<1, after: 1))
  return y.reshaped(to: [n, c, y.shape[2], planes.shape[2], planes.shape[3]])
}

/// Means; `counted` divides windows that hang over the end by the elements that they have.
private func means(_ x: Tensor, _ window: PoolGeometry, counted: Bool) -> Tensor {
  alongPlanes(x, window) { x, window in
    let y = record(AveragePool(geometry: window), x)
    guard counted, window.ceilMode, window.countsPadding else { return y }
    let shares = (0..<2).map { axis -> [Double] in
      (0..<y.shape[2 + axis]).map { i in
        let start = i * window.stride[axis] - window.padding[axis]
        let end = x.shape[2 + axis] + window.padding[axis]
        let taps = (0..<window.kernel[axis]).count { start + $0 * window.dilation[axis] < end }
        return Double(window.kernel[axis]) / Double(taps)
      }
    }
    guard shares.contains(where: { $0.contains { $0 != 1 } }) else { return y }
    let rows = Tensor(shares[0], shape: [shares[0].count, 1])
    return y * (rows * Tensor(shares[1])).cast(to: x.dtype)
  }
}
