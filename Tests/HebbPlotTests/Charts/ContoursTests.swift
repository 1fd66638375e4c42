import HebbPlot
import Testing

@Suite struct ContoursTests {
  /// The contour of x² + y² at 4 is the circle of radius 2, in pieces with gaps.
  @Test func aCircle() {
    let series = Series.contour(of: { $0 * $0 + $1 * $1 }, at: 4, x: -3...3, y: -3...3)
    let points = series.points.filter { $0.x.isFinite }
    #expect(points.count > 100 && series.points.count == points.count / 2 * 3)
    for point in points {
      let radius = (point.x * point.x + point.y * point.y).squareRoot()
      #expect(abs(radius - 2) < 2e-3)
    }
    #expect(points.contains { $0.x < -1.9 } && points.contains { $0.y > 1.9 })
  }

  @Test func nothingWhereThereIsNoSuchValue() {
    let all = [
      Series.contour(of: { $0 * $0 + $1 * $1 }, at: -1, x: 0...1, y: 0...1),
      Series.contour(of: { _, _ in .nan }, at: 0, x: 0...1, y: 0...1, resolution: -5),
      Series.contour(of: { x, _ in x }, at: 5, x: 0...0, y: 0...0),
    ]
    for series in all { #expect(series.points.isEmpty) }
  }
}
