import HebbOptim
import HebbTestSupport
import Testing

/// 60 steps of each schedule against PyTorch's schedulers.
@Suite struct ScheduleGoldenTests {
  struct Row: Sendable, CustomStringConvertible {
    let description: String
    let schedule: any Schedule

    static let all: [Row] = [
      Row("constant", Joined(Constant(rate: 0.025), for: 10, then: Constant(rate: 0.1))),
      Row("step", StepDecay(rate: 0.1, every: 7, factor: 0.5)),
      Row("multi_step", StepDecay(rate: 0.1, at: [5, 20, 45], factor: 0.3)),
      Row("exponential", Exponential(rate: 0.1, factor: 0.95)),
      Row("polynomial", Polynomial(rate: 0.1, steps: 40, exponent: 2)),
      Row("linear", LinearRamp(from: 0.01, to: 0.08, steps: 30)),
      Row("cosine", Cosine(rate: 0.1, steps: 60, final: 0.01)),
      Row("warm_restarts", WarmRestarts(rate: 0.1, period: 10, growth: 2, final: 0.01)),
      Row("warm_restarts_equal", WarmRestarts(rate: 0.1, period: 15)),
      Row("cyclic", Cyclic(from: 0.01, to: 0.1, rise: 8, fall: 12)),
      Row("cyclic_halving", Cyclic(from: 0.01, to: 0.1, rise: 8, shape: .halving)),
      Row(
        "cyclic_exponential", Cyclic(from: 0.01, to: 0.1, rise: 8, shape: .exponential(0.97))),
      Row("one_cycle", OneCycle(maximum: 0.1, steps: 60)),
      Row(
        "warm_up_cosine",
        Joined(
          LinearRamp(from: 0.01, to: 0.1, steps: 9), for: 9, then: Cosine(rate: 0.1, steps: 51))),
      Row("noam", Noam(width: 512, warmUp: 20)),
    ]

    init(_ name: String, _ schedule: any Schedule) {
      description = name
      self.schedule = schedule
    }
  }

  @Test(arguments: Row.all) func agreesWithPyTorch(_ row: Row) throws {
    let expected = try #require(try golden("schedules")[row.description]).doubles()
    expectClose(expected.indices.map { row.schedule(at: $0) }, expected, within: 1e-14)
  }

  @Test func momentumGoesTheOtherWay() throws {
    let expected = try #require(try golden("schedules")["one_cycle_momentum"]).doubles()
    let schedule = OneCycle(maximum: 0.1, steps: 60)
    expectClose(expected.indices.map { schedule.momentum(at: $0) }, expected, within: 1e-14)
  }

  struct PlateauRow: Sendable, CustomStringConvertible {
    let description: String
    let plateau: Plateau

    static let all: [PlateauRow] = [
      PlateauRow(description: "plateau", plateau: Plateau(rate: 0.1, patience: 2)),
      PlateauRow(
        description: "plateau_absolute",
        plateau: Plateau(
          rate: 0.1, factor: 0.5, patience: 1, threshold: .absolute(0.05), cooldown: 2,
          minimum: 0.01)),
      PlateauRow(
        description: "plateau_max",
        plateau: Plateau(rate: 0.1, factor: 0.5, patience: 3, isLargerBetter: true)),
    ]
  }

  @Test(arguments: PlateauRow.all) func plateausAgreeWithPyTorch(_ row: PlateauRow) throws {
    let file = try golden("schedules")
    let metrics = try #require(file["metrics"]).doubles()
    var plateau = row.plateau
    let rates = metrics.map { plateau.observe($0) }
    expectClose(rates, try #require(file[row.description]).doubles(), within: 1e-15)
    #expect(Set(rates).count > 2, "the rate never falls")
  }

  @Test func aPlateauOfNothingButNaNFalls() {
    var plateau = Plateau(rate: 1, patience: 1)
    for _ in 0..<2 { plateau.observe(.nan) }
    #expect(plateau.rate == 0.1 && plateau.best == nil)
  }

  /// "Dive into Deep Learning" §12.11: factor 0.9 down to 10⁻², milestones 15 and 30, cosine with
  /// five steps of warm-up, square root.
  @Test func schedulesOfDiveIntoDeepLearning() {
    let factor = Exponential(rate: 2, factor: 0.9, minimum: 1e-2)
    #expect(factor(at: 0) == 2)
    expectClose([factor(at: 10), factor(at: 49)], [0.6973568802, 0.0114528338], within: 1e-9)
    #expect(factor(at: 80) == 1e-2)
    let steps = StepDecay(rate: 0.5, at: [15, 30], factor: 0.5)
    #expect([0, 14, 15, 29, 30].map { steps(at: $0) } == [0.5, 0.5, 0.25, 0.25, 0.125])
    let cosine = Joined(
      LinearRamp(from: 0, to: 0.3, steps: 5), for: 5,
      then: Cosine(rate: 0.3, steps: 15, final: 0.01)
    )
    let expected = [0, 0.06, 0.3, 0.1398433728, 0.01, 0.01]
    expectClose([0, 1, 5, 13, 20, 25].map { cosine(at: $0) }, expected, within: 1e-9)
    let root = InverseSquareRoot(rate: 0.1)
    expectClose([root(at: 0), root(at: 3), root(at: 99)], [0.1, 0.05, 0.01], within: 1e-15)
  }

  @Test func theInverseRootRisesAndFalls() {
    let schedule = InverseSquareRoot(rate: 1, warmUp: 4)
    #expect([0, 1, 3, 15].map { schedule(at: $0) } == [0.25, 0.5, 1, 0.5])
  }

  /// The closed form of Vaswani et al. 2017: the top is step w, at 1 / √(width w).
  @Test func noamIsTheClosedForm() {
    let schedule = Noam(width: 256, warmUp: 100)
    expectClose([schedule(at: 99)], [1 / (16 * 10)], within: 1e-15)
    expectClose([schedule(at: 49)], [0.5 / 160], within: 1e-15)
    expectClose([schedule(at: 399)], [0.5 / 160], within: 1e-15)
  }

  /// Rates at the edges are finite numbers, also where a phase has no steps.
  @Test func edges() {
    let all: [any Schedule] = [
      LinearRamp(from: 0.1, to: 0.01, steps: 0), Polynomial(rate: 0.1, steps: 0),
      WarmRestarts(rate: 0.1, period: 0), Cyclic(from: 0, to: 0.1, rise: 0, fall: 0),
      Cyclic(from: 0, to: 0.1, rise: 3, fall: 0), InverseSquareRoot(rate: 0.1, warmUp: 0),
      Noam(width: 100, warmUp: 0), WarmRestarts(rate: 0.1, period: 5, growth: 1000),
      RateFunction { _ in 0.1 },
    ]
    for schedule in all {
      for step in [-1, 0, 1, 2, 3, 7, 1_000_000, .max / 2] {
        let rate = schedule(at: step)
        #expect(rate.isFinite && rate >= 0 && rate <= 0.1, "\(schedule) at \(step): \(rate)")
      }
    }
  }
}
