import HebbCore

/// Gives each feature mean 0 and variance 1 over a data set, y = (x − mean) / deviation, as
/// scikit-learn's `StandardScaler`: features of one scale make the error surface rounder.
///
/// A feature that is constant is only shifted.
///
/// Shapes: `[..., features]` → the same.
public final class FeatureNorm: Layer {
  /// The means over the data, `[features]`.
  @Buffer public var mean: Tensor
  /// The standard deviations over the data, `[features]`; 1 for constant features.
  @Buffer public var deviation: Tensor

  /// The layer for a number of features before `fit`, the identity.
  public init(features: Int) {
    mean = .zeros([features])
    deviation = .ones([features])
  }

  /// The layer for these data.
  public convenience init(fitting data: Tensor) {
    self.init(features: data.shape.last ?? 0)
    fit(data)
  }

  /// Takes mean and (biased) deviation of each feature from the data, `[..., features]`.
  public func fit(_ data: Tensor) {
    guard data.rank >= 2, data.shape.last == mean.count else {
      stop("FeatureNorm: expects [..., \(mean.count) features], not \(data.shape)")
    }
    withoutGradients {
      let axes = Array(0..<data.rank - 1)
      let wide = data.cast(to: .float64)
      let means = wide.mean(axes: axes)
      let variance = square(wide - means).mean(axes: axes)
      // Rounding alone does not make a feature vary.
      let isConstant = variance .<= square(means) * 1e-14
      let deviations = select(isConstant, variance.filled(with: 1), sqrt(variance))
      mean = means.cast(to: mean.dtype)
      deviation = deviations.cast(to: deviation.dtype)
      Tensor.evaluate([mean, deviation])
    }
  }

  /// The features with mean 0 and variance 1.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { (x - mean) / deviation } }

  /// The data from which the layer would give y.
  public func inverse(_ y: Tensor) -> Tensor { y * deviation + mean }
}
