import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct StateTests {
  static func model(seed: UInt64) -> Sequential {
    var random = PhiloxGenerator(seed: seed)
    return Sequential([
      Linear(inputs: 3, outputs: 4, using: &random), BatchNorm(channels: 4),
      Linear(inputs: 4, outputs: 2, using: &random),
    ])
  }

  static func state(of module: some Module) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: module.state().map { ($0.name, $0.tensor) })
  }

  @Test func whatIsLoadedIsThere() throws {
    let (a, b) = (Self.model(seed: 1), Self.model(seed: 2))
    _ = a(.sample([5, 3], 3))
    #expect(a.state().map { $0.tensor.doubles() } != b.state().map { $0.tensor.doubles() })
    try b.load(Self.state(of: a))
    #expect(a.state().map { $0.tensor.doubles() } == b.state().map { $0.tensor.doubles() })
  }

  @Test func oneErrorListsAllNamesAndNothingChanges() throws {
    let model = Self.model(seed: 1)
    let before = model.state().map { $0.tensor.doubles() }
    var state = Self.state(of: Self.model(seed: 2))
    state["0.weight"] = nil
    state["1.running_var"] = nil
    state["2.bias"] = .zeros([3])
    state["2.weight"] = Tensor.zeros([2, 4]).cast(to: .int64)
    state["head.weight"] = .zeros([1])
    state["another"] = .zeros([1])
    let error = #expect(throws: StateError.self) { try model.load(state) }
    #expect(error?.missing == ["0.weight", "1.running_var"])
    #expect(error?.unused == ["another", "head.weight"])
    #expect(error?.mismatched.map(\.name) == ["2.weight", "2.bias"])
    #expect(
      error?.description
        == "the saved state does not fit to the model: missing are 0.weight, 1.running_var; "
        + "not used are another, head.weight; 2.weight is int64[2, 4] instead of float32[2, 4]; "
        + "2.bias is float32[3] instead of float32[2]")
    #expect(model.state().map { $0.tensor.doubles() } == before)
  }

  @Test func withoutStrictnessNamesMayDifferButNotShapes() throws {
    let model = Self.model(seed: 1)
    try model.load(["2.bias": .ones([2]), "other": .ones([1])], strict: false)
    #expect(Self.state(of: model)["2.bias"]?.doubles() == [1, 1])
    #expect(throws: StateError.self) {
      try model.load(["2.bias": .ones([3])], strict: false)
    }
  }

  @Test func withoutStrictnessAReportListsWhatDidNotFit() throws {
    let model = Self.model(seed: 1)
    var state = Self.state(of: Self.model(seed: 2))
    #expect(try model.load(state, strict: false).isComplete)
    state["0.weight"] = nil
    state["head"] = .ones([1])
    let report = try model.load(state, strict: false)
    #expect(report == StateReport(missing: ["0.weight"], unused: ["head"]))
    #expect(
      report.description
        == "the saved state fits to a part of the model: missing are 0.weight; not used are head")
  }

  /// PyTorch's `DataParallel` puts `module.` before every name.
  @Test func aPrefixOfAllNamesIsStripped() throws {
    let (a, b) = (Self.model(seed: 1), Self.model(seed: 2))
    var state = Dictionary(
      uniqueKeysWithValues: a.state().map { ("module." + $0.name, $0.tensor) })
    #expect(throws: StateError.self) { try b.load(state) }
    try b.load(state, strippingPrefix: "module.")
    #expect(a.state().map { $0.tensor.doubles() } == b.state().map { $0.tensor.doubles() })
    state["other"] = .ones([1])
    let error = #expect(throws: StateError.self) {
      try b.load(state, strippingPrefix: "module.")
    }
    #expect(error?.unused.contains("module.0.weight") == true)
  }

  @Test func elementTypesAreConverted() throws {
    let model = Self.model(seed: 1)
    var state = Self.state(of: model)
    state["2.bias"] = Tensor([0.5, 0.25] as [Double])
    try model.load(state)
    let loaded = try #require(Self.state(of: model)["2.bias"])
    #expect(loaded.dtype == .float32)
    #expect(loaded.doubles() == [0.5, 0.25])
  }

  @Test func aTiedWeightStandsUnderAnyOfItsNames() throws {
    var random = PhiloxGenerator(seed: 1)
    func layer() -> Linear { Linear(inputs: 2, outputs: 2, bias: false, using: &random) }
    let (a, b) = (layer(), layer())
    b.$weight = a.$weight
    let model = Sequential([a, b])
    #expect(model.state().map(\.name) == ["0.weight"])
    try model.load(["1.weight": .ones([2, 2])])
    #expect(a.weight.doubles() == [1, 1, 1, 1])
    try model.load(["0.weight": .zeros([2, 2]), "1.weight": .zeros([2, 2])])
    #expect(b.weight.doubles() == [0, 0, 0, 0])
    let error = #expect(throws: StateError.self) { try model.load([:]) }
    #expect(error?.missing == ["0.weight"])
  }
}
