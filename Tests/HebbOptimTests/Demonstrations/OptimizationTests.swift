import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

/// What the textbooks say about optimization, shown in small.
@Suite struct OptimizationTests {
  static func end(
    _ start: [Double], steps: Int, rate: Double, _ f: (Tensor) -> Tensor
  ) -> [Double] {
    let path = descend(from: Tensor(start), steps: steps, by: { SGD($0, rate: rate) }, on: f)
    return path.last?.doubles() ?? []
  }

  /// The gradient method finds points without a slope: a saddle, a flat point that is no minimum, or
  /// a minimum, according to where it begins.
  @Test func zeroSlopeIsNotAlwaysAMinimum() {
    let saddle = { (x: Tensor) in (Tensor([1, -1] as [Double]) * square(x)).sum() }
    expectClose(Self.end([1, 0], steps: 100, rate: 0.1, saddle), [0, 0], within: 1e-9)
    let pushed = Self.end([1, 1e-6], steps: 100, rate: 0.1, saddle)
    #expect(abs(pushed[0]) < 1e-9 && pushed[1] > 1)
    let quartic = { (x: Tensor) in (square(square(x)) - 3 * x * square(x)).sum() }
    expectClose(Self.end([1], steps: 500, rate: 0.01, quartic), [2.25], within: 1e-6)
    let stuck = Self.end([-1], steps: 1000, rate: 0.01, quartic)
    #expect(stuck[0] < 0 && stuck[0] > -0.02)
    let slope = gradient(at: Tensor(stuck), of: quartic).item()
    #expect(abs(slope) < 3e-3)
  }

  /// x cos(π x) on −1...2 has a local minimum near −0.3 and the global one near 1.1.
  @Test func localAndGlobalMinimum() {
    let f = { (x: Tensor) in (x * cos(Double.pi * x)).sum() }
    let left = Self.end([0], steps: 500, rate: 0.05, f)
    let right = Self.end([1.5], steps: 500, rate: 0.05, f)
    expectClose(left, [-0.2738527], within: 1e-6)
    expectClose(right, [1.0904082], within: 1e-6)
    let values = [left, right].map { f(Tensor($0)).item() }
    #expect(values[1] < values[0])
  }

  /// Rastrigin's function in two dimensions: one start ends in some local minimum, the best of twenty
  /// is far better.
  @Test func severalStartsFindABetterMinimum() throws {
    func rastrigin(_ x: Tensor) -> Tensor {
      (square(x) - 10 * cos(2 * Double.pi * x) + 10).sum()
    }
    var random = PhiloxGenerator(seed: 7)
    let starts = (0..<20).map { _ in
      Tensor((0..<2).map { _ in 10.24 * random.nextUniform() - 5.12 })
    }
    func best(_ count: Int) throws -> Double {
      let found = bestDescent(
        fromEachOf: Array(starts[..<count]), steps: 100, by: { SGD($0, rate: 2e-3) },
        on: rastrigin)
      return try #require(found).value
    }
    let (one, twenty) = (try best(1), try best(20))
    #expect(twenty < 3 && twenty < 0.3 * one, "\(one), \(twenty)")
  }

  /// On 100 x² + y² a common rate is bound by the steep direction; rates for each direction are not.
  @Test func aRateForEachDirection() {
    let f = { (x: Tensor) in (Tensor([100, 1] as [Double]) * square(x)).sum() }
    func steps(_ limit: Int, _ make: (Point) -> any Optimizer) -> Int {
      let point = Point(Tensor([5, 5] as [Double]))
      let optimizer = make(point)
      for step in 0..<limit {
        if f(point.x).item() < 1e-8 { return step }
        if optimizer is RMSProp { optimizer.rate *= 0.87 }
        optimizer.step(along: gradients(of: f(point.x), for: optimizer.parameters))
      }
      return limit
    }
    // The largest stable rate is 2 / 200.
    #expect(steps(600) { SGD($0, rate: 0.0099) } > 500)
    #expect(steps(200) { Adagrad($0, rate: 2.5) } < 100)
    #expect(steps(200) { RMSProp($0, rate: 2, smoothing: 0.5) } < 100)
  }

  /// Learning from one example at a time, 500 runs at once, toward the mean 3 of a distribution of
  /// variance 1: with rate 1 / t the error goes to 0, with a constant rate η the variance stays at
  /// η / (2 − η).
  @Test func onlineLearningNeedsAFallingRate() {
    func spread(_ schedule: some Schedule, steps: Int = 400) -> (mean: Double, variance: Double) {
      let model = Vector(.zeros([500], dtype: .float64))
      let optimizer = SGD(model, rate: 1)
      var random = PhiloxGenerator(seed: 11)
      for step in 0..<steps {
        let examples = Tensor.normal([500], dtype: .float64, using: random) + 3
        random = PhiloxGenerator(seed: random.next())
        let loss = (0.5 * square(model.p - examples)).sum()
        optimizer.step(along: gradients(of: loss, for: model), rate: schedule(at: step))
      }
      return (model.p.mean().item(), model.p.variance().item())
    }
    let falling = spread(RateFunction { 1 / Double($0 + 1) })
    #expect(abs(falling.mean - 3) < 0.01 && abs(falling.variance * 400 - 1) < 0.25)
    for eta in [0.05, 0.2] {
      let floor = eta / (2 - eta)
      let found = spread(Constant(rate: eta))
      #expect(abs(found.variance / floor - 1) < 0.25, "\(eta): \(found.variance), \(floor)")
    }
  }

  /// The variance of a batch's gradient falls as 1 / B.
  @Test func largerBatchesGiveSteadierGradients() {
    let (n, draws) = (512, 2000)
    let x = Tensor.sample([n], 1, dtype: .float64)
    let y = 2 * x + Tensor.sample([n], 2, dtype: .float64)
    let w = Tensor(0.0, dtype: .float64).broadcast(to: [n]).source()
    // The gradient of each example: w stands apart for each.
    let each = gradients(of: (0.5 * square(w * x - y)).sum(), for: [w])[0].evaluated()
    var points: [(Double, Double)] = []
    for batch in [1, 4, 16, 64] {
      let indices = Tensor.sampleIndices([draws, batch], below: n, UInt64(batch))
      let estimates = each.gathering(indices.flattened()).reshaped(to: [draws, batch])
      let means = estimates.mean(axes: [1])
      points.append((Double(batch), means.variance().item()))
      #expect(abs(means.mean().item() - each.mean().item()) < 0.15)
    }
    for (small, large) in zip(points, points.dropFirst()) {
      // A factor of four each time: the slope in logarithms is −1 within 0.1.
      let ratio = small.1 / large.1
      #expect(ratio > 3.5 && ratio < 4.6, "\(points)")
    }
  }

  /// The norm under a constraint never exceeds it, and the multiplier that rises with the violation
  /// ends where the penalty with that factor has its minimum.
  @Test func aNormPenaltyIsAConstraint() {
    let center = Tensor([3, 4] as [Double])
    let f = { (w: Tensor) in square(w - center).sum() }
    var constraint = NormConstraint(limit: 1, rate: 0.1)
    let point = Point(Tensor([0, 0] as [Double]))
    let optimizer = SGD(point, rate: 0.05)
    for _ in 0..<1500 {
      let norm = square(point.x).sum()
      let loss = f(point.x) + constraint.term(norm)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
      constraint.ascend(square(point.x).sum().item())
    }
    // The minimum on the unit circle is c / ‖c‖, its multiplier ‖c‖ − 1.
    expectClose(point.x.doubles(), [0.6, 0.8], within: 1e-6)
    expectClose([constraint.multiplier], [4], within: 1e-5)
    let alpha = constraint.multiplier
    let penalized = Self.end([0, 0], steps: 500, rate: 0.05) { w in
      f(w) + Penalty.l2(2 * alpha)(w)
    }
    expectClose(penalized, point.x.doubles(), within: 1e-6)
    constraint.ascend(-1e9)
    #expect(constraint.multiplier == 0)
  }

  @Test func projectedWeightsNeverExceedTheLimit() {
    let model = ParameterGroupTests.model()
    let optimizer = SGD(model, rate: 0.5)
    for step in 0..<20 {
      ParameterGroupTests.step(model, optimizer, UInt64(step))
      model.projectNorms(to: 0.7)
      for (name, tensor) in model.state() where tensor.rank == 2 {
        let largest = sqrt(square(tensor).sum(axes: [1])).max().item()
        #expect(largest <= 0.7 + 1e-6, "\(name): \(largest)")
      }
    }
  }

  /// The mean activation of the hidden layer falls with the weight of its penalty.
  @Test func anActivityPenaltySilencesUnits() {
    let x = Tensor.sample([64, 8], 5)
    let activations = [0, 0.001, 0.01, 0.1].map { lambda in
      var random = PhiloxGenerator(seed: 3)
      let (hidden, output) = (
        Linear(inputs: 8, outputs: 16, using: &random),
        Linear(inputs: 16, outputs: 8, using: &random)
      )
      let model = Sequential([hidden, output])
      let optimizer = Adam(model, rate: 0.01)
      for _ in 0..<150 {
        let units = relu(hidden(x))
        let error = meanSquaredError(predictions: output(units), targets: x)
        let loss = error + Penalty.l1(lambda / 64)(units)
        optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
      }
      return relu(hidden(x)).mean().item()
    }
    for (less, more) in zip(activations, activations.dropFirst()) {
      #expect(more < 0.98 * less, "\(activations)")
    }
    #expect(activations[3] < 0.3 * activations[0], "\(activations)")
  }

  /// 200 inputs and 20 examples ("Dive into Deep Learning" §4.5): without decay the training data are
  /// learned by heart, with λ = 3 the test loss and the weights are hundreds of times smaller.
  @Test func weightDecayAgainstLearningByHeart() {
    func run(_ decay: Double) -> (test: Double, norm: Double) {
      var random = PhiloxGenerator(seed: 1)
      func examples(_ count: Int, _ seed: UInt64) -> (Tensor, Tensor) {
        let x = Tensor.sample([count, 200], seed)
        let noise = Tensor.sample([count, 1], seed + 1, scale: 0.01)
        return (x, (0.01 * x.sum(axes: [1], keepingDimensions: true) + 0.05 + noise).evaluated())
      }
      let (x, y) = examples(20, 10)
      let (testX, testY) = examples(100, 20)
      let model = Linear(inputs: 200, outputs: 1, using: &random)
      model.weight = Tensor.sample([1, 200], 30)
      let optimizer = SGD(model, rate: 0.003, weightDecay: decay)
      optimizer.groups = [ParameterGroup(weightDecay: 0) { $0 == "bias" }]
      for _ in 0..<100 {
        for start in stride(from: 0, to: 20, by: 5) {
          let loss = meanSquaredError(
            predictions: model(x[start..<start + 5]), targets: y[start..<start + 5])
          optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
        }
      }
      let test = meanSquaredError(predictions: model(testX), targets: testY)
      return (test.item(), sqrt(square(model.weight).sum()).item())
    }
    let (without, with) = (run(0), run(3))
    #expect(without.test > 60 && (11...16).contains(without.norm), "\(without)")
    #expect(with.test < 0.2 && with.norm < 0.45, "\(with)")
  }
}
