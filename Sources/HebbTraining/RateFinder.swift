import HebbCore
import HebbData
import HebbNN
import HebbOptim
import HebbPlot

/// Looks for a good learning rate: one short training with a rate that grows exponentially, and the
/// loss over it.
///
/// - SeeAlso: Smith 2017, "Cyclical learning rates for training neural networks", §3.3; the smoothing,
///   the stop and the suggestion are those of fastai's `lr_find`.
public struct RateFinder: Sendable {
  /// A rate with the loss that it gave.
  public struct Point: Sendable, Hashable {
    /// The rate of the step.
    public let rate: Double
    /// The loss of the step's batch.
    public let loss: Double
    /// The exponentially weighted mean of the losses until here.
    public let smoothed: Double
  }

  /// The rates that were tried, ascending.
  public let points: [Point]
  /// The rate at which the smoothed loss falls fastest on the logarithmic axis: a good one to begin
  /// with; nil if it never falls.
  public let steepest: Double?
  /// A tenth of the rate with the lowest smoothed loss, the upper end of what is sensible.
  public let tenthOfLowest: Double?

  /// Tries rates. Model and optimizer are afterwards as they were, bit for bit.
  ///
  /// - Parameters:
  ///   - model: What is to be trained.
  ///   - optimizer: What moves its parameters.
  ///   - objective: How its outputs are judged.
  ///   - data: The training examples.
  ///   - batchSize: The number of examples in a step.
  ///   - seed: What the order of the examples is made from.
  ///   - lowest: The first rate.
  ///   - highest: The last rate, unless the loss explodes before.
  ///   - steps: How many rates are tried, 2 or more.
  /// - Throws: What reading the data throws, or `DataError` if there are no examples.
  public init(
    _ model: any Layer, _ optimizer: any Optimizer, _ objective: any Objective, data: AnyDataset,
    batchSize: Int, seed: UInt64 = 0, from lowest: Double = 1e-7, to highest: Double = 10,
    steps: Int = 100
  ) throws {
    precondition(
      lowest > 0 && highest > lowest && steps >= 2,
      "RateFinder: two rates, the second above the first, and two steps or more are needed")
    let loader = try DataLoader(data, batchSize: batchSize, isShuffled: true, seed: seed)
    let (weights, memory) = (model.state(), optimizer.state())
    let (rate, wasTraining) = (optimizer.rate, model.isTraining)
    model.train()
    defer {
      // What was saved fits: nothing to report.
      _ = try? model.load(Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.tensor) }))
      _ = try? optimizer.load(Dictionary(uniqueKeysWithValues: memory.map { ($0.name, $0.tensor) }))
      optimizer.rate = rate
      if !wasTraining { model.eval() }
    }
    var points: [Point] = []
    var (position, smoothed, best) = (DataPosition(), 0.0, Double.infinity)
    var batches = try loader.batches().makeIterator()
    for step in 0..<steps {
      var batch = try batches.nextBatch()
      if batch == nil {
        position = DataPosition(epoch: position.epoch + 1)
        batches = try loader.batches(from: position).makeIterator()
        batch = try batches.nextBatch()
      }
      guard let batch else { break }
      let share = Double(step) / Double(steps - 1)
      optimizer.rate = Self.between(lowest, highest, share)
      let loss = objective.assess(model(batch.inputs), batch.targets).loss
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
      let value = loss.item()
      guard value.isFinite else { break }
      // The first values would pull the mean to zero without the division.
      smoothed = Self.memory * smoothed + (1 - Self.memory) * value
      let mean = smoothed / (1 - Self.power(Self.memory, points.count + 1))
      points.append(Point(rate: optimizer.rate, loss: value, smoothed: mean))
      best = min(best, mean)
      // Rates beyond this one only destroy.
      if points.count > 10, mean > 4 * best { break }
    }
    self.points = points
    steepest = Self.steepest(points)
    tenthOfLowest = points.min { $0.smoothed < $1.smoothed }.map { $0.rate / 10 }
  }

  /// The curve as a chart.
  public var chart: LineChart {
    let exact = Series("loss", points: points.map { Series.Point($0.rate, $0.loss) })
    let smooth = Series("smoothed", points: points.map { Series.Point($0.rate, $0.smoothed) })
    var chart = LineChart(
      title: "Loss over the learning rate", xLabel: "rate", yLabel: "loss", series: [exact, smooth])
    chart.series[0].isFaint = true
    chart.xScale = .logarithmic
    chart.showsLastValues = false
    return chart
  }

  /// How much of the mean so far stays at each step. 0.98 of 1,000 batches; of 100 the lag would be as
  /// long as the fall.
  private static let memory = 0.9

  /// The rate at a share of the way between two rates, on a logarithmic axis.
  private static func between(_ low: Double, _ high: Double, _ share: Double) -> Double {
    exponential(logarithm(low) * (1 - share) + logarithm(high) * share)
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { value, _ in value * base }
  }

  /// The place of the steepest fall over five points before the lowest one.
  private static func steepest(_ points: [Point]) -> Double? {
    guard let lowest = points.indices.min(by: { points[$0].smoothed < points[$1].smoothed }) else {
      return nil
    }
    let reach = 2
    var found: (rate: Double, fall: Double)?
    // The mean of fewer than ten batches says more about the batches than about the rate.
    for center in points.indices.dropFirst(10 + reach) where center + reach <= lowest {
      let fall = points[center - reach].smoothed - points[center + reach].smoothed
      if fall > (found?.fall ?? 0) { found = (points[center].rate, fall) }
    }
    return found?.rate
  }
}
