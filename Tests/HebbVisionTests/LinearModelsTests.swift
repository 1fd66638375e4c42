import HebbCPU
import HebbCore
import HebbNN
import HebbTestSupport
import HebbVision
import Testing

@Suite struct LinearModelsTests {
  @Test func parameterCounts() {
    #expect(SoftmaxRegression(seed: 1).parameterCount == 7_850)
    #expect(MLP(sizes: [784, 256, 10], seed: 1).parameterCount == 203_530)
    #expect(MLP(sizes: [784, 256, 256, 10], seed: 1).parameterCount == 269_322)
    #expect(LinearRegression(inputs: 2, seed: 1).parameterCount == 3)
  }

  @Test func parameterNames() {
    #expect(
      MLP(sizes: [3, 2, 2], seed: 1).namedParameters().map(\.name)
        == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"])
    #expect(
      SoftmaxRegression(seed: 1).namedParameters().map(\.name) == ["linear.weight", "linear.bias"])
  }

  @Test func mlpComputesWhatItSays() {
    let model = MLP(sizes: [2, 2, 1], seed: 1)
    model.layers[0].weight = Tensor([1, -1, 2, 0.5] as [Float], shape: [2, 2])
    model.layers[0].bias = [0.5, -3]
    model.layers[1].weight = Tensor([2, -1] as [Float], shape: [1, 2])
    model.layers[1].bias = [0.25]
    // Hidden: relu(1 - 2 + .5) = 0 and relu(2 + 1 - 3) = 0; then relu(3 - 1 + .5) = 2.5 and
    // relu(6 + .5 - 3) = 3.5.
    let x = Tensor([1, 2, 3, 1] as [Float], shape: [2, 1, 2])
    #expect(model(x).floats() == [0.25, 2 * 2.5 - 3.5 + 0.25])
    #expect(model(x).shape == [2, 1])
  }

  @Test func softmaxRegressionJoinsAxes() {
    let model = SoftmaxRegression(inputs: 4, classes: 3, seed: 2)
    let x = Tensor.sample([5, 1, 2, 2], 1)
    let expected = affine(x.reshaped(to: [5, 4]), model.linear.weight, model.linear.bias)
    expectClose(model(x), expected, within: 1e-6)
  }

  @Test func beginsAsTheBookDoes() {
    let weights = SoftmaxRegression(seed: 4).linear.weight.doubles()
    let deviation = (weights.map { $0 * $0 }.reduce(0, +) / Double(weights.count)).squareRoot()
    #expect(abs(deviation - 0.01) < 0.0005)
    #expect(LinearRegression(inputs: 2, seed: 4).linear.bias?.doubles() == [0])
    let mlp = MLP(sizes: [784, 256, 10], start: .normal(standardDeviation: 0.01), seed: 4)
    let hidden = mlp.layers[0].weight.doubles()
    let spread = (hidden.map { $0 * $0 }.reduce(0, +) / Double(hidden.count)).squareRoot()
    #expect(abs(spread - 0.01) < 0.0001)
    // PyTorch's own start: uniform in ±1/√784, whose deviation is 1/√(3 · 784).
    let standard = MLP(sizes: [784, 256, 10], seed: 4).layers[0].weight.doubles()
    let own = (standard.map { $0 * $0 }.reduce(0, +) / Double(standard.count)).squareRoot()
    #expect(abs(own - 1 / (3.0 * 784).squareRoot()) < 0.0003)
  }
}
