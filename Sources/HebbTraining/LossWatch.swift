/// Looks at the losses between two lines of the log, and says what is wrong with them and what usually
/// helps: a sudden rise, or no progress for a long time.
package struct LossWatch {
  /// How many means are remembered.
  private static let length = 20
  /// The newest means, oldest first.
  private var losses: [Double] = []
  /// The best mean of all, and how many means ago it was first reached.
  private var best = Double.infinity
  private var sinceBest = 0
  private var saidPlateau = false

  /// A watch that has seen nothing.
  package init() {}

  /// Takes the mean loss of some steps.
  ///
  /// - Returns: A warning in one sentence; nil if all is well.
  package mutating func observe(_ loss: Double, rate: Double) -> String? {
    defer {
      losses.append(loss)
      losses = losses.suffix(Self.length)
    }
    if let warning = spike(loss, rate) { return warning }
    // A thousandth is less than what noise makes of a loss that falls.
    if loss < best - abs(best) * 1e-3 || !best.isFinite {
      (best, sinceBest, saidPlateau) = (loss, 0, false)
      return nil
    }
    sinceBest += 1
    guard sinceBest >= 2 * Self.length, !saidPlateau else { return nil }
    saidPlateau = true
    return
      "the loss has not fallen below \(NumberFormat.significant(best)) for \(sinceBest) log lines; "
      + "if it should be lower: lower the rate (\(NumberFormat.significant(rate))) or use a schedule, "
      + "look for dead units (--histograms), or check that the model can fit a few examples "
      + "(--overfit 8)"
  }

  /// A rise far above the spread of the last losses: more than 10 median deviations, and above the
  /// largest of them by half of the median, for a loss that swings may have no median deviation.
  private func spike(_ loss: Double, _ rate: Double) -> String? {
    guard losses.count >= 10 else { return nil }
    let median = Self.median(losses)
    let deviation = Self.median(losses.map { abs($0 - median) })
    guard loss > median + 10 * deviation, let largest = losses.max(),
      loss > largest + abs(median) / 2
    else { return nil }
    return
      "the loss jumped from about \(NumberFormat.significant(median)) to "
      + "\(NumberFormat.significant(loss)); if it does not come back: limit the norm of the gradients "
      + "(--set clip-norm=1), lower the rate (\(NumberFormat.significant(rate))) or warm it up, and "
      + "look for broken examples"
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    guard sorted.count.isMultiple(of: 2) else { return sorted[middle] }
    return (sorted[middle - 1] + sorted[middle]) / 2
  }
}
