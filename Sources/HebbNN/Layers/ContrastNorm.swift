import Glibc
import HebbCore

/// Global contrast normalization of each picture, over all its channels and positions:
///
///     y = s (x − mean) / max(ε, √(λ + mean (x − mean)²))
///
/// Shapes: `[batch, ...]` → the same.
///
/// - SeeAlso: Goodfellow, Bengio & Courville 2016, equation 12.3.
public final class GlobalContrastNorm: Layer {
  /// s, the standard deviation that pictures get.
  public let scale: Double
  /// λ, against the noise of pictures with little contrast.
  public let regularizer: Double
  /// ε, against division by 0.
  public let epsilon: Double

  /// A layer without parameters.
  ///
  /// - Parameters:
  ///   - scale: s.
  ///   - regularizer: λ; 10 suits small pictures with values up to 255, 0 pictures of objects.
  ///   - epsilon: ε.
  public init(scale: Double = 1, regularizer: Double = 0, epsilon: Double = 1e-8) {
    self.scale = scale
    self.regularizer = regularizer
    self.epsilon = epsilon
  }

  /// The pictures with mean 0 and contrast s.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard x.rank >= 2 else {
        stop("GlobalContrastNorm: expects [batch, ...], not \(x.shape)")
      }
      let axes = Array(1..<x.rank)
      let centered = x - x.mean(axes: axes, keepingDimensions: true)
      let variance = square(centered).mean(axes: axes, keepingDimensions: true)
      // The bound stands under the root: there its slope is finite for constant pictures too.
      let contrast = sqrt(maximum(variance + regularizer, epsilon * epsilon))
      return centered * (scale / contrast)
    }
  }
}

/// Local contrast normalization: subtracts from each pixel the weighted mean of the window around it
/// over all channels, and divides by the weighted deviation there, at least by the picture's mean of
/// deviations:
///
///     v = x − Σ w x,  σ = √(Σ w v²),  y = v / max(mean σ, σ)
///
/// The weights w are a Gaussian that sums to 1 over the part of the window inside of the picture.
///
/// Shapes: `[batch, channels, height, width]` → the same.
///
/// - SeeAlso: Jarrett et al. 2009, §2, with weights that do not let the border see zeros; Pinto,
///   Cox & DiCarlo 2008.
public final class LocalContrastNorm: Layer {
  /// Height and width of the window, odd.
  public let window: Int
  /// The standard deviation of the Gaussian, in pixels.
  public let deviation: Double
  /// The least divisor, against division by 0.
  public let epsilon: Double

  /// A layer without parameters.
  ///
  /// - Parameters:
  ///   - window: Height and width of the window, odd.
  ///   - deviation: The standard deviation of the Gaussian; a quarter of the window where nil.
  ///   - epsilon: The least divisor.
  public init(window: Int = 9, deviation: Double? = nil, epsilon: Double = 1e-4) {
    guard window > 0, !window.isMultiple(of: 2) else {
      stop("LocalContrastNorm: the window is odd, \(window) is not")
    }
    self.window = window
    self.deviation = deviation ?? Double(window) / 4
    self.epsilon = epsilon
  }

  /// The pictures with the same contrast everywhere.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      guard x.rank == 4 else {
        stop("LocalContrastNorm: expects [batch, channels, height, width], not \(x.shape)")
      }
      let weights = kernel(channels: x.shape[1], x.dtype)
      let geometry = ConvolutionGeometry(padding: [window / 2, window / 2])
      let shares = convolution(x.filled(with: 1), weights, nil, geometry)
      func localMean(_ x: Tensor) -> Tensor { convolution(x, weights, nil, geometry) / shares }
      let centered = x - localMean(x)
      // A root of 0 has no slope.
      let deviations = sqrt(maximum(localMean(square(centered)), epsilon * epsilon))
      let mean = deviations.mean(axes: [1, 2, 3], keepingDimensions: true)
      return centered / maximum(deviations, mean)
    }
  }

  /// The Gaussian window over all channels, `[1, channels, window, window]`.
  private func kernel(channels: Int, _ dtype: DType) -> Tensor {
    let offsets = (0..<window).map { Double($0 - window / 2) / deviation }
    let profile = offsets.map { Glibc.exp(-0.5 * $0 * $0) }
    var numbers: [Double] = []
    for _ in 0..<channels {
      for row in profile { numbers += profile.map { row * $0 } }
    }
    let total = numbers.reduce(0, +)
    return Tensor(numbers.map { $0 / total }, shape: [1, channels, window, window])
      .cast(to: dtype)
  }
}
