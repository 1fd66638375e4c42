/// Reductions of slices that share a number, and counts: compositions of scattering.

private func segments(
  _ x: Tensor, _ ids: Tensor, _ count: Int, _ kind: Scatter.Kind, _ neutral: Double, _ name: String
) -> Tensor {
  guard ids.rank <= x.rank, Shape(x.shape[..<ids.rank]) == ids.shape, count >= 0 else {
    trap(TensorError("\(name): ids \(ids.type) do not fit to the outer axes of \(x.type)"))
  }
  let rest = Array(x.shape[ids.rank...])
  let base = Tensor.full(Shape([count] + rest), neutral, dtype: x.dtype)
  let rows = x.reshaped(to: Shape([ids.count] + rest))
  return base.scattering(rows, at: ids.flattened(), combining: kind)
}

/// The sums of the slices of `x` with equal ids: y[s] = Σ x[k] over ids[k] = s. Order is free.
///
/// - Parameters:
///   - x: `[n, ...]`.
///   - ids: `int64`, the outer axes of x; each in 0..<count, else evaluation stops.
///   - count: The number of segments.
/// - Returns: `[count, ...]`; 0 for a segment without slices.
public func segmentSum(_ x: Tensor, _ ids: Tensor, count: Int) -> Tensor {
  segments(x, ids, count, .add, 0, "segmentSum")
}

/// The means of the slices of `x` with equal ids; 0 for a segment without slices. Parameters as in
/// `segmentSum`.
public func segmentMean(_ x: Tensor, _ ids: Tensor, count: Int) -> Tensor {
  let sums = segments(x, ids, count, .add, 0, "segmentMean")
  let ones = Tensor.ones(ids.shape, dtype: x.dtype)
  let counts = maximum(segments(ones, ids, count, .add, 0, "segmentMean"), 1)
  let sizes = [count] + Array(repeating: 1, count: sums.rank - 1)
  return sums / counts.reshaped(to: Shape(sizes))
}

/// The products of the slices of `x` with equal ids; 1 for a segment without slices. Parameters as in
/// `segmentSum`.
public func segmentProduct(_ x: Tensor, _ ids: Tensor, count: Int) -> Tensor {
  segments(x, ids, count, .multiply, 1, "segmentProduct")
}

/// The largest of the slices of `x` with equal ids, element by element; −∞ for a segment without
/// slices. Parameters as in `segmentSum`; floating-point numbers.
public func segmentMax(_ x: Tensor, _ ids: Tensor, count: Int) -> Tensor {
  precondition(x.dtype.isFloatingPoint, "segmentMax: needs floating-point numbers, not \(x.dtype)")
  return segments(x, ids, count, .maximum, -.infinity, "segmentMax")
}

/// The smallest of the slices of `x` with equal ids, element by element; ∞ for a segment without
/// slices. Parameters as in `segmentSum`; floating-point numbers.
public func segmentMin(_ x: Tensor, _ ids: Tensor, count: Int) -> Tensor {
  precondition(x.dtype.isFloatingPoint, "segmentMin: needs floating-point numbers, not \(x.dtype)")
  return segments(x, ids, count, .minimum, .infinity, "segmentMin")
}

extension Tensor {
  /// How often each of 0, 1, ... occurs among these integers, or the sum of their weights, as in
  /// `torch.bincount`.
  ///
  /// - Parameters:
  ///   - count: The number of bins; each integer must be below it. Nil for one more than the largest,
  ///     for which this tensor is evaluated.
  ///   - weights: One for each integer; nil counts them.
  /// - Returns: `[count]`, `int64` or the type of the weights.
  public func binCount(_ count: Int? = nil, weights: Tensor? = nil) -> Tensor {
    let ids = cast(to: .int64)
    let bins = count ?? (self.count == 0 ? 0 : Int(ids.max().item()) + 1)
    let values = weights ?? Tensor(1).broadcast(to: shape)
    return segments(values, ids, bins, .add, 0, "binCount")
  }

  /// How many elements fall between neighbouring edges; each bin contains its lower edge, the last
  /// one also its upper, as in `numpy.histogram`. Elements outside and NaN are not counted.
  ///
  /// - Parameter edges: Ascending, of this tensor's type, at least two.
  /// - Returns: `int64`, one fewer than edges.
  public func histogram(edges: Tensor) -> Tensor {
    precondition(
      edges.rank == 1 && edges.count >= 2, "histogram: edges \(edges.shape) are not two or more")
    let bins = edges.count - 1
    let place = edges.searchSorted(self, right: true) - 1
    let isLast = self .== edges[bins]
    let within = select(isLast, place.filled(with: Double(bins - 1)), place)
    // A bin more for what lies below, above or nowhere.
    let isInside = (within .>= 0) .& (within .< Double(bins))
    let bin = select(isInside, within, within.filled(with: Double(bins)))
    return bin.binCount(bins + 1).slice(axis: 0, 0..<bins)
  }

  /// How many elements fall into each of `bins` equal intervals from `range`, or from the smallest
  /// element to the largest, as in `numpy.histogram`.
  ///
  /// - Returns: `int64` counts, and the edges, one more.
  public func histogram(
    bins: Int = 10, range: ClosedRange<Double>? = nil
  ) -> (counts: Tensor, edges: Tensor) {
    precondition(bins > 0, "histogram: needs at least one bin, not \(bins)")
    let x = dtype.isFloatingPoint ? self : cast(to: .float64)
    var (low, high) = (Tensor(0, dtype: x.dtype), Tensor(1, dtype: x.dtype))
    if let range {
      (low, high) = (x.scalar(range.lowerBound), x.scalar(range.upperBound))
    } else if count > 0 {
      (low, high) = (x.min(), x.max())
    }
    let isPoint = low .== high
    (low, high) = (select(isPoint, low - 0.5, low), select(isPoint, high + 0.5, high))
    let share = Tensor.linearSpace(from: 0, to: 1, count: bins + 1, dtype: x.dtype)
    let edges = low * (1 - share) + high * share
    return (x.histogram(edges: edges), edges)
  }
}
