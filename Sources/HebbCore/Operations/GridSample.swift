/// What a grid sees outside of the image.
public enum GridPadding: String, Sendable, Hashable, CaseIterable {
  /// Zeros.
  case zeros
  /// The nearest element of the border.
  case border
  /// The image mirrored at its border, again and again.
  case reflection
}

/// Values of an image at the places of a grid, as PyTorch's `grid_sample`; differentiable in both.
///
/// - Parameters:
///   - x: `[batch, channels, height, width]` or `[batch, channels, depth, height, width]`.
///   - grid: `[batch, ...size, axes]`: for each result its place as (x, y) or (x, y, z), where −1 and 1
///     are the borders of the image.
///   - method: `linear` or `nearest`.
///   - padding: What lies outside of −1...1.
///   - alignCorners: Whether −1 and 1 are the centers of the corner elements instead of their outer
///     edges.
/// - Returns: `[batch, channels, ...size]`.
/// - SeeAlso: Jaderberg et al. 2015, equations 3 to 7.
public func gridSample(
  _ x: Tensor, _ grid: Tensor, by method: Resampling = .linear, padding: GridPadding = .zeros,
  alignCorners: Bool = false
) -> Tensor {
  let axes = x.rank - 2
  guard axes == 2 || axes == 3, grid.rank == x.rank, grid.shape[0] == x.shape[0],
    grid.shape[grid.rank - 1] == axes, grid.dtype == x.dtype, x.dtype.isFloatingPoint, x.count > 0
  else {
    trap(
      TensorError(
        "gridSample: needs an image [batch, channels, height, width] or a volume and a grid [batch, "
          + "...size, 2 or 3] of one type, not \(x.type) and \(grid.type)"))
  }
  guard method == .linear || method == .nearest else {
    trap(TensorError("gridSample: knows linear and nearest, not \(method)"))
  }
  let (n, c) = (x.shape[0], x.shape[1])
  let count = grid.shape[1..<grid.rank - 1].reduce(1, *)
  let places = grid.reshaped(to: [n, count, axes])
  // The grid's last axis begins with the width.
  let coordinates = (0..<axes).map { axis in
    coordinate(
      places.slice(axis: 2, axes - 1 - axis..<axes - axis).reshaped(to: [n, 1, count]),
      size: x.shape[2 + axis], padding, alignCorners: alignCorners)
  }
  let flat = x.flattened(from: 2)
  var result: Tensor?
  for corner in 0..<(method == .linear ? 1 << axes : 1) {
    let value = cornerValue(flat, x.shape, coordinates, corner, method)
    result = result.map { $0 + value } ?? value
  }
  let shape = [n, c] + Array(grid.shape[1..<grid.rank - 1])
  return (result ?? flat).reshaped(to: shape)
}

/// The grid of an affine map for `gridSample`: each place of the result mapped by theta, as PyTorch's
/// `affine_grid`.
///
/// - Parameters:
///   - theta: `[batch, 2, 3]`, or `[batch, 3, 4]` for volumes: from places of the result to places of
///     the image, both in −1...1, in the order (x, y, z, 1).
///   - size: Height and width of the result, or depth, height and width.
///   - alignCorners: Whether −1 and 1 are the centers of the corner elements.
/// - Returns: `[batch, ...size, axes]`.
public func affineGrid(_ theta: Tensor, size: [Int], alignCorners: Bool = false) -> Tensor {
  let axes = size.count
  guard axes == 2 || axes == 3, theta.rank == 3, theta.shape[1] == axes,
    theta.shape[2] == axes + 1, size.allSatisfy({ $0 > 0 })
  else {
    trap(
      TensorError(
        "affineGrid: theta \(theta.shape) for the size \(size): [batch, 2, 3] for two axes or [batch, "
          + "3, 4] for three is expected"))
  }
  let lines = size.map { count in
    (0..<count).map { i -> Double in
      if alignCorners { return count > 1 ? 2 * Double(i) / Double(count - 1) - 1 : 0 }
      return (2 * Double(i) + 1) / Double(count) - 1
    }
  }
  var places: [[Double]] = [[]]
  for line in lines {
    places = places.flatMap { (place: [Double]) -> [[Double]] in line.map { [$0] + place } }
  }
  let numbers: [Double] = places.flatMap { (place: [Double]) -> [Double] in place + [1] }
  let base = Tensor(numbers, shape: [places.count, axes + 1]).cast(to: theta.dtype)
  let grid = matmul(base, theta.transposed())
  return grid.reshaped(to: [theta.shape[0]] + size + [axes])
}

/// The place along an axis in elements, from −1...1; drawn into the image unless zeros lie around it.
private func coordinate(
  _ place: Tensor, size: Int, _ padding: GridPadding, alignCorners: Bool
) -> Tensor {
  let half = Double(alignCorners ? size - 1 : size) / 2
  var position = (place + 1) * half
  if !alignCorners { position = position - 0.5 }
  switch padding {
  case .zeros: return position
  case .border: return clipped(position, to: Double(size - 1))
  case .reflection:
    // Distance from the lower border, folded by the image's length.
    let (lower, length) = alignCorners ? (0.0, Double(size - 1)) : (-0.5, Double(size))
    guard length > 0 else { return position * 0 }
    let distance = abs(position - lower)
    let flips = floor(distance / length)
    let rest = distance - flips * length
    let isOdd = (flips - floor(flips * 0.5) * 2) .> 0.5
    return clipped(select(isOdd, length - rest, rest) + lower, to: Double(size - 1))
  }
}

/// 0...last; at the borders and outside, nothing depends on the place.
private func clipped(_ position: Tensor, to last: Double) -> Tensor {
  let isInside = (position .> 0) .& (position .< last)
  return select(isInside, position, stopGradient(minimum(maximum(position, 0), last)))
}

/// One neighbour of each place with its weight; bit i of `corner` says which along axis i.
private func cornerValue(
  _ flat: Tensor, _ shape: Shape, _ coordinates: [Tensor], _ corner: Int, _ method: Resampling
) -> Tensor {
  var weight: Tensor?
  var index: Tensor?
  for (axis, coordinate) in coordinates.enumerated() {
    let last = Double(shape[2 + axis] - 1)
    let upper = corner >> axis & 1 == 1
    let lower = stopGradient(method == .nearest ? round(coordinate) : floor(coordinate))
    let place = upper ? lower + 1 : lower
    let isInside = ((place .>= 0) .& (place .<= last)).cast(to: flat.dtype)
    var share = isInside
    if method == .linear {
      let fraction = coordinate - lower
      share = isInside * (upper ? fraction : 1 - fraction)
    }
    weight = weight.map { $0 * share } ?? share
    let step = minimum(maximum(place, 0), last).cast(to: .int64)
    index = index.map { $0 * Tensor(shape[2 + axis]) + step } ?? step
  }
  guard let weight, let index else { return flat }
  let places = index.broadcast(to: [flat.shape[0], flat.shape[1], index.shape[2]])
  return flat.takingAlong(places, axis: 2) * weight
}
