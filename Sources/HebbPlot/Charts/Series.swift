/// A named sequence of points in a chart.
///
/// A point whose x or y is not finite leaves a gap in the line.
public struct Series: Sendable, Hashable {
  /// A point in data units.
  public struct Point: Sendable, Hashable {
    /// The horizontal position.
    public var x: Double
    /// The vertical position.
    public var y: Double

    /// Creates a point.
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// How the line between points is drawn.
  public enum Line: String, Sendable, Hashable {
    /// Without interruption.
    case solid
    /// In dashes.
    case dashed
    /// In dots.
    case dotted
  }

  /// The name in the legend.
  public var name: String
  /// The points, joined in this order.
  public var points: [Point]
  /// The color; nil takes the palette's color for the place of the series in the chart.
  public var color: Color?
  /// How the line is drawn.
  public var line: Line
  /// Whether the series stays in the background, as raw values do behind their average.
  public var isFaint = false

  /// Creates a series of points.
  ///
  /// - Parameters:
  ///   - name: The name in the legend.
  ///   - points: The points, joined in this order.
  ///   - color: The color; nil takes the palette's.
  ///   - line: How the line is drawn.
  public init(_ name: String, points: [Point], color: Color? = nil, line: Line = .solid) {
    self.name = name
    self.points = points
    self.color = color
    self.line = line
  }

  /// Creates a series from its coordinates.
  ///
  /// - Parameters:
  ///   - name: The name in the legend.
  ///   - x: The horizontal positions.
  ///   - y: The vertical positions, as many as `x`.
  ///   - color: The color; nil takes the palette's.
  ///   - line: How the line is drawn.
  public init(
    _ name: String, x: [Double], y: [Double], color: Color? = nil, line: Line = .solid
  ) {
    precondition(
      x.count == y.count, "Series \"\(name)\": x has \(x.count) values, y has \(y.count)")
    self.init(name, points: zip(x, y).map { Point($0, $1) }, color: color, line: line)
  }

  /// Creates a series from values at the whole numbers `first`, `first` + 1, …, as for epochs.
  ///
  /// - Parameters:
  ///   - name: The name in the legend.
  ///   - y: The vertical positions.
  ///   - first: The horizontal position of the first value.
  ///   - color: The color; nil takes the palette's.
  ///   - line: How the line is drawn.
  public init(
    _ name: String, y: [Double], from first: Int = 1, color: Color? = nil, line: Line = .solid
  ) {
    let points = y.indices.map { Point(Double(first) + Double($0), y[$0]) }
    self.init(name, points: points, color: color, line: line)
  }

  /// Returns the exponential moving average of the series: sₜ = β sₜ₋₁ + (1 − β) yₜ, divided by
  /// 1 − βᵗ, so that the first values are not drawn toward zero.
  ///
  /// Values that are not finite stay as they are and do not enter the average.
  ///
  /// - Parameter weight: β, brought into 0...0.999999; larger is smoother.
  /// - Returns: A series of the same points with averaged y.
  public func smoothed(by weight: Double = 0.9) -> Series {
    let beta = weight.isFinite ? max(0, min(weight, 0.999_999)) : 0
    var (sum, norm) = (0.0, 0.0)
    var result = self
    for index in points.indices where points[index].y.isFinite {
      sum = beta * sum + (1 - beta) * points[index].y
      norm = beta * norm + (1 - beta)
      result.points[index].y = sum / norm
    }
    return result
  }
}
