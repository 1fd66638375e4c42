import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

/// End points of optimizers on simple functions, as the textbooks print them, to six decimals.
@Suite struct OptimizerPathTests {
  /// x² / 20 + y² from (−7, 2), 30 updates: "Deep Learning from Scratch", chapter 6.
  static func saito(_ make: (Point) -> any Optimizer) -> [Double] {
    let curvatures = Tensor([0.05, 1] as [Double])
    let start = Tensor([-7, 2] as [Double])
    return end(descend(from: start, steps: 30, by: make) { (curvatures * square($0)).sum() })
  }

  /// 0.1 x₁² + 2 x₂² from (−5, −2), 20 steps: "Dive into Deep Learning" §12.6 to §12.8.
  static func valley(_ make: (Point) -> any Optimizer) -> [Double] {
    let curvatures = Tensor([0.1, 2] as [Double])
    let start = Tensor([-5, -2] as [Double])
    return end(descend(from: start, steps: 20, by: make) { (curvatures * square($0)).sum() })
  }

  /// A function of one number, 10 steps from 10 (§12.3 there).
  static func line(_ rate: Double, _ f: (Tensor) -> Tensor) -> [Double] {
    let start = Tensor([10] as [Double])
    return end(descend(from: start, steps: 10, by: { SGD($0, rate: rate) }) { f($0).sum() })
  }

  static func end(_ path: [Tensor]) -> [Double] { path.last?.doubles() ?? [] }

  static func wave(_ x: Tensor) -> Tensor { x * cos(0.15 * Double.pi * x) }

  @Test func gradientDescent() {
    expectClose(Self.line(0.2) { square($0) }, [0.060466], within: 5e-7)
    expectClose(Self.line(0.05) { square($0) }, [3.486784], within: 2e-7)
    expectClose(Self.line(2, Self.wave), [-1.528166], within: 5e-7)
    let curvatures = Tensor([1, 2] as [Double])
    let start = Tensor([-5, -2] as [Double])
    let path = descend(from: start, steps: 20, by: { SGD($0, rate: 0.1) }) {
      (curvatures * square($0)).sum()
    }
    expectClose(Self.end(path), [-0.057646, -0.000073], within: 1e-6)
    expectClose(Self.valley { SGD($0, rate: 0.4) }, [-0.943467, -0.000073], within: 1e-6)
  }

  /// Too small a rate hardly moves, too large a one runs away.
  @Test func theRateDecides() {
    expectClose(Self.line(0.05) { square($0) }, [3.486784], within: 2e-7)
    expectClose(Self.line(1.1) { square($0) }, [61.917364], within: 1e-8)
    let diverging = Self.valley { SGD($0, rate: 0.6) }
    expectClose(diverging, [-0.387814, -1673.365109], within: 1e-9)
  }

  @Test func stochasticGradientDescent() {
    expectClose(Self.saito { SGD($0, rate: 0.95) }, [-0.350393, 0.084782], within: 1e-6)
  }

  @Test func momentum() {
    let saito = Self.saito { SGD($0, rate: 0.1, momentum: 0.9) }
    expectClose(saito, [0.896414, 0.088086], within: 1e-6)
    let half = Self.valley { SGD($0, rate: 0.6, momentum: 0.5) }
    expectClose(half, [0.007188, 0.002553], within: 1e-6)
    let quarter = Self.valley { SGD($0, rate: 0.6, momentum: 0.25) }
    expectClose(quarter, [-0.126340, -0.186632], within: 1e-6)
  }

  /// The book of d2l has its ε = 10⁻⁶ inside of the root, here half of it stands outside.
  @Test func adagrad() {
    let saito = Self.saito { Adagrad($0, rate: 1.5, epsilon: 1e-7) }
    expectClose(saito, [-0.120162, 2.49e-17], within: 1e-6)
    let slow = Self.valley { Adagrad($0, rate: 0.4, epsilon: 5e-7) }
    expectClose(slow, [-2.382563, -0.158591], within: 1e-6)
    let fast = Self.valley { Adagrad($0, rate: 2, epsilon: 5e-7) }
    expectClose(fast, [-0.002295, 0], within: 1e-6)
  }

  @Test func rmsProp() {
    let end = Self.valley { RMSProp($0, rate: 0.4, smoothing: 0.9, epsilon: 1e-6) }
    expectClose(end, [-0.010599, 0], within: 1e-6)
  }

  @Test func adam() {
    // The book's lr_t √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε) has ε before the correction of v.
    let curvatures = Tensor([0.05, 1] as [Double])
    let point = Point(Tensor([-7, 2] as [Double]))
    let optimizer = Adam(point, rate: 0.3)
    var forgotten = 1.0
    for _ in 0..<30 {
      forgotten *= 0.999
      optimizer.epsilon = 1e-7 / (1 - forgotten).squareRoot()
      let loss = (curvatures * square(point.x)).sum()
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    }
    expectClose(point.x.doubles(), [0.136007, 0.318245], within: 1e-6)
  }

  /// Newton's method on cosh(x / 2) is at the minimum after ten steps; where the function is not
  /// convex it goes wrong, less so with a smaller rate.
  @Test func newton() throws {
    func run(_ rate: Double, _ f: (Tensor) -> Tensor) throws -> [Double] {
      var x = Tensor([10] as [Double])
      for _ in 0..<10 {
        x = try #require(Newton(rate: rate).step(from: x) { f($0).sum() })
      }
      return x.doubles()
    }
    expectClose(try run(1) { 0.5 * (exp(0.5 * $0) + exp(-0.5 * $0)) }, [0], within: 1e-6)
    expectClose(try run(1, Self.wave), [26.8341], within: 2e-6)
    expectClose(try run(0.5, Self.wave), [7.2699], within: 1e-5)
  }

  /// On a quadratic form one step arrives, with any number of variables; a singular matrix is told.
  @Test func newtonSolvesQuadraticFormsAtOnce() throws {
    let curvatures = Tensor([1, 20, 300] as [Double])
    let f = { (x: Tensor) in (curvatures * square(x - 1)).sum() + (x[0..<2] * x[1..<3]).sum() }
    let end = try #require(Newton().step(from: Tensor([5, -3, 7] as [Double]), of: f))
    expectClose(gradient(at: end, of: f).doubles(), [0, 0, 0], within: 1e-10)
    #expect(Newton().step(from: Tensor([1, 2] as [Double])) { ($0 * $0).sum() * 0 } == nil)
  }

  @Test func backtrackingFindsALengthThatIsGoodEnough() {
    let x = Tensor([1] as [Double])
    let search = BacktrackingLineSearch(first: 4)
    // f(1 − 2 t) = (1 − 2 t)²: 4, 2 and 1 are too long, 1/2 arrives.
    #expect(search(from: x) { square($0).sum() } == 0.5)
    #expect(search(from: x, along: Tensor([1] as [Double])) { square($0).sum() } == nil)
  }

  /// Note 001's program line by line: w = 5, loss (w + 1)², rate 0.2 · 0.99^epoch, and what it prints.
  @Test func exponentiallyDecayingRate() {
    let schedule = Exponential(rate: 0.2, factor: 0.99)
    var w = Tensor([5] as [Double])
    var lines: [Int: [Double]] = [:]
    for epoch in 0..<40 {
      let rate = schedule(at: epoch)
      let (loss, slope) = valueAndGradient(at: w) { square($0 + 1).sum() }
      let before = loss.item()
      w = (w - rate * slope).evaluated()
      lines[epoch] = [w.item(), before, rate]
    }
    func expect(_ epoch: Int, _ w: Double, _ loss: Double? = nil, _ rate: Double? = nil) {
      let found = lines[epoch] ?? []
      expectClose([found[0]], [w], within: 1e-6)
      if let loss { expectClose([found[1]], [loss], within: 1e-6) }
      if let rate { expectClose([found[2]], [rate], within: 1e-6) }
    }
    // The note prints the loss before the step, which is 36 at first; these are those after it.
    expect(0, 2.6, nil, 0.2)
    expect(1, 1.1744, 12.96, 0.198)
    expect(2, 0.321948, 4.728015)
    expect(3, lines[3]?[0] ?? 0, 1.747547)
    expect(9, -0.951691)
    expect(19, -0.999308, nil, 0.165234)
    expect(39, -0.999999, nil, 0.135146)
  }

  /// The frame of two moments gives all five optimizers: 100 steps against PyTorch.
  @Test(arguments: ["sgd", "sgd_momentum", "adagrad", "rmsprop", "adam"])
  func oneFrameGivesFiveOptimizers(_ name: String) throws {
    let file = try golden("optimizers")
    let rows = try #require(file["gradients"]).cast(to: .float64).evaluated()
    let model = Vector(try #require(file["p0"]).cast(to: .float64))
    let frame: MomentOptimizer =
      switch name {
      case "sgd": MomentOptimizer(model, rate: 0.1)
      case "sgd_momentum": MomentOptimizer(model, rate: 0.1, first: .velocity(0.9))
      case "adagrad": MomentOptimizer(model, rate: 0.01, second: .sum, epsilon: 1e-10)
      case "rmsprop": MomentOptimizer(model, rate: 0.01, second: .mean(0.99))
      default:
        MomentOptimizer(
          model, rate: 0.01, first: .mean(0.9), second: .mean(0.999), corrected: true)
      }
    for step in 0..<100 { frame.step(along: model.gradients(rows[step])) }
    let expected = try #require(file["\(name)/after_100"])
    expectClose(model.p, expected, within: 6e-8)
  }

  /// The note's momentum m = β m + (1 − β) g is PyTorch's with dampening β, but for the first step,
  /// where PyTorch takes all of the gradient.
  @Test func bothFormsOfMomentum() {
    let damped = Vector(Tensor([1, -2] as [Double]))
    let mean = Vector(Tensor([1, -2] as [Double]))
    let (first, second) = (
      SGD(damped, rate: 0.1, momentum: 0.9, dampening: 0.9),
      MomentOptimizer(mean, rate: 0.1, first: .mean(0.9))
    )
    let none = Tensor([0, 0] as [Double])
    first.step(along: damped.gradients(none))
    second.step(along: mean.gradients(none))
    for step in 0..<20 {
      let g = Tensor([Double(step % 5) - 2, 1])
      first.step(along: damped.gradients(g))
      second.step(along: mean.gradients(g))
    }
    expectClose(damped.p, mean.p, within: 1e-14)
  }
}
