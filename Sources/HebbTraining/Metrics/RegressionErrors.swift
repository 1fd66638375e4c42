import HebbCore

/// How far numbers are from what they should be.
public struct RegressionErrors: Metric, Hashable {
  /// These errors.
  public var value: RegressionErrors { self }
  /// The number of numbers.
  public private(set) var count = 0

  private var squares = 0.0
  private var magnitudes = 0.0
  /// Mean and sum of squared deviations of the targets, by Welford's update (1962): the sum of squares
  /// alone loses all digits where the mean is large.
  private var mean = 0.0
  private var deviations = 0.0

  /// No numbers.
  public init() {}

  /// Takes a batch of predictions and targets of the same shape.
  public mutating func update(_ predictions: Tensor, _ targets: Tensor) {
    demand(predictions.shape == targets.shape, "RegressionErrors", predictions, targets)
    for (prediction, target) in zip(predictions.doubles(), targets.doubles()) {
      let error = prediction - target
      count += 1
      squares += error * error
      magnitudes += abs(error)
      let distance = target - mean
      mean += distance / Double(count)
      deviations += distance * (target - mean)
    }
  }

  /// Forgets all numbers.
  public mutating func reset() { self = RegressionErrors() }

  /// The mean squared error.
  public var meanSquared: Double { count > 0 ? squares / Double(count) : .nan }

  /// The square root of the mean squared error.
  public var rootMeanSquared: Double { meanSquared.squareRoot() }

  /// The mean absolute error.
  public var meanAbsolute: Double { count > 0 ? magnitudes / Double(count) : .nan }

  /// R², the share of the targets' variance that is explained: 1 − Σ(y − ŷ)² / Σ(y − ȳ)². For constant
  /// targets 1 where all are met and 0 otherwise, as in scikit-learn.
  public var determination: Double {
    guard count > 0 else { return .nan }
    guard deviations > 0 else { return squares == 0 ? 1 : 0 }
    return 1 - squares / deviations
  }
}
