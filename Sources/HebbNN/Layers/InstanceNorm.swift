import HebbCore

/// Normalization of each channel of each example over all positions,
/// y = γ (x − mean) / √(variance + ε) + β, as PyTorch's `nn.InstanceNorm1d`, `2d` and `3d`.
///
/// With tracked statistics, training moves them toward the batch's mean of means and of unbiased
/// variances, and use normalizes by them; without, use is like training.
///
/// Shapes: `[batch, channels, ...]` → the same.
///
/// - SeeAlso: Ulyanov, Vedaldi & Lempitsky 2016.
public final class InstanceNorm: Layer, ModeDependent {
  /// γ, `[channels]`; starts at 1. Nil without scale and shift.
  @Parameter public var weight: Tensor?
  /// β, `[channels]`; starts at 0. Nil without scale and shift.
  @Parameter public var bias: Tensor?
  /// The mean that use normalizes by, `[channels]`; nil where it is not tracked.
  @Buffer("running_mean") public var runningMean: Tensor?
  /// The variance that use normalizes by, `[channels]`; nil where it is not tracked.
  @Buffer("running_var") public var runningVariance: Tensor?
  /// How many batches the statistics have seen, an `int64` scalar.
  @Buffer("num_batches_tracked", required: false) public var batchCount: Tensor?
  /// Whether statistics are tracked.
  public var isTraining = true
  /// The size of axis 1.
  public let channels: Int
  /// ε.
  public let epsilon: Double
  /// How far the statistics move.
  public let momentum: Double

  /// A layer with γ = 1, β = 0 and the statistics 0 and 1.
  ///
  /// - Parameters:
  ///   - channels: The size of axis 1.
  ///   - epsilon: ε.
  ///   - momentum: How far the statistics move.
  ///   - affine: Whether there are γ and β.
  ///   - tracksStatistics: Whether there are statistics, and use normalizes by them.
  public init(
    channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false,
    tracksStatistics: Bool = false
  ) {
    self.channels = channels
    self.epsilon = epsilon
    self.momentum = momentum
    weight = affine ? .ones([channels]) : nil
    bias = affine ? .zeros([channels]) : nil
    runningMean = tracksStatistics ? .zeros([channels]) : nil
    runningVariance = tracksStatistics ? .ones([channels]) : nil
    batchCount = tracksStatistics ? Tensor([0], shape: []) : nil
  }

  /// The normalized x.
  public func callAsFunction(_ x: Tensor) -> Tensor {  // [batch, channels, ...] → same
    calling {
      guard x.rank >= 3, x.shape[1] == channels else {
        stop("InstanceNorm: expects [batch, \(channels) channels, positions...], not \(x.shape)")
      }
      if !isTraining, let runningMean, let runningVariance {
        var perChannel = Shape(repeating: 1, rank: x.rank)
        perChannel[1] = channels
        let centered = x - runningMean.reshaped(to: perChannel)
        let scale = rsqrt(runningVariance + epsilon).reshaped(to: perChannel)
        return scaledByChannel(centered * scale, weight, bias).cast(to: x.dtype)
      }
      let axes = Array(2..<x.rank)
      track(x, axes)
      let normalized = standardized(x, axes: axes, epsilon)
      return scaledByChannel(normalized, weight, bias).cast(to: x.dtype)
    }
  }

  private func track(_ x: Tensor, _ axes: [Int]) {
    guard isTraining, let oldMean = runningMean, let oldVariance = runningVariance else { return }
    withoutGradients {
      let count = Double(axes.reduce(1) { $0 * x.shape[$1] })
      let means = x.mean(axes: axes, keepingDimensions: true)
      let variances = square(x - means).mean(axes: axes) * (count / max(count - 1, 1))
      let share = Tensor(momentum, dtype: oldMean.dtype)
      let batchMean = means.reshaped(to: [x.shape[0], channels]).mean(axes: [0])
      runningMean = (1 - share) * oldMean + share * batchMean
      runningVariance = (1 - share) * oldVariance + share * variances.mean(axes: [0])
      batchCount = batchCount.map { $0 + 1 }
    }
  }
}

/// Instance normalization of `[batch, channels, length]`.
public typealias InstanceNorm1d = InstanceNorm
/// Instance normalization of `[batch, channels, height, width]`.
public typealias InstanceNorm2d = InstanceNorm
/// Instance normalization of `[batch, channels, depth, height, width]`.
public typealias InstanceNorm3d = InstanceNorm
