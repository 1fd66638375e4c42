import HebbCore
import HebbIO
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

/// What holds for every optimizer.
@Suite struct OptimizerCatalogTests {
  /// 100 steps along given gradients; the last columns have tiny and zero gradients, which show where
  /// epsilon stands.
  @Test(arguments: OptimizerCase.all.filter { $0.golden != nil }, [DType.float32, .float64])
  func agreesWithPyTorch(_ row: OptimizerCase, _ dtype: DType) throws {
    let file = try golden(row.file)
    let name = try #require(row.golden)
    let rows = try #require(file["gradients"]).cast(to: dtype).evaluated()
    let model = Vector(try #require(file["p0"]).cast(to: dtype))
    let optimizer = row.make(model)
    // In single precision rounding adds up over the steps; in double the golden's rounding is left.
    let tolerance = dtype == .float64 ? 6e-8 : 5e-6
    for step in 1...100 {
      optimizer.step(along: model.gradients(rows[step - 1]))
      guard [1, 10, 100].contains(step) else { continue }
      let expected = try #require(file["\(name)/after_\(step)"])
      expectClose(model.p, expected, within: tolerance, "\(row) after \(step) steps")
    }
    #expect(optimizer.stepCount == 100)
  }

  /// 100 steps of matrices; the iteration is PyTorch's without its rounding to `bfloat16`.
  @Test(arguments: ["muon_wide", "muon_tall"]) func muonAgreesWithPyTorch(_ name: String) throws {
    let file = try golden("more_optimizers")
    let rows = try #require(file["\(name)/gradients"]).cast(to: .float64).evaluated()
    let model = Vector(try #require(file["\(name)/p0"]).cast(to: .float64))
    let optimizer = Muon(model, rate: 0.02)
    for step in 1...100 {
      optimizer.step(along: model.gradients(rows[step - 1]))
      guard [1, 10, 100].contains(step) else { continue }
      let expected = try #require(file["\(name)/after_\(step)"])
      expectClose(model.p, expected, within: 6e-8, "\(name) after \(step) steps")
    }
  }

  /// PyTorch 2.15.0 in double precision: p = (1, −2, 3) after steps along these three gradients.
  static let given = [[0.5, -1, 2], [1, 0.25, -3], [-2, 0.5, 0.125]]

  struct Variant: Sendable, CustomStringConvertible {
    let description: String
    let expected: [Double]
    let make: @Sendable (Vector) -> any Optimizer

    init(
      _ description: String, _ expected: [Double],
      _ make: @escaping @Sendable (Vector) -> any Optimizer
    ) {
      self.description = description
      self.expected = expected
      self.make = make
    }

    static let all = [
      Variant("dampening", [0.872, -1.802125, 2.8761249999999996]) {
        SGD($0, rate: 0.1, momentum: 0.9, dampening: 0.25)
      },
      Variant("betas", [0.8321147421062122, -1.862881848253746, 2.9503799142484004]) {
        Adam($0, rate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-2)
      },
      Variant("centered", [-0.034145347183033636, -1.6792647037728408, 2.7937436899458103]) {
        RMSProp($0, rate: 0.1, centered: true)
      },
      Variant("momentum", [0.004696305509710427, -1.3691120752753683, 2.636640979349582]) {
        RMSProp($0, rate: 0.1, smoothing: 0.9, epsilon: 1e-3, momentum: 0.8, weightDecay: 0.1)
      },
      Variant("both", [-2.204161591630918, -0.4274675780660097, 2.0134237106465744]) {
        RMSProp($0, rate: 0.1, momentum: 0.8, centered: true)
      },
      Variant("rate decay", [0.913492664653351, -1.923455730217429, 2.9471781778327943]) {
        Adagrad($0, rate: 0.1, rateDecay: 0.5, epsilon: 1e-3, initialSum: 0.3, weightDecay: 0.1)
      },
      Variant("rho", [0.9323614279731479, -1.9434916243463454, 2.9870952950615544]) {
        Adadelta($0, rate: 0.5, smoothing: 0.8, epsilon: 1e-2, weightDecay: 0.1)
      },
    ]
  }

  @Test(arguments: Variant.all) func optionsAgreeWithPyTorch(_ variant: Variant) {
    let model = Vector(Tensor([1, -2, 3] as [Double]))
    let optimizer = variant.make(model)
    for row in Self.given { optimizer.step(along: model.gradients(Tensor(row))) }
    expectClose(model.p.doubles(), variant.expected, within: 1e-14)
  }

  static func model(seed: UInt64) -> Sequential {
    var random = PhiloxGenerator(seed: seed)
    return Sequential {
      Linear(inputs: 4, outputs: 6, using: &random)
      BatchNorm(channels: 6)
      Dropout(0.3, using: &random)
      Tanh()
      Linear(inputs: 6, outputs: 3, using: &random)
    }
  }

  static func train(_ model: Sequential, _ optimizer: any Optimizer, steps: Range<Int>) {
    for step in steps {
      let x = Tensor.sample([8, 4], UInt64(step))
      let labels = Tensor.sampleIndices([8], below: 3, UInt64(step))
      let loss = softmaxCrossEntropy(logits: model(x), labels: labels)
      let rate = optimizer.rate * 0.99
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters), rate: rate)
    }
  }

  static func bits(_ model: Sequential, _ optimizer: any Optimizer) -> [String] {
    (model.state() + optimizer.state()).map { "\($0.name) \($0.tensor.doubles())" }
  }

  /// Saved to files after five steps and loaded into fresh objects, training goes on to the same bits.
  @Test(arguments: OptimizerCase.all)
  func aResumedRunContinuesBitForBit(_ row: OptimizerCase) throws {
    let model = Self.model(seed: 1)
    let optimizer = row.make(model)
    Self.train(model, optimizer, steps: 0..<5)
    func saved(_ state: [(name: String, tensor: Tensor)]) throws -> [String: Tensor] {
      let bytes = try SafeTensors.encode(
        Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor) }))
      return try SafeTensors(InputFile(bytes: bytes, name: "checkpoint")).tensors()
    }
    let (modelState, optimizerState) = (try saved(model.state()), try saved(optimizer.state()))
    let rate = optimizer.rate
    Self.train(model, optimizer, steps: 5..<10)

    let resumed = Self.model(seed: 1)
    let resumedOptimizer = row.make(resumed)
    Self.train(resumed, resumedOptimizer, steps: 20..<22)
    try resumed.load(modelState)
    try resumedOptimizer.load(optimizerState)
    resumedOptimizer.rate = rate
    Self.train(resumed, resumedOptimizer, steps: 5..<10)
    #expect(Self.bits(resumed, resumedOptimizer) == Self.bits(model, optimizer))
  }

  @Test(arguments: OptimizerCase.all.filter { !$0.slots.isEmpty })
  func stateHasEachSlotOfEachParameter(_ row: OptimizerCase) {
    let model = Self.model(seed: 1)
    let names = model.parameters.names
    let expected = ["step"] + row.slots.flatMap { slot in names.map { "\(slot).\($0)" } }
    #expect(row.make(model).state().map(\.name) == expected)
  }

  @Test func oneErrorListsWhatDoesNotFit() throws {
    let model = Vector(.zeros([3]))
    let optimizer = Adam(model)
    optimizer.step(along: model.gradients(.ones([3])))
    let before = optimizer.state().map { $0.tensor.doubles() }
    let error = #expect(throws: StateError.self) {
      try optimizer.load(["exp_avg.p": .zeros([4]), "sum.p": .zeros([3]), "step": Tensor(1.0)])
    }
    #expect(
      error?.description
        == "the saved state does not fit to the optimizer: missing are exp_avg_sq.p; not used are "
        + "sum.p; step is float32[] instead of int64[]; exp_avg.p is float32[4] instead of float32[3]"
    )
    let negative = #expect(throws: StateError.self) {
      try optimizer.load([
        "exp_avg.p": .zeros([3]), "exp_avg_sq.p": .zeros([3]), "step": Tensor(-1),
      ])
    }
    #expect(negative?.description.contains("step is -1") == true)
    #expect(optimizer.state().map { $0.tensor.doubles() } == before)
  }
}
