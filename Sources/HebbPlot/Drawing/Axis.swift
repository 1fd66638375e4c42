/// How data values are laid out along an axis.
public enum AxisScale: Sendable, Hashable {
  /// Equal differences take equal room.
  case linear
  /// Equal ratios take equal room; zero and negative values cannot be shown and leave gaps.
  case logarithmic
}

/// The smallest and largest of the values that an axis can show.
package struct Extent: Sendable, Hashable {
  /// The smallest value; meaningless while `isEmpty`.
  package private(set) var low = Double.infinity
  /// The largest value; meaningless while `isEmpty`.
  package private(set) var high = -Double.infinity
  /// Whether all values are whole numbers.
  package private(set) var isWhole = true
  private let scale: AxisScale

  /// Starts without a value.
  package init(scale: AxisScale) {
    self.scale = scale
  }

  /// Whether no value can be shown.
  package var isEmpty: Bool { low > high }

  /// Takes in `value`, unless the axis cannot show it.
  package mutating func include(_ value: Double) {
    guard let value = Self.drawable(value, scale) else { return }
    low = min(low, value)
    high = max(high, value)
    if isWhole && value != value.rounded() { isWhole = false }
  }

  /// Returns `value` limited to ±10³⁰⁰ (so that differences stay finite), or nil where the axis
  /// cannot show it: not finite, or not positive on a logarithmic axis.
  static func drawable(_ value: Double, _ scale: AxisScale) -> Double? {
    guard value.isFinite else { return nil }
    if scale == .logarithmic { return value > 0 ? max(1e-300, min(1e300, value)) : nil }
    return abs(value) < 1e-290 ? 0 : max(-1e300, min(1e300, value))
  }
}

/// An axis with its range, ticks and mapping onto 0...1.
package struct Axis: Sendable {
  /// How values are laid out.
  package let scale: AxisScale
  /// The value at position 0.
  package let low: Double
  /// The value at position 1.
  package let high: Double
  /// The ticks, in rising order, all within the range.
  package let ticks: [Tick]

  /// What an axis shall show.
  package struct Request: Sendable {
    var extent: Extent
    var scale: AxisScale
    var range: ClosedRange<Double>?
    var isRounded: Bool

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - extent: The extent of the data.
    ///   - scale: How values are laid out.
    ///   - range: A range that the user wants; ignored where the axis cannot show it.
    ///   - isRounded: Whether the axis shall begin and end with a tick.
    package init(
      extent: Extent, scale: AxisScale, range: ClosedRange<Double>? = nil, isRounded: Bool = false
    ) {
      self.extent = extent
      self.scale = scale
      self.range = range
      self.isRounded = isRounded
    }
  }

  /// Creates an axis with at most `count` ticks.
  package init(_ request: Request, atMost count: Int) {
    scale = request.scale
    let wanted = Self.usable(request.range, request.scale)
    var (low, high) = wanted ?? Self.range(of: request.extent, request.scale)
    guard wanted != nil || !request.extent.isEmpty else {
      (self.low, self.high, ticks) = (low, high, [])
      return
    }
    let outward = request.isRounded && wanted == nil
    let isWhole = request.extent.isWhole && wanted == nil
    switch scale {
    case .linear:
      ticks = Ticks.linear(
        from: low, through: high, atMost: count, integersOnly: isWhole, outward: outward)
    case .logarithmic:
      ticks = Ticks.logarithmic(from: low, through: high, atMost: count, outward: outward)
    }
    if outward, let first = ticks.first, let last = ticks.last {
      low = min(low, first.value)
      high = max(high, last.value)
    }
    self.low = low
    self.high = high
  }

  /// Returns where `value` stands: 0 at the low end, 1 at the high end, outside of that beyond
  /// them, ±10⁶ at most; nil where the axis cannot show it.
  package func position(_ value: Double) -> Double? {
    guard let value = Extent.drawable(value, scale) else { return nil }
    let position: Double
    switch scale {
    case .linear: position = (value - low) / (high - low)
    case .logarithmic:
      let start = Math.log10(low)
      position = (Math.log10(value) - start) / (Math.log10(high) - start)
    }
    return max(-1e6, min(1e6, position))
  }

  private static func usable(
    _ range: ClosedRange<Double>?, _ scale: AxisScale
  ) -> (Double, Double)? {
    guard let range, let low = Extent.drawable(range.lowerBound, scale),
      let high = Extent.drawable(range.upperBound, scale), isWide(low, high)
    else { return nil }
    return (low, high)
  }

  private static func isWide(_ low: Double, _ high: Double) -> Bool {
    high - low > max(abs(low), abs(high)) * 1e-12
  }

  /// Returns a range of positive width that holds the extent.
  private static func range(of extent: Extent, _ scale: AxisScale) -> (Double, Double) {
    if extent.isEmpty { return scale == .linear ? (0, 1) : (0.1, 1) }
    if isWide(extent.low, extent.high) { return (extent.low, extent.high) }
    let middle = extent.low
    if scale == .logarithmic { return (middle / 2, middle * 2) }
    if middle == 0 { return (-1, 1) }
    let half = extent.isWhole ? max(1, abs(middle) * 1e-6) : abs(middle) * 0.1
    return (middle - half, middle + half)
  }
}
