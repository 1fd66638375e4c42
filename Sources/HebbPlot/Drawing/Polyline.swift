/// Lines through many points: split at gaps, thinned to what the screen can show, clipped.
enum Polyline {
  /// A point in pixels together with the index of its data.
  struct Vertex {
    var x: Double
    var y: Double
    var index: Int
  }

  /// Returns the runs of points that can be drawn, without the gaps between them.
  static func runs(
    _ points: [Series.Point], in frame: CartesianFrame
  ) -> [[Vertex]] {
    var runs: [[Vertex]] = []
    var run: [Vertex] = []
    for (index, point) in points.enumerated() {
      if let x = frame.pixelX(point.x), let y = frame.pixelY(point.y) {
        run.append(Vertex(x: x, y: y, index: index))
      } else if !run.isEmpty {
        runs.append(run)
        run = []
      }
    }
    if !run.isEmpty { runs.append(run) }
    return runs
  }

  /// Returns the first, lowest, highest and last vertex of each column of pixels.
  ///
  /// The picture stays the same, and its size no longer depends on the length of the run.
  static func thinned(_ run: [Vertex]) -> [Vertex] {
    var result: [Vertex] = []
    var start = 0
    while start < run.count {
      let column = run[start].x.rounded(.down)
      var end = start + 1
      while end < run.count && run[end].x.rounded(.down) == column { end += 1 }
      if end - start <= 4 {
        result += run[start..<end]
      } else {
        var (low, high) = (start, start)
        for index in start..<end {
          if run[index].y < run[low].y { low = index }
          if run[index].y > run[high].y { high = index }
        }
        var kept = [start, min(low, high), max(low, high), end - 1]
        kept = kept.indices.filter { $0 == 0 || kept[$0] != kept[$0 - 1] }.map { kept[$0] }
        result += kept.map { run[$0] }
      }
      start = end
    }
    return result
  }

  /// Returns the path through `run`, clipped to `box`; empty for fewer than two vertices.
  static func path(_ run: [Vertex], clippedTo box: Box) -> String {
    var path = ""
    var pen: (Double, Double)?
    for (from, to) in zip(run, run.dropFirst()) {
      guard let (a, b) = clip((from.x, from.y), (to.x, to.y), to: box) else {
        pen = nil
        continue
      }
      if pen.map({ $0 == a }) != true { path += "M\(pair(a))" }
      path += "L\(pair(b))"
      pen = b
    }
    return path
  }

  /// Returns the part of a segment that lies in `box` (Liang & Barsky 1984), nil if there is none.
  static func clip(
    _ a: (Double, Double), _ b: (Double, Double), to box: Box
  ) -> ((Double, Double), (Double, Double))? {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1)
    var (enter, leave) = (0.0, 1.0)
    // Half a pixel of tolerance: values on the edge must not vanish by rounding.
    let edges = [
      (-dx, a.0 - box.left + 0.5), (dx, box.right + 0.5 - a.0),
      (-dy, a.1 - box.top + 0.5), (dy, box.bottom + 0.5 - a.1),
    ]
    for (direction, distance) in edges {
      if direction == 0 {
        if distance < 0 { return nil }
      } else if direction < 0 {
        enter = max(enter, distance / direction)
      } else {
        leave = min(leave, distance / direction)
      }
    }
    guard enter <= leave else { return nil }
    let start = enter == 0 ? a : (a.0 + enter * dx, a.1 + enter * dy)
    let end = leave == 1 ? b : (a.0 + leave * dx, a.1 + leave * dy)
    return (start, end)
  }

  private static func pair(_ point: (Double, Double)) -> String {
    NumberText.coordinate(point.0) + " " + NumberText.coordinate(point.1)
  }
}
