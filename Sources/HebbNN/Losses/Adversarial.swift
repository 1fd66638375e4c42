import HebbCore

/// The losses of a generative adversarial network, from the discriminator's scores (logits) of real
/// and generated examples. Both players minimize theirs.
public enum AdversarialLoss: Sendable, Hashable {
  /// The generator minimizes ln(1 − D(G(z))) (Goodfellow et al. 2014, equation 1).
  case minimax
  /// The generator minimizes −ln D(G(z)) (§3 there), whose slope does not vanish at the start.
  case nonSaturating
  /// max(0, 1 − x) + max(0, 1 + G) for the critic, −G for the generator (Lim & Ye 2017).
  case hinge
  /// The difference of the mean scores (Arjovsky et al. 2017); the critic needs `gradientPenalty`.
  case wasserstein

  /// What the discriminator minimizes.
  ///
  /// - Parameters:
  ///   - real: Scores of real examples, any shape.
  ///   - fake: Scores of generated ones, any shape.
  /// - Returns: A scalar: the sum of both means; with D = 1/2 everywhere, 2 ln 2 for the first two.
  public func discriminator(real: Tensor, fake: Tensor) -> Tensor {
    switch self {
    case .minimax, .nonSaturating: softplus(-real).mean() + softplus(fake).mean()
    case .hinge: relu(1 - real).mean() + relu(1 + fake).mean()
    case .wasserstein: fake.mean() - real.mean()
    }
  }

  /// What the generator minimizes.
  ///
  /// - Parameter fake: Scores of generated examples, any shape.
  /// - Returns: A scalar.
  public func generator(fake: Tensor) -> Tensor {
    switch self {
    case .minimax: -softplus(fake).mean()
    case .nonSaturating: softplus(-fake).mean()
    case .hinge, .wasserstein: -fake.mean()
    }
  }
}

/// The penalty that keeps a critic's slope near 1: mean of (‖∇ D(x̂)‖ − 1)² at points x̂ between real
/// and generated examples (Gulrajani et al. 2017, equation 3); it differentiates with respect to the
/// critic's parameters, through the second derivative.
///
/// - Parameters:
///   - real: Real examples, `[batch, ...]`.
///   - fake: Generated ones, in the same shape.
///   - shares: How much of x̂ is real, `[batch]`, in 0...1, drawn uniformly.
///   - critic: D, one score for each example.
/// - Returns: A scalar; the paper multiplies it by 10.
public func gradientPenalty(
  real: Tensor, fake: Tensor, shares: Tensor, critic: (Tensor) -> Tensor
) -> Tensor {
  demandEqualShapes("gradientPenalty", ("the real examples", real), ("the generated ones", fake))
  guard real.rank >= 1, shares.shape == [real.shape[0]] else {
    stop("gradientPenalty: \(real.shape) needs shares of its first axis, not \(shares.shape)")
  }
  let ones = Array(repeating: 1, count: real.rank - 1)
  let share = shares.reshaped(to: Shape([shares.count] + ones))
  let between = stopGradient(share * real + (1 - share) * fake).source()
  let slopes = gradients(of: critic(between).sum(), for: [between])[0]
  let squared = square(slopes).sum(axes: Array(1..<max(real.rank, 1)))
  return square(sqrt(squared + 1e-12) - 1).mean()
}
