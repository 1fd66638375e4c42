import HebbCore
import Synchronization

/// Normalization of each channel over the batch and all positions,
/// y = γ (x − mean) / √(variance + ε) + β, as PyTorch's `nn.BatchNorm1d`,
/// `nn.BatchNorm2d` and `nn.BatchNorm3d`.
///
/// In training the batch gives mean and (biased) variance, and the running statistics move toward
/// them: r ← (1 − m) r + m · batch, with the unbiased variance, or on demand with the biased one as
/// in Saito's and Li Mu's books (whose momentum is 1 − m). In use the running statistics
/// normalize.
///
/// Shapes: `[batch, channels, ...]` → the same.
///
/// - SeeAlso: Ioffe & Szegedy 2015, Algorithms 1 and 2.
public final class BatchNorm: Layer, ModeDependent {
  /// γ, `[channels]`; starts at 1. Nil without scale and shift.
  @Parameter public var weight: Tensor?
  /// β, `[channels]`; starts at 0. Nil without scale and shift.
  @Parameter public var bias: Tensor?
  /// The mean that use normalizes by, `[channels]`.
  @Buffer("running_mean") public var runningMean: Tensor
  /// The variance that use normalizes by, `[channels]`.
  @Buffer("running_var") public var runningVariance: Tensor
  /// How many batches the statistics have seen, an `int64` scalar.
  @Buffer("num_batches_tracked", required: false) public var batchCount: Tensor
  /// Whether the batch normalizes.
  public var isTraining = true
  /// ε.
  public let epsilon: Double
  /// m; nil averages over all batches alike.
  public let momentum: Double?
  /// Whether the running variance follows the unbiased variance of batches, as in PyTorch.
  public let tracksUnbiasedVariance: Bool
  private let known = KnownScale()

  /// A layer with γ = 1, β = 0 and the statistics 0 and 1.
  ///
  /// - Parameters:
  ///   - channels: The size of axis 1.
  ///   - epsilon: ε.
  ///   - momentum: m; nil averages over all batches alike.
  ///   - affine: Whether there are γ and β.
  ///   - tracksUnbiasedVariance: Whether the running variance follows the unbiased one.
  public init(
    channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    tracksUnbiasedVariance: Bool = true
  ) {
    self.epsilon = epsilon
    self.tracksUnbiasedVariance = tracksUnbiasedVariance
    self.momentum = momentum
    weight = affine ? .ones([channels]) : nil
    bias = affine ? .zeros([channels]) : nil
    runningMean = .zeros([channels])
    runningVariance = .ones([channels])
    // Elements in memory, not a number of the plan: the first step shall be like all others.
    batchCount = Tensor([0], shape: [])
  }

  /// The normalized x.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { normalized(x) } }

  private func normalized(_ x: Tensor) -> Tensor {  // [batch, channels, ...] → same
    let channels = runningMean.count
    guard x.rank >= 2, x.shape[1] == channels else {
      stop("BatchNorm: expects [batch, \(channels) channels, ...], not \(x.shape)")
    }
    var perChannel = Shape(repeating: 1, rank: x.rank)
    perChannel[1] = channels
    if !isTraining {
      let (scale, shift) =
        Hebb.isPlainInference
        ? known.value(of: [runningMean, runningVariance, weight, bias], perChannel) {
          scaleAndShift(perChannel)
        } : scaleAndShift(perChannel)
      return (x * scale + shift).cast(to: x.dtype)
    }
    let (mean, variance) = Self.statistics(x)
    track(mean, variance, count: x.count / max(channels, 1))
    let centered = x - mean
    var scale = rsqrt(variance + epsilon)
    if let weight { scale = scale * weight.reshaped(to: perChannel) }
    guard let bias else { return (centered * scale).cast(to: x.dtype) }
    return (centered * scale + bias.reshaped(to: perChannel)).cast(to: x.dtype)
  }

  /// What use multiplies by and adds, s = γ / √(variance + ε) and β − mean · s.
  private func scaleAndShift(_ perChannel: Shape) -> (scale: Tensor, shift: Tensor) {
    var scale = rsqrt(runningVariance + epsilon)
    if let weight { scale = scale * weight }
    let offset = runningMean * scale
    let shift = bias.map { $0 - offset } ?? -offset
    return (scale.reshaped(to: perChannel), shift.reshaped(to: perChannel))
  }

  /// Mean and biased variance of each channel, read from memory in one pass:
  ///
  ///     mean = k + E[x − k],  variance = E[(x − k)²] − E[x − k]²
  ///
  /// with k the mean of the first example, so near to that of the batch that the difference loses
  /// nothing: its error is at most that of one rounding times (mean − k)² / variance, and the latter
  /// is at most the batch size.
  private static func statistics(_ x: Tensor) -> (mean: Tensor, variance: Tensor) {
    let axes = (0..<x.rank).filter { $0 != 1 }
    let shift = stopGradient(x[0..<min(1, x.shape[0])].mean(axes: axes, keepingDimensions: true))
    let shifted = x - shift
    let mean = shifted.mean(axes: axes, keepingDimensions: true)
    let variance = square(shifted).mean(axes: axes, keepingDimensions: true) - square(mean)
    return (shift + mean, maximum(variance, 0))
  }

  /// Moves the running statistics toward those of a batch with `count` numbers in each channel.
  private func track(_ mean: Tensor, _ variance: Tensor, count: Int) {
    guard count > 1 else {
      stop("BatchNorm: training needs more than one number for each channel, there is \(count)")
    }
    let unbiased = tracksUnbiasedVariance ? Double(count) / Double(count - 1) : 1
    withoutGradients {
      batchCount = batchCount + 1
      let share =
        momentum.map { Tensor($0, dtype: runningMean.dtype) }
        ?? 1 / batchCount.cast(to: runningMean.dtype)
      let batchMean = mean.reshaped(to: runningMean.shape)
      let batchVariance = unbiased * variance.reshaped(to: runningVariance.shape)
      runningMean = (1 - share) * runningMean + share * batchMean
      runningVariance = (1 - share) * runningVariance + share * batchVariance
    }
  }
}

/// Scale and shift of a layer in use, kept as long as the tensors are the same that they come from: to record
/// them again for each batch takes longer than all other recording of a network of convolutions.
private final class KnownScale: Sendable {
  private struct Entry {
    var origins: [UInt64?]
    var shape: Shape
    var scale: Tensor
    var shift: Tensor
  }

  private let entry = Mutex<Entry?>(nil)

  func value(
    of origins: [Tensor?], _ shape: Shape, _ compute: () -> (scale: Tensor, shift: Tensor)
  ) -> (scale: Tensor, shift: Tensor) {
    let origins = origins.map { $0?.identity }
    if let known = entry.withLock({ $0 }), known.origins == origins, known.shape == shape {
      return (known.scale, known.shift)
    }
    let (scale, shift) = compute()
    // Elements in memory: the first batch shall be like all others.
    Tensor.evaluate([scale, shift])
    entry.withLock { $0 = Entry(origins: origins, shape: shape, scale: scale, shift: shift) }
    return (scale, shift)
  }
}

/// Batch normalization of `[batch, channels]` and `[batch, channels, length]`.
public typealias BatchNorm1d = BatchNorm

/// Batch normalization of `[batch, channels, height, width]`.
public typealias BatchNorm2d = BatchNorm
/// Batch normalization of `[batch, channels, depth, height, width]`.
public typealias BatchNorm3d = BatchNorm
