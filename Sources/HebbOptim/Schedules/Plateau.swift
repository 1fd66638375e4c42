/// A rate that falls when a metric stops getting better, as PyTorch's `ReduceLROnPlateau`. It is a
/// value with a memory, which can be saved with the run.
///
/// ```swift
/// var plateau = Plateau(rate: 0.1, patience: 3)
/// for epoch in 0..<30 {
///   train(rate: plateau.rate)
///   plateau.observe(validationLoss())
/// }
/// ```
public struct Plateau: Sendable, Hashable, Codable {
  /// What counts as better.
  public struct Threshold: Sendable, Hashable, Codable {
    /// By how much a metric must be better than the best one.
    public var amount: Double
    /// Whether the amount is a part of the best metric.
    public var isRelative: Bool

    /// Better by a part of the best metric.
    public static func relative(_ amount: Double) -> Threshold {
      Threshold(amount: amount, isRelative: true)
    }

    /// Better by this amount.
    public static func absolute(_ amount: Double) -> Threshold {
      Threshold(amount: amount, isRelative: false)
    }
  }

  /// The present rate.
  public private(set) var rate: Double
  /// What the rate is multiplied by when it falls.
  public let factor: Double
  /// How many observations without an improvement are borne.
  public let patience: Int
  /// Whether larger metrics are better.
  public let isLargerBetter: Bool
  /// What counts as better.
  public let threshold: Threshold
  /// For how many observations after a fall nothing counts.
  public let cooldown: Int
  /// The least rate.
  public let minimum: Double
  /// The best metric; nil before the first.
  public private(set) var best: Double?

  private var badCount = 0
  private var coolingCount = 0

  /// A rate that waits for `patience` observations without an improvement; defaults are PyTorch's.
  public init(
    rate: Double, factor: Double = 0.1, patience: Int = 10, isLargerBetter: Bool = false,
    threshold: Threshold = .relative(1e-4), cooldown: Int = 0, minimum: Double = 0
  ) {
    self.rate = rate
    self.factor = factor
    self.patience = patience
    self.isLargerBetter = isLargerBetter
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimum = minimum
  }

  /// Takes in a metric, one for each epoch or evaluation; NaN counts as no improvement.
  ///
  /// - Returns: The rate from here on.
  @discardableResult
  public mutating func observe(_ metric: Double) -> Double {
    if isBetter(metric) {
      best = metric
      badCount = 0
    } else {
      badCount += 1
    }
    if coolingCount > 0 {
      coolingCount -= 1
      badCount = 0
    }
    if badCount > patience {
      let lower = max(rate * factor, minimum)
      // PyTorch leaves out falls that are too small to matter.
      if rate - lower > 1e-8 { rate = lower }
      coolingCount = cooldown
      badCount = 0
    }
    return rate
  }

  private func isBetter(_ metric: Double) -> Bool {
    guard let best else { return !metric.isNaN }
    let sign: Double = isLargerBetter ? 1 : -1
    let change = sign * threshold.amount
    let bound = threshold.isRelative ? best * (1 + change) : best + change
    return isLargerBetter ? metric > bound : metric < bound
  }
}
