import HebbCore
import HebbNN

/// A variational autoencoder with one hidden layer on each side: pictures of n numbers in 0...1 become a
/// normal distribution in a small space, and a point of it pictures again.
///
///     μ, ln σ² = fc21(h), fc22(h),  h = relu(fc1(x))
///     z = μ + σ ε,  ε ~ N(0, 1)
///     x̂ = σ(fc4(relu(fc3(z))))
///
/// The names of the weights are those of the example `vae` of PyTorch, whose sizes 784-400-20 are the
/// defaults. As there, z is drawn in use too.
///
/// Shapes: `[batch, ...]` → `[batch, inputs + 2 latent]`, the logits of the pictures, then μ and ln σ².
///
/// - SeeAlso: Kingma & Welling 2014, "Auto-Encoding Variational Bayes", §3 and appendix C.
public final class VAE: Layer {
  /// From the picture to the hidden layer.
  public let fc1: Linear
  /// From there to μ.
  public let fc21: Linear
  /// And to ln σ².
  public let fc22: Linear
  /// From z to the hidden layer of the decoder.
  public let fc3: Linear
  /// From there to the logits of the picture.
  public let fc4: Linear
  /// How many times ε has been drawn, an `int64` scalar.
  @Buffer("draws", required: false) public var drawCount: Tensor
  /// The size of z.
  public let latent: Int
  private let noise: PhiloxGenerator

  /// What the encoder and the decoder make of pictures.
  public struct Output: Sendable {
    /// The logits of the pictures, `[batch, inputs]`.
    public let logits: Tensor
    /// μ, `[batch, latent]`.
    public let mean: Tensor
    /// ln σ², `[batch, latent]`.
    public let logVariance: Tensor
  }

  /// A model with random weights.
  ///
  /// - Parameters:
  ///   - inputs: The numbers of a picture.
  ///   - hidden: The units of the hidden layers.
  ///   - latent: The size of z.
  ///   - seed: What weights and ε are made from.
  public init(inputs: Int = 784, hidden: Int = 400, latent: Int = 20, seed: UInt64) {
    var random = PhiloxGenerator(seed: seed)
    fc1 = Linear(inputs: inputs, outputs: hidden, using: &random)
    fc21 = Linear(inputs: hidden, outputs: latent, using: &random)
    fc22 = Linear(inputs: hidden, outputs: latent, using: &random)
    fc3 = Linear(inputs: latent, outputs: hidden, using: &random)
    fc4 = Linear(inputs: hidden, outputs: inputs, using: &random)
    self.latent = latent
    noise = random.mixing("noise")
    drawCount = Tensor([0], shape: [])
  }

  /// Logits, μ and ln σ² side by side.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let output = read(x)
    return concatenate([output.logits, output.mean, output.logVariance], axis: 1)
  }

  /// Encodes pictures, draws z and decodes it.
  public func read(_ x: Tensor) -> Output {
    calling {
      let (mean, logVariance) = encode(x)
      let draw = drawCount.integers()[0]
      drawCount = Tensor([Int64(draw &+ 1)], shape: [])
      let epsilon = Tensor.normal(
        mean.shape, dtype: mean.dtype, using: noise.mixing(UInt64(bitPattern: Int64(draw))))
      let z = mean + exp(0.5 * logVariance) * epsilon
      return Output(logits: decode(z), mean: mean, logVariance: logVariance)
    }
  }

  /// μ and ln σ² of pictures, each `[batch, latent]`.
  public func encode(_ x: Tensor) -> (mean: Tensor, logVariance: Tensor) {
    let h = relu(fc1(x.reshaped(to: [x.shape[0], -1])))
    return (fc21(h), fc22(h))
  }

  /// The logits of the pictures of points z, `[batch, latent]` → `[batch, inputs]`.
  public func decode(_ z: Tensor) -> Tensor { fc4(relu(fc3(z))) }
}

/// The two terms of the negative evidence lower bound of pictures whose pixels are probabilities, in nats,
/// summed over the batch: the cross-entropy of the pixels, and KL(N(μ, σ²), N(0, 1)).
///
/// - Parameters:
///   - logits: Of the pixels, `[batch, inputs]`.
///   - targets: The pixels, in 0...1, in the same shape.
///   - mean: μ, `[batch, latent]`.
///   - logVariance: ln σ², in the same shape.
/// - Returns: Cross-entropy and divergence, each a scalar; their sum is the bound.
/// - SeeAlso: Kingma & Welling 2014, equation 10 and appendix B.
public func evidenceLowerBoundTerms(
  logits: Tensor, targets: Tensor, mean: Tensor, logVariance: Tensor
) -> (reconstruction: Tensor, divergence: Tensor) {
  let divergence = gaussianDivergence(means: mean, logVariances: logVariance, reduction: .sum)
  let reconstruction = binaryCrossEntropy(logits: logits, targets: targets, reduction: .sum)
  return (reconstruction, divergence)
}
