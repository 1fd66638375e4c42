/// A labeled position on an axis.
package struct Tick: Sendable, Hashable {
  /// The position in data units.
  package var value: Double
  /// The text beside it.
  package var label: String
}

/// The choice of round positions on an axis: steps of 1, 2 or 5 times a power of ten.
package enum Ticks {
  /// The step between ticks, `mantissa` × 10^`exponent`.
  package struct Step: Sendable, Hashable {
    /// 1, 2 or 5.
    package var mantissa: Int
    /// The power of ten.
    package var exponent: Int

    /// Returns `count` steps, rounded once: three steps of 0.1 are 0.3.
    package func times(_ count: Int) -> Double {
      Math.scaled(Double(count) * Double(mantissa), byPowerOfTen: exponent)
    }
  }

  /// Returns the smallest step with at most `count` ticks from `low` through `high`.
  ///
  /// - Parameters:
  ///   - low: Where the axis begins; finite, below `high`.
  ///   - high: Where it ends.
  ///   - count: The largest number of ticks, at least 2.
  ///   - integersOnly: Whether a step below 1 is forbidden, as for epochs.
  ///   - outward: Whether the ticks must cover the range rather than stay inside it.
  /// - Returns: The step.
  package static func step(
    from low: Double, through high: Double, atMost count: Int, integersOnly: Bool = false,
    outward: Bool = false
  ) -> Step {
    // An outward range around zero has three ticks however large the step is.
    let count = max(outward ? 3 : 2, count)
    var exponent = Math.decimalExponent((high - low) / Double(count)) - 1
    if integersOnly { exponent = max(0, exponent) }
    while true {
      for mantissa in [1, 2, 5] {
        let step = Step(mantissa: mantissa, exponent: exponent)
        let indices = indices(from: low, through: high, step: step, outward: outward)
        if indices.count <= count { return step }
      }
      exponent += 1
    }
  }

  /// Returns the ticks of an axis from `low` through `high`; the parameters are those of `step`.
  package static func linear(
    from low: Double, through high: Double, atMost count: Int, integersOnly: Bool = false,
    outward: Bool = false
  ) -> [Tick] {
    let step = step(
      from: low, through: high, atMost: count, integersOnly: integersOnly, outward: outward)
    let values = indices(from: low, through: high, step: step, outward: outward).map(step.times)
    return zip(values, labels(values, step: step)).map { Tick(value: $0, label: $1) }
  }

  /// Returns the ticks of a logarithmic axis: powers of ten, with their double and fivefold between
  /// them where there is room, and round linear steps where the axis covers less than a doubling.
  ///
  /// - Parameters:
  ///   - low: Where the axis begins; finite, positive, below `high`.
  ///   - high: Where it ends.
  ///   - count: The largest number of ticks, at least 2.
  ///   - outward: Whether the ticks must cover the range rather than stay inside it.
  /// - Returns: The ticks, in rising order.
  package static func logarithmic(
    from low: Double, through high: Double, atMost count: Int, outward: Bool = false
  ) -> [Tick] {
    if high / low < 2 {
      let ticks = linear(from: low, through: high, atMost: count, outward: outward)
      return ticks.filter { $0.value > 0 }
    }
    let count = max(outward ? 3 : 2, count)
    let (first, last) = (Math.decimalExponent(low), Math.decimalExponent(high) + 1)
    var (mantissas, stride) = ([1, 2, 5], 1)
    while true {
      let base = Int((Double(first) / Double(stride)).rounded(.down)) * stride
      var steps: [Step] = []
      for exponent in Swift.stride(from: base, through: last + stride, by: stride)
      where abs(exponent) <= 307 {
        steps += mantissas.map { Step(mantissa: $0, exponent: exponent) }
      }
      steps = covering(steps, low: low, high: high, outward: outward)
      if steps.count < 2 { return linear(from: low, through: high, atMost: count) }
      if steps.count <= count { return logarithmicTicks(steps) }
      if mantissas.count > 1 { mantissas = [1] } else { stride += 1 }
    }
  }

  /// Returns the numbers of steps that fall into the range or cover it.
  private static func indices(
    from low: Double, through high: Double, step: Step, outward: Bool
  ) -> Range<Int> {
    let size = step.times(1)
    // Rounding must not lose a tick that falls on the end of the axis, nor add one outside of it.
    let slack = 1e-9 * (high - low) / size
    let first = outward ? (low / size + slack).rounded(.down) : (low / size - slack).rounded(.up)
    let last = outward ? (high / size - slack).rounded(.up) : (high / size + slack).rounded(.down)
    let limit = 0x1p60
    let begin = Int(max(-limit, min(limit, first)))
    return begin..<max(begin, Int(max(-limit, min(limit, last))) + 1)
  }

  /// Returns the steps inside the range, or with the nearest on either side of it.
  private static func covering(
    _ steps: [Step], low: Double, high: Double, outward: Bool
  ) -> [Step] {
    let tolerance = 1 + 1e-9
    let inside = steps.filter {
      $0.times(1) >= low / tolerance && $0.times(1) <= high * tolerance
    }
    guard outward else { return inside }
    let before = steps.last { $0.times(1) < low / tolerance }
    let after = steps.first { $0.times(1) > high * tolerance }
    let touchesLow = (inside.first?.times(1)).map { $0 <= low * tolerance } ?? false
    let touchesHigh = (inside.last?.times(1)).map { $0 >= high / tolerance } ?? false
    return (touchesLow ? [] : [before].compactMap(\.self)) + inside
      + (touchesHigh ? [] : [after].compactMap(\.self))
  }

  private static func logarithmicTicks(_ steps: [Step]) -> [Tick] {
    let values = steps.map { $0.times(1) }
    let isPlain = values.allSatisfy { $0 >= 0.9e-3 && $0 < 2e4 }
    return zip(steps, values).map { step, value in
      if isPlain {
        return Tick(value: value, label: NumberText.fixed(value, decimals: max(0, -step.exponent)))
      }
      let power = "10" + NumberText.superscript(step.exponent)
      return Tick(value: value, label: step.mantissa == 1 ? power : "\(step.mantissa)×\(power)")
    }
  }

  /// Returns labels with as many decimals as the step needs, all in the same unit.
  private static func labels(_ values: [Double], step: Step) -> [String] {
    let largest = values.reduce(0) { max($0, abs($1)) }
    let decimals = max(0, -step.exponent)
    if largest >= 1e9 || (largest < 1e-3 && largest > 0) {
      let exponent = Math.decimalExponent(largest)
      return values.map { value in
        if value == 0 { return "0" }
        let mantissa = Math.scaled(value, byPowerOfTen: -exponent)
        let digits = NumberText.fixed(mantissa, decimals: max(0, exponent - step.exponent))
        return "\(digits)×10\(NumberText.superscript(exponent))"
      }
    }
    for (exponent, unit) in [(6, "M"), (3, "k")] where largest >= (exponent == 6 ? 1e6 : 1e4) {
      let decimals = max(0, exponent - step.exponent)
      if decimals > 2 { break }
      return values.map { value in
        if value == 0 { return "0" }
        let scaled = Math.scaled(value, byPowerOfTen: -exponent)
        return NumberText.trimmed(NumberText.fixed(scaled, decimals: decimals)) + unit
      }
    }
    return values.map { NumberText.fixed($0, decimals: decimals) }
  }
}
