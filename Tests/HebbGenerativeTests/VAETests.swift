import HebbCPU
import HebbCore
import HebbGenerative
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

@Suite struct VAETests {
  /// Sums over 96 pixels: a few roundings more than single values.
  @Test(arguments: [(DType.float32, 1e-5), (.float64, 1e-7)])
  func agreesWithPyTorch(dtype: DType, tolerance: Double) throws {
    let golden = try SequenceGolden("vae")
    let model = VAE(inputs: 24, hidden: 10, latent: 3, seed: 0)
    try model.load(golden.all(under: "state/"))
    model.cast(to: dtype)
    let x = try golden["input"].cast(to: dtype)
    let (mean, logVariance) = model.encode(x)
    let z = mean + exp(0.5 * logVariance) * (try golden["epsilon"].cast(to: dtype))
    let logits = model.decode(z)
    let terms = evidenceLowerBoundTerms(
      logits: logits, targets: x, mean: mean, logVariance: logVariance)
    expectClose(logits, try golden["logits"], within: tolerance)
    expectClose(mean, try golden["mean"], within: tolerance)
    expectClose(logVariance, try golden["log_variance"], within: tolerance)
    expectClose(terms.reconstruction, try golden["reconstruction"], within: tolerance)
    expectClose(terms.divergence, try golden["divergence"], within: tolerance)
    let slopes = gradients(of: terms.reconstruction + terms.divergence, for: model)
    let expected = golden.all(under: "grad/")
    #expect(slopes.parameters.names.sorted() == expected.keys.sorted())
    for (name, slope) in slopes.named {
      expectClose(slope, try #require(expected[name]), within: tolerance, name)
    }
  }

  @Test func parameterCount() { #expect(VAE(seed: 0).parameterCount == 652_824) }

  /// z is another one at each call, the same for the same seed and number of calls; its logits come from
  /// a point as far from μ as σ says.
  @Test func drawsAnew() {
    let x = Tensor.uniform([2, 24], using: PhiloxGenerator(seed: 3))
    func twice() -> [[Double]] {
      let model = VAE(inputs: 24, hidden: 10, latent: 3, seed: 1).eval()
      return [model(x).doubles(), model(x).doubles()]
    }
    let (first, again) = (twice(), twice())
    #expect(first == again)
    #expect(first[0] != first[1])
    // μ and ln σ² do not depend on the draw.
    #expect(first[0][24..<30] == first[1][24..<30])
  }

  /// The mean of z over many draws is μ and its deviation σ: what the samples are made from.
  @Test func pointsHaveMeanAndDeviation() {
    let model = VAE(inputs: 4, hidden: 3, latent: 1, seed: 2)
    let x = Tensor.uniform([1, 4], using: PhiloxGenerator(seed: 3)).broadcast(to: [20_000, 4])
    // With the decoder as identity, the first logit is relu(z + 10) − 10 = z.
    model.fc3.weight = Tensor([1, 0, 0] as [Float], shape: [3, 1])
    model.fc3.bias = Tensor([10, 0, 0] as [Float])
    model.fc4.weight = Tensor([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] as [Float], shape: [4, 3])
    model.fc4.bias = Tensor([-10, 0, 0, 0] as [Float])
    let output = model.read(x)
    let z = output.logits.slice(axis: 1, 0..<1)
    let mean = output.mean[0].item()
    let deviation = exp(0.5 * output.logVariance[0]).item()
    // Three standard errors of 20,000 draws.
    #expect(abs(z.mean().item() - mean) < 3 * deviation / 141)
    #expect(abs(z.variance(axes: [0])[0].item().squareRoot() - deviation) < 3 * deviation / 200)
  }

  /// KL(N(μ, σ²), N(0, 1)) of one number, by its integral: the mean of ln q − ln p over draws.
  @Test func divergenceIsTheIntegral() {
    let (mu, sigma) = (0.7, 0.4)
    let terms = evidenceLowerBoundTerms(
      logits: .zeros([1, 1], dtype: .float64), targets: .zeros([1, 1], dtype: .float64),
      mean: Tensor([mu], shape: [1, 1]), logVariance: Tensor([2 * logOf(sigma)], shape: [1, 1]))
    var sum = 0.0
    let step = 1e-3
    for k in -8000...8000 {
      let e = Double(k) * step
      let z = mu + sigma * e
      let density = expOf(-e * e / 2) / (2 * Double.pi).squareRoot()
      sum += density * step * (-logOf(sigma) - e * e / 2 + z * z / 2)
    }
    #expect(abs(terms.divergence.item() - sum) < 1e-8)
    // The cross-entropy of p = ½ with 0 is ln 2.
    #expect(abs(terms.reconstruction.item() - logOf(2)) < 1e-12)
  }

  private func logOf(_ x: Double) -> Double { log(Tensor(x, dtype: .float64)).item() }
  private func expOf(_ x: Double) -> Double { exp(Tensor(x, dtype: .float64)).item() }
}
