/// How far training is, as it is shown while it goes on.
public struct ProgressState: Sendable, Hashable {
  /// The pass over the data, counted from 1.
  public var epoch = 1
  /// The number of passes.
  public var epochCount = 1
  /// The number of steps done, in all passes.
  public var step = 0
  /// The number of steps of all passes.
  public var stepCount = 0
  /// The steps done in this pass.
  public var epochStep = 0
  /// The steps of a pass.
  public var epochStepCount = 0
  /// What has been measured in this pass, such as loss and accuracy.
  public var metrics: [Metric] = []
  /// Examples trained on in a second; nil before the first are.
  public var samplesPerSecond: Double?
  /// Seconds until training ends; nil where nobody knows.
  public var secondsLeft: Double?

  /// The beginning.
  public init() {}

  /// A measure with its value.
  public struct Metric: Sendable, Hashable {
    /// The name, such as `loss`.
    public var name: String
    /// The value.
    public var value: Double

    /// A measure with its value.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }

    /// Name and value as people read them: `loss 0.4821`, `accuracy 82.4 %`.
    public var text: String {
      let number =
        name.hasSuffix("accuracy")
        ? NumberFormat.percent(value) : NumberFormat.significant(value, digits: 4)
      return "\(name.replacing("_", with: " ")) \(number)"
    }
  }
}

extension ProgressState {
  /// The line without a bar: `epoch 3/10, step 590/2350, loss 0.4821, ..., 0:12 left`.
  package var plainLine: String { parts.joined(separator: ", ") }

  /// The line with a bar for the pass, at most `width` columns; parts at the end are left out where
  /// there is no room.
  ///
  /// - Parameters:
  ///   - width: The columns of the terminal.
  ///   - isUnicode: Whether the terminal knows more than ASCII.
  /// - Returns: The line, without a line end.
  package func barLine(width: Int, isUnicode: Bool = true) -> String {
    let parts = parts
    let text = parts.joined(separator: "  ")
    // The last column stays free: some terminals break the line when it is filled.
    let room = max(width - 1, 0)
    let barWidth = min(room - text.count - 2, 30)
    if barWidth >= 8 {
      return parts[0] + " " + bar(width: barWidth, isUnicode: isUnicode) + "  "
        + parts.dropFirst().joined(separator: "  ")
    }
    var line = parts[0]
    for part in parts.dropFirst() {
      guard line.count + 2 + part.count <= room else { break }
      line += "  " + part
    }
    return String(line.prefix(room))
  }

  private func bar(width: Int, isUnicode: Bool) -> String {
    let share = Double(epochStep) / Double(max(epochStepCount, 1))
    let halves = Int((max(0, min(share, 1)) * Double(2 * width)).rounded(.down))
    let (full, half) = (halves / 2, halves % 2)
    let rest = width - full - half
    return isUnicode
      ? String(repeating: "━", count: full) + String(repeating: "╸", count: half)
        + String(repeating: "─", count: rest)
      : String(repeating: "#", count: full) + String(repeating: "-", count: half + rest)
  }

  private var parts: [String] {
    var parts = [
      "epoch \(epoch)/\(epochCount)",
      "step \(NumberFormat.grouped(step))/\(NumberFormat.grouped(stepCount))",
    ]
    parts += metrics.map(\.text)
    if let samplesPerSecond, samplesPerSecond.isFinite, samplesPerSecond < 1e15 {
      parts.append("\(NumberFormat.grouped(Int(samplesPerSecond.rounded()))) samples/s")
    }
    if let secondsLeft { parts.append("\(NumberFormat.clock(secondsLeft)) left") }
    return parts
  }
}
