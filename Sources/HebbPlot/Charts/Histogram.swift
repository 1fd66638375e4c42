/// How often values fall into intervals of equal width.
public struct Histogram: Chart, Hashable {
  /// The title, above the chart.
  public var title: String
  /// What the values are.
  public var xLabel: String
  /// What the vertical axis counts.
  public var yLabel = "count"
  /// The color of the bars.
  public var color = Palette.blue
  /// The ends of the intervals in rising order, one more than `counts`; empty without data.
  public let edges: [Double]
  /// The number of values in each interval, lower end included; the last one includes both ends.
  public let counts: [Int]
  /// The number of values that were not finite and are in no interval.
  public let omitted: Int

  /// The largest number of intervals.
  public static let maximumBinCount = 512

  /// Counts values in intervals.
  ///
  /// - Parameters:
  ///   - title: The title, above the chart.
  ///   - xLabel: What the values are.
  ///   - values: The values; those that are not finite are counted as `omitted`.
  ///   - binCount: The number of intervals, 1...512, between the extremes of the data; nil chooses
  ///     round ends whose distance is about 2 IQR / ∛n (Freedman & Diaconis 1981), 60 intervals at
  ///     most.
  public init(
    title: String = "", xLabel: String = "", values: [Double], binCount: Int? = nil
  ) {
    self.title = title
    self.xLabel = xLabel
    let finite = values.compactMap { Extent.drawable($0, .linear) }
    omitted = values.count - finite.count
    edges = Self.edges(finite, binCount: binCount)
    var counts = [Int](repeating: 0, count: max(0, edges.count - 1))
    if let low = edges.first, let high = edges.last {
      for value in finite {
        let guess = Int((value - low) / (high - low) * Double(counts.count))
        var bin = max(0, min(guess, counts.count - 1))
        // The division may miss an edge by one rounding; the edges decide.
        if bin > 0 && value < edges[bin] { bin -= 1 }
        if bin + 1 < counts.count && value >= edges[bin + 1] { bin += 1 }
        counts[bin] += 1
      }
    }
    self.counts = counts
  }

  /// Returns the chart as an SVG document.
  public func svg(width: Int, height: Int, style: SVGStyle) -> String {
    var canvas = SVGCanvas(width: width, height: height)
    let (x, y) = requests
    var content = CartesianFrame.Content(title: title, xLabel: xLabel, yLabel: yLabel, x: x, y: y)
    content.inset = 0
    content.rightMargin = 18
    if omitted > 0 { content.yLabel += " (\(omitted) not finite, left out)" }
    let frame = CartesianFrame(content, on: &canvas)
    canvas.beginGroup(Paint.attributes(fill: .color(color)))
    for (index, count) in counts.enumerated() where count > 0 {
      guard let left = frame.pixelX(edges[index]), let right = frame.pixelX(edges[index + 1]),
        let top = frame.pixelY(Double(count))
      else { continue }
      let gap = right - left > 4 ? 1.0 : 0
      let bar = Box(
        left: left + gap / 2, top: top, width: right - left - gap, height: frame.box.bottom - top)
      let low = NumberText.significant(edges[index])
      let high = NumberText.significant(edges[index + 1])
      canvas.rect(bar, [], tip: "\(low) to \(high): \(count)")
    }
    canvas.endGroup()
    if counts.isEmpty { frame.drawEmptyNote(on: &canvas) }
    return canvas.document(label: title.isEmpty ? "Histogram" : title, style: style)
  }

  /// Returns the chart as columns of block characters.
  public func terminal(width: Int, height: Int, color: Bool) -> String {
    TerminalBars(title: title, xLabel: xLabel, edges: edges, counts: counts).text(
      width: width, height: height,
      color: color ? Palette.colors.firstIndex(of: self.color) ?? 0 : nil)
  }

  private var requests: (Axis.Request, Axis.Request) {
    var (x, y) = (Extent(scale: .linear), Extent(scale: .linear))
    edges.forEach { x.include($0) }
    y.include(0)
    y.include(Double(max(1, counts.max() ?? 1)))
    let range = edges.first.flatMap { low in edges.last.map { low...$0 } }
    return (
      Axis.Request(extent: x, scale: .linear, range: range),
      Axis.Request(extent: y, scale: .linear, isRounded: true)
    )
  }

  private static func edges(_ values: [Double], binCount: Int?) -> [Double] {
    var extent = Extent(scale: .linear)
    values.forEach { extent.include($0) }
    guard !extent.isEmpty else { return [] }
    let request = Axis.Request(extent: extent, scale: .linear)
    if let binCount {
      let axis = Axis(request, atMost: 2)
      let count = max(1, min(binCount, maximumBinCount))
      return (0...count).map { index in
        let share = Double(index) / Double(count)
        return axis.low * (1 - share) + axis.high * share
      }
    }
    let wanted = min(60, max(5, freedmanDiaconisCount(values, extent)))
    return Axis(
      Axis.Request(extent: extent, scale: .linear, isRounded: true), atMost: wanted + 1
    ).ticks.map(\.value)
  }

  /// Returns (max − min) / (2 IQR / ∛n), or 1 + log₂ n (Sturges 1926) where the quartiles agree.
  private static func freedmanDiaconisCount(_ values: [Double], _ extent: Extent) -> Int {
    let sorted = values.sorted()
    let count = Double(sorted.count)
    let spread = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
    let cubeRoot = Math.pow10(Math.log10(count) / 3)
    let bins = (extent.high - extent.low) / (2 * spread) * cubeRoot
    let sturges = 1 + Math.log10(count) / Math.log10(2)
    return Int(min(512, bins.isFinite && bins > 0 ? bins : sturges).rounded(.up))
  }
}
