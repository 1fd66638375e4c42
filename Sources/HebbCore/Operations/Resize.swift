/// How values between the elements of an image are found.
public enum Resampling: String, Sendable, Hashable, CaseIterable {
  /// The element at ⌊i · scale⌋, PyTorch's `nearest`.
  case nearest
  /// The element whose center is nearest, PyTorch's `nearest-exact`.
  case nearestExact
  /// Between the neighbours along each axis: linear, bilinear, trilinear.
  case linear
  /// Cubic convolution of four neighbours along each axis with a = −0.75 (Keys 1981): bicubic.
  case cubic
  /// The mean over the area that each result covers, as `adaptiveAveragePool`.
  case area
}

/// An image of another size, as PyTorch's `interpolate`.
///
/// - Parameters:
///   - x: `[batch, channels, ...spatial]` with one, two or three spatial axes.
///   - size: The spatial axes of the result.
///   - method: How values are found.
///   - alignCorners: Whether the centers of the corner elements stay corners; only for linear and
///     cubic.
///   - antialias: Whether a filter as wide as the step smooths what is made smaller; only for linear
///     and cubic (with a = −0.5 then).
/// - Returns: `[batch, channels, ...size]`.
public func resized(
  _ x: Tensor, to size: [Int], by method: Resampling = .nearest, alignCorners: Bool = false,
  antialias: Bool = false
) -> Tensor {
  resize(x, size, nil, method, alignCorners: alignCorners, antialias: antialias)
}

/// An image `scale` times as large along each axis (the size rounded down), as PyTorch's `interpolate`
/// with `scale_factor`: the given scale, not the ratio of the sizes, says where values lie.
///
/// - Parameters:
///   - x: `[batch, channels, ...spatial]` with one, two or three spatial axes.
///   - scale: One factor for each spatial axis.
///   - method: How values are found.
///   - alignCorners: Whether the centers of the corner elements stay corners.
///   - antialias: Whether what is made smaller is smoothed.
/// - Returns: `[batch, channels, ...]`.
public func resized(
  _ x: Tensor, scale: [Double], by method: Resampling = .nearest, alignCorners: Bool = false,
  antialias: Bool = false
) -> Tensor {
  let size = zip(x.shape.dropFirst(2), scale).map { Int((Double($0) * $1).rounded(.down)) }
  return resize(x, size, scale, method, alignCorners: alignCorners, antialias: antialias)
}

private func resize(
  _ x: Tensor, _ size: [Int], _ scale: [Double]?, _ method: Resampling, alignCorners: Bool,
  antialias: Bool
) -> Tensor {
  guard (3...5).contains(x.rank), size.count == x.rank - 2, size.allSatisfy({ $0 > 0 }),
    x.dtype.isFloatingPoint || method == .nearest || method == .nearestExact, x.count > 0
  else {
    trap(
      TensorError(
        "resized: \(x.type) to \(size): [batch, channels, ...] with 1 to 3 spatial axes and one "
          + "positive size for each is expected"))
  }
  let smooths = method == .linear || method == .cubic
  guard smooths || !(alignCorners || antialias) else {
    trap(
      TensorError("resized: alignCorners and antialias are for linear and cubic, not \(method)"))
  }
  if method == .area { return adaptiveAveragePool(x, to: size) }
  var y = x
  for axis in 0..<size.count {
    let line = ResampledLine(
      from: x.shape[2 + axis], to: size[axis], scale: scale?[axis], alignCorners: alignCorners)
    if line.isIdentity { continue }
    switch method {
    case .nearest: y = y.gathering(Tensor(line.nearest(exact: false)), axis: 2 + axis)
    case .nearestExact: y = y.gathering(Tensor(line.nearest(exact: true)), axis: 2 + axis)
    default:
      let rows = antialias ? line.filtered(method) : line.interpolated(method)
      y = mixed(y, axis: 2 + axis, by: rows)
    }
  }
  return y
}

/// Where the elements of a resized axis come from.
private struct ResampledLine {
  let source: Int
  let target: Int
  /// Elements of the source for each of the target.
  let step: Double
  let alignCorners: Bool
  let isIdentity: Bool

  init(from source: Int, to target: Int, scale: Double?, alignCorners: Bool) {
    (self.source, self.target, self.alignCorners) = (source, target, alignCorners)
    if alignCorners {
      step = target > 1 ? Double(source - 1) / Double(target - 1) : 0
    } else {
      step = scale.map { 1 / $0 } ?? Double(source) / Double(target)
    }
    isIdentity = source == target && (scale ?? 1) == 1
  }

  func nearest(exact: Bool) -> [Int] {
    (0..<target).map { i in
      min(Int((Double(i) + (exact ? 0.5 : 0)) * step), source - 1)
    }
  }

  /// Weights of the source's elements, one row for each element of the target.
  func interpolated(_ method: Resampling) -> [[Double]] {
    (0..<target).map { i in
      var row = Array(repeating: 0.0, count: source)
      var place = alignCorners ? Double(i) * step : (Double(i) + 0.5) * step - 0.5
      if method == .linear {
        place = max(place, 0)
        let first = min(Int(place), source - 1)
        let share = min(place - Double(first), 1)
        row[first] += 1 - share
        row[min(first + 1, source - 1)] += share
      } else {
        let first = Int(place.rounded(.down))
        for tap in -1...2 {
          let weight = cubic(place - Double(first + tap), -0.75)
          row[min(max(first + tap, 0), source - 1)] += weight
        }
      }
      return row
    }
  }

  /// Weights of a filter that is widened by the step where the axis becomes smaller.
  func filtered(_ method: Resampling) -> [[Double]] {
    let widening = max(step, 1)
    let support = (method == .linear ? 1.0 : 2.0) * widening
    return (0..<target).map { i in
      var row = Array(repeating: 0.0, count: source)
      let center = (Double(i) + 0.5) * step
      let first = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), source)
      for j in first..<end {
        let distance = (Double(j) - center + 0.5) / widening
        row[j] = method == .linear ? max(1 - abs(distance), 0) : cubic(distance, -0.5)
      }
      let total = row.reduce(0, +)
      return row.map { $0 / total }
    }
  }

  /// Keys' kernel: for |t| < 1, (a + 2)|t|³ − (a + 3)|t|² + 1; for |t| < 2, a(|t|³ − 5|t|² + 8|t| − 4).
  private func cubic(_ t: Double, _ a: Double) -> Double {
    let t = abs(t)
    if t < 1 { return ((a + 2) * t - (a + 3)) * t * t + 1 }
    return t < 2 ? a * (((t - 5) * t + 8) * t - 4) : 0
  }
}
