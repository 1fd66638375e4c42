extension Series {
  /// Lines on which a function of two numbers has one value, by marching squares: short pieces with
  /// gaps between them, to be drawn behind the path of an optimizer.
  ///
  /// - Parameters:
  ///   - f: The function; where it is not finite there is no line.
  ///   - level: The value.
  ///   - x: The horizontal range.
  ///   - y: The vertical range.
  ///   - resolution: How many squares there are along each axis, 1...400.
  /// - Returns: One faint, gray series without a name.
  public static func contour(
    of f: (_ x: Double, _ y: Double) -> Double, at level: Double, x: ClosedRange<Double>,
    y: ClosedRange<Double>, resolution: Int = 80
  ) -> Series {
    let n = min(max(resolution, 1), 400)
    let (width, height) = (x.upperBound - x.lowerBound, y.upperBound - y.lowerBound)
    func place(_ i: Int, _ j: Int) -> Point {
      Point(
        x.lowerBound + width * Double(i) / Double(n),
        y.lowerBound + height * Double(j) / Double(n))
    }
    let values = (0...n).map { j in
      (0...n).map { i in
        let point = place(i, j)
        return f(point.x, point.y) - level
      }
    }
    var points: [Point] = []
    for j in 0..<n {
      for i in 0..<n {
        let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        var crossings: [Point] = []
        for (from, to) in zip(corners, corners[1...] + corners[..<1]) {
          let (a, b) = (values[from.1][from.0], values[to.1][to.0])
          guard a.isFinite, b.isFinite, (a < 0) != (b < 0) else { continue }
          let (start, end) = (place(from.0, from.1), place(to.0, to.1))
          let share = a / (a - b)
          crossings.append(
            Point(start.x + share * (end.x - start.x), start.y + share * (end.y - start.y)))
        }
        // Four crossings belong to a saddle; which of them are joined does not show.
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          points += [crossings[pair], crossings[pair + 1], Point(.nan, .nan)]
        }
      }
    }
    var series = Series("", points: points, color: Palette.gray)
    series.isFaint = true
    return series
  }
}
