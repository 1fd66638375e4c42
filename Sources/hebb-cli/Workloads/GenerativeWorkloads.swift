import Hebb

/// Models that make pictures.
extension Workload {
  static let generative: [Workload] = [
    Workload(name: "vae_train", batch: 128, gflop: 0.42, make: vaeTraining)
  ]

  /// 784-400-20, Adam with rate .001, cross-entropy and divergence summed.
  private static func vaeTraining(_ sizes: Sizes) -> Steps {
    let model = VAE(seed: 0)
    let optimizer = Adam(model, rate: 1e-3)
    let images = Tensor.uniform([sizes.batch, 784], using: PhiloxGenerator(seed: 0)).evaluated()
    model.train()
    return Steps(step: {
      let output = model.read(images)
      let terms = evidenceLowerBoundTerms(
        logits: output.logits, targets: images, mean: output.mean, logVariance: output.logVariance)
      let loss = terms.reconstruction + terms.divergence
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    })
  }
}
