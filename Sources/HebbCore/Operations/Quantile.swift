/// Order statistics by sorting. NaN where an element along the axis is NaN, as in NumPy and PyTorch.

extension Tensor {
  /// The element in the middle of the order along an axis; of an even number the lower of the two, as
  /// in PyTorch (`quantile(0.5)` takes their mean). The gradient goes to that element.
  ///
  /// - Parameters:
  ///   - axis: Not empty; negative ones count from the end. All elements where nil.
  ///   - keepingDimensions: Whether the axis stays with size 1.
  /// - Returns: The shape without the axis.
  public func median(axis: Int? = nil, keepingDimensions: Bool = false) -> Tensor {
    orderStatistic("median", axis, keepingDimensions) { sorted, axis in
      let middle = (sorted.shape[axis] - 1) / 2
      return sorted.slice(axis: axis, middle..<middle + 1)
    }
  }

  /// The number below which a share q of the elements along an axis lies: the element at q (n − 1) of
  /// the order, between two elements on the line through them.
  ///
  /// - Parameters:
  ///   - q: In 0...1.
  ///   - axis: Not empty; negative ones count from the end. All elements where nil.
  ///   - keepingDimensions: Whether the axis stays with size 1.
  /// - Returns: The shape without the axis.
  /// - SeeAlso: Hyndman & Fan 1996, definition 7; NumPy's and PyTorch's "linear".
  public func quantile(
    _ q: Double, axis: Int? = nil, keepingDimensions: Bool = false
  ) -> Tensor {
    precondition((0...1).contains(q), "quantile: the share lies in 0...1, \(q) does not")
    return orderStatistic("quantile", axis, keepingDimensions) { sorted, axis in
      let place = q * Double(sorted.shape[axis] - 1)
      let below = Int(place)
      let low = sorted.slice(axis: axis, below..<below + 1)
      if Double(below) == place { return low }
      return lerp(low, sorted.slice(axis: axis, below + 1..<below + 2), place - Double(below))
    }
  }

  private func orderStatistic(
    _ name: String, _ axis: Int?, _ keep: Bool, _ choose: (Tensor, Int) -> Tensor
  ) -> Tensor {
    guard let axis else {
      let result = flattened().orderStatistic(name, 0, false, choose)
      return keep ? result.reshaped(to: Shape(repeating: 1, rank: rank)) : result
    }
    let position = axis < 0 ? axis + rank : axis
    guard dtype.isFloatingPoint, position >= 0, position < rank, shape[position] > 0 else {
      trap(
        TensorError(
          "\(name): needs floating-point numbers along an axis that is not empty, not axis \(axis) of "
            + "\(type)"))
    }
    let value = choose(sorted(axis: position), position)
    let isUnordered = isNaN(self).any(axes: [position], keepingDimensions: true)
    let result = select(isUnordered, value.filled(with: .nan), value)
    return keep ? result : result.squeezingShape(at: position)
  }
}
