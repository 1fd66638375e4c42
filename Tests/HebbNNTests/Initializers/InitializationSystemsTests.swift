import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// The demonstrations that the textbook systems ask for.
@Suite struct InitializationSystemsTests {
  /// With equal weights all hidden units stay equal under training: their weight matrix keeps rank 1.
  @Test func equalWeightsStayEqual() {
    var random = PhiloxGenerator(seed: 1)
    let hidden = Linear(inputs: 3, outputs: 4, dtype: .float64, using: &random)
    let output = Linear(inputs: 4, outputs: 1, dtype: .float64, using: &random)
    let model = Sequential([hidden, Tanh(), output])
    let x = Tensor.sample([20, 3], 2, dtype: .float64)
    let target = sin(x.sum(axes: [1], keepingDimensions: true))
    func train() {
      for _ in 0..<200 {
        let loss = square(model(x) - target).mean()
        let slopes = gradients(of: loss, for: model)
        for (box, slope) in zip(slopes.parameters.boxes, slopes.tensors) {
          box.tensor = stopGradient((box.tensor ?? slope) - 0.1 * slope).evaluated()
        }
      }
    }
    /// The largest difference between two units' weights.
    func spread() -> Double {
      (hidden.weight.max(axes: [0]) - hidden.weight.min(axes: [0])).max().item()
    }
    for (_, box) in model.namedParameters() {
      box.tensor = box.tensor?.filled(with: 0.3)
    }
    train()
    #expect(spread() < 1e-12)
    #expect(abs(hidden.weight[0].doubles()[0] - 0.3) > 0.01)  // They did learn.
    // A tiny difference is enough to break the symmetry.
    hidden.weight = 0.3 + 0.01 * Tensor.sample([4, 3], 3, dtype: .float64)
    train()
    #expect(spread() > 0.1)
  }

  /// Standard deviation 1/√inputs over a million draws, within 1 %.
  @Test func normalNumbersHaveTheirDeviation() {
    var random = PhiloxGenerator(seed: 4)
    let w = Initializer.normal(standardDeviation: 1 / 100.0.squareRoot())(
      [10_000, 100], using: &random)
    let deviation = w.variance().item().squareRoot()
    #expect(abs(deviation / 0.1 - 1) < 0.01)
    #expect(abs(w.mean().item()) < 5 * 0.1 / 1000)
    let small = Initializer.normal(standardDeviation: 0.01)([1000, 1000], using: &random)
    #expect(abs(small.variance().item().squareRoot() / 0.01 - 1) < 0.01)
  }

  /// The mean square of activations in each of ten layers of 300 units, relative to the first.
  private func spread(_ initializer: Initializer, _ f: (Tensor) -> Tensor) -> [Double] {
    var random = PhiloxGenerator(seed: 5)
    var x = Tensor.sample([400, 300], 6)
    return (0..<10).map { _ in
      x = f(matmul(x, initializer([300, 300], using: &random).transposed()))
      return square(x).mean().item()
    }
  }

  /// Glorot's rule keeps the variance over ten layers of tanh near 0, where tanh is the identity, within
  /// 20 %; a deviation of 0.01 loses it.
  @Test func xavierKeepsTheVarianceOfTanh() {
    let small = { tanh($0 * 0.1) * 10 }  // The linear part of tanh.
    let kept = spread(.xavierNormal(), small)
    #expect(kept.allSatisfy { abs($0 / kept[0] - 1) < 0.2 })
    let lost = spread(.normal(standardDeviation: 0.01), small)
    #expect(lost[9] / lost[0] < 1e-6)
    let uniform = spread(.xavierUniform(), small)
    #expect(uniform.allSatisfy { abs($0 / uniform[0] - 1) < 0.2 })
  }

  /// He's rule keeps the mean square over ten layers of rectifiers within 20 %, on average over draws;
  /// Glorot's halves it in each.
  ///
  /// In one draw it wanders: the squares of rectified normal numbers have the variance 5 μ², so that
  /// each layer of n units multiplies by 1 ± √(5/n), and nine of 300 units by 1 ± .4. Only the mean
  /// over draws of the weights is 1.
  @Test func kaimingKeepsTheVarianceOfReLU() {
    let (units, draws) = (64, 150)
    var random = PhiloxGenerator(seed: 5)
    /// The mean square in each of ten layers relative to the first, one row a draw.
    func wander(_ initializer: Initializer) -> [[Double]] {
      (0..<draws).map { draw in
        var x = Tensor.sample([32, units], UInt64(draw))
        let weights = (0..<10).map { _ in initializer([units, units], using: &random) }
        let squares = weights.map { w in
          x = relu(matmul(x, w.transposed()))
          return square(x).mean()
        }
        Tensor.evaluate(squares)
        return squares.map { $0.item() / squares[0].item() }
      }
    }
    let kept = wander(.kaimingNormal())
    for layer in 1..<10 {
      let ratios = kept.map { $0[layer] }
      let mean = ratios.reduce(0, +) / Double(draws)
      let variance = ratios.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(draws - 1)
      let error = (variance / Double(draws)).squareRoot()
      #expect(abs(mean - 1) < 0.2, "layer \(layer): \(mean)")
      #expect(abs(mean - 1) < 4 * error && error < 0.1, "layer \(layer): \(mean) ± \(error)")
    }
    let halved = wander(.xavierNormal()).map { $0[9] }.reduce(0, +) / Double(draws)
    #expect(abs(halved * 512 - 1) < 0.4, "\(halved)")
  }
}
