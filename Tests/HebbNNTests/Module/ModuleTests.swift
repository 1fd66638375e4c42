import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct ModuleTests {
  /// One property of each kind that the walk has to find or to pass by.
  final class Zoo: Module {
    @Parameter var scale: Tensor
    @Parameter var missing: Tensor?
    @Buffer var count: Tensor
    let stem: Linear
    var head: Linear?
    var absent: Linear?
    let blocks: [any Layer]
    let nested: [[Linear]]
    let optionals: [Linear?]
    let experts: [String: Linear]
    let numbers = [1.0, 2, 3]
    let text = "stem"
    let closure: (Tensor) -> Tensor = { $0 }
    weak var parent: Family?

    init() {
      var random = PhiloxGenerator(seed: 1)
      func layer() -> Linear { Linear(inputs: 1, outputs: 1, bias: false, using: &random) }
      scale = Tensor(1.0)
      missing = nil
      count = Tensor(3)
      stem = layer()
      head = layer()
      blocks = [layer(), ReLU(), layer()]
      nested = [[layer()], [layer(), layer()]]
      optionals = [nil, layer()]
      experts = ["right": layer(), "left": layer()]
    }
  }

  final class Family: Module {
    let child: Zoo
    init() {
      child = Zoo()
      child.parent = self
    }
  }

  class Base: Module {
    @Parameter var first: Tensor
    init() { first = Tensor(1.0) }
  }

  final class Derived: Base {
    @Parameter var second: Tensor
    override init() {
      second = Tensor(2.0)
      super.init()
    }
  }

  @Test func findsEveryKindOfProperty() {
    let names = Zoo().namedParameters().map(\.name)
    #expect(
      names == [
        "scale", "stem.weight", "head.weight", "blocks.0.weight", "blocks.2.weight",
        "nested.0.0.weight", "nested.1.0.weight", "nested.1.1.weight", "optionals.1.weight",
        "experts.left.weight", "experts.right.weight",
      ])
    #expect(Zoo().namedBuffers().map(\.name) == ["count"])
    #expect(Zoo().parameterCount == 11)
  }

  @Test func aChildThatKnowsItsParentEnds() {
    let names = Family().namedParameters().map(\.name)
    #expect(names.count == 11)
    #expect(names.first == "child.scale")
  }

  @Test func inheritedParametersComeFirst() {
    #expect(Derived().namedParameters().map(\.name) == ["first", "second"])
  }

  @Test func leNetHas61706Parameters() {
    let model = LeNet()
    #expect(model.parameterCount == 61_706)
    #expect(
      model.state().map { "\($0.name)\($0.tensor.shape)" } == [
        "conv1.weight[6, 1, 5, 5]", "conv1.bias[6]", "conv2.weight[16, 6, 5, 5]", "conv2.bias[16]",
        "fc1.weight[120, 400]", "fc1.bias[120]", "fc2.weight[84, 120]", "fc2.bias[84]",
        "fc3.weight[10, 84]", "fc3.bias[10]",
      ])
  }

  @Test func modesReachEveryModule() {
    var random = PhiloxGenerator(seed: 1)
    let dropout = Dropout(0.5, using: &random)
    let norm = BatchNorm(channels: 3)
    let model = Sequential([Sequential([dropout]), norm, ReLU()])
    #expect(model.isTraining)
    model.eval()
    #expect(!dropout.isTraining && !norm.isTraining && !model.isTraining)
    model.train()
    #expect(dropout.isTraining && norm.isTraining && model.isTraining)
  }

  @Test func tiedWeightsShareABox() {
    var random = PhiloxGenerator(seed: 1)
    let (a, b) = (
      Linear(inputs: 3, outputs: 3, using: &random), Linear(inputs: 3, outputs: 3, using: &random)
    )
    b.$weight = a.$weight
    let model = Sequential([a, b])
    #expect(model.namedParameters().map(\.name) == ["0.weight", "0.bias", "1.bias"])
    #expect(model.parameterCount == 15)
    a.weight = .ones([3, 3])
    #expect(b.weight.doubles() == Array(repeating: 1, count: 9))
    // Both uses count.
    let x = Tensor.sample([2, 3], 1)
    let both = gradients(of: model(x).sum(), for: model)["0.weight"]
    let apart = gradients(of: b(stopGradient(a(x))).sum(), for: model)["0.weight"]
    #expect(both?.doubles() != apart?.doubles())
  }

  @Test func frozenParametersHaveNoGradient() {
    var random = PhiloxGenerator(seed: 1)
    let (body, head) = (
      Linear(inputs: 3, outputs: 3, using: &random), Linear(inputs: 3, outputs: 2, using: &random)
    )
    let model = Sequential([body, head])
    let before = body.weight.doubles()
    body.freeze()
    #expect(model.parameters.names == ["1.weight", "1.bias"])
    #expect(body.weight.doubles() == before)
    let loss = model(.sample([2, 3], 1)).sum()
    #expect(gradients(of: loss, for: model).tensors.count == 2)
    body.freeze(false)
    #expect(model.parameters.count == 4)
    let slopes = gradients(of: model(.sample([2, 3], 1)).sum(), for: model)
    #expect(slopes["0.weight"]?.doubles().contains { $0 != 0 } == true)
  }

  @Test func casting() {
    let model = Sequential([BatchNorm(channels: 2)]).cast(to: .float64)
    let types = Dictionary(uniqueKeysWithValues: model.state().map { ($0.name, $0.tensor.dtype) })
    #expect(types["0.weight"] == .float64)
    #expect(types["0.running_mean"] == .float64)
    #expect(types["0.num_batches_tracked"] == .int64)
  }
}
