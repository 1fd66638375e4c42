import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

@Suite struct LBFGSTests {
  static func rosenbrock(_ p: Tensor) -> Tensor {
    let n = p.count
    let (head, tail) = (p[0..<n - 1], p[1..<n])
    return (100 * square(tail - square(head)) + square(1 - head)).sum()
  }

  static func bowl(_ p: Tensor) -> Tensor {
    let n = Double(p.count - 1)
    let powers = Tensor.range(p.count, dtype: .float64) * (3 / n) - 1
    let curvatures = power(Tensor(10.0, dtype: .float64).broadcast(to: p.shape), powers)
    let cosh = 0.5 * (exp(p) + exp(-p))
    return 0.5 * (curvatures * square(p - 1)).sum() + log(cosh).sum()
  }

  struct Run: Sendable, CustomStringConvertible {
    let description: String
    let function: @Sendable (Tensor) -> Tensor
    let make: @Sendable (Point) -> LBFGS

    static let all: [Run] = [
      Run(description: "lbfgs_rosenbrock", function: rosenbrock) {
        LBFGS($0, maximumIterations: 4)
      },
      Run(description: "lbfgs_chain", function: rosenbrock) {
        LBFGS($0, maximumIterations: 5, history: 3)
      },
      Run(description: "lbfgs_bowl", function: bowl) { LBFGS($0, maximumIterations: 3) },
      Run(description: "lbfgs_fixed", function: bowl) {
        LBFGS($0, rate: 0.5, maximumIterations: 3, searchesLine: false)
      },
    ]
  }

  /// Ten calls of step, the same path as PyTorch's in double precision; in the middle the state goes
  /// to another optimizer.
  @Test(arguments: Run.all) func agreesWithPyTorch(_ run: Run) throws {
    let path = try #require(try golden("more_optimizers")["\(run.description)/path"])
    let point = Point(path[0].cast(to: .float64))
    var optimizer = run.make(point)
    for step in 1...10 {
      if step == 5 {
        let state = optimizer.state()
        optimizer = run.make(point)
        try optimizer.load(Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor) }))
      }
      optimizer.step { run.function(point.x) }
      expectClose(point.x, path[step].cast(to: .float64), within: 1e-6, "\(run) step \(step)")
    }
  }

  @Test func aModelIsFittedInSinglePrecision() {
    var random = PhiloxGenerator(seed: 1)
    let model = Linear(inputs: 3, outputs: 1, using: &random)
    let x = Tensor.sample([20, 3], 2)
    let y = matmul(x, Tensor([1, -2, 0.5] as [Float], shape: [3, 1])) + 0.25
    let optimizer = LBFGS(model)
    let before = optimizer.step { meanSquaredError(predictions: model(x), targets: y) }
    #expect(before > 0.1)
    expectClose(model.weight.doubles(), [1, -2, 0.5], within: 1e-4)
    expectClose(model.bias?.doubles() ?? [], [0.25], within: 1e-4)
  }

  @Test func aStateThatDoesNotFitIsRefused() {
    let optimizer = LBFGS(Point(.zeros([3])))
    var state = Dictionary(uniqueKeysWithValues: optimizer.state().map { ($0.name, $0.tensor) })
    state["direction"] = Tensor([1, 2] as [Double])
    state["other"] = Tensor(1)
    let error = #expect(throws: StateError.self) { try optimizer.load(state) }
    #expect(error?.description.contains("direction is float64[2] instead of float64[3]") == true)
    #expect(error?.description.contains("not used are other") == true)
  }
}
