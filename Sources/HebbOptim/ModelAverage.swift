import HebbCore
import HebbNN

/// An average of a model's parameters over the steps, as PyTorch's `AveragedModel`; buffers are not
/// averaged.
///
/// ```swift
/// let average = ModelAverage(model, .exponential(decay: 0.999))
/// for batch in batches {
///   optimizer.step(along: gradients(of: loss(batch), for: optimizer.parameters))
///   average.update()
/// }
/// let accuracy = average.applied { evaluate(model) }
/// ```
/// Running statistics of batch normalization belong to the parameters of the steps; after a long
/// equal average let some batches run through the model in training mode.
public final class ModelAverage {
  /// How much each update counts.
  public enum Kind: Sendable, Hashable {
    /// a ← decay · a + (1 − decay) p; the first update sets a to p.
    case exponential(decay: Double)
    /// All alike: stochastic weight averaging (Izmailov et al. 2018).
    case equal
  }

  /// How much each update counts.
  public let kind: Kind
  /// How many updates there were.
  public private(set) var updateCount = 0

  /// The name of the number of updates in a saved state, as PyTorch has it.
  public static let counterName = "n_averaged"

  private let parameters: Parameters
  private var averages: [Tensor]

  /// An average that begins with the present parameters.
  public init(_ model: some Module, _ kind: Kind) {
    self.kind = kind
    parameters = model.parameters
    averages = parameters.tensors
    Tensor.evaluate(averages)
  }

  /// Takes in the present parameters.
  public func update() {
    let share: Double
    switch kind {
    case .exponential(let decay): share = updateCount == 0 ? 1 : 1 - decay
    case .equal: share = 1 / Double(updateCount + 1)
    }
    let weight = StepScalar(share)
    withoutGradients {
      averages = zip(averages, parameters.tensors).map { average, p in
        average + weight * (p - average)
      }
    }
    Tensor.evaluate(averages)
    updateCount += 1
  }

  /// What `body` returns while the model has the averages; it gets its parameters back then.
  public func applied<Result>(_ body: () throws -> Result) rethrows -> Result {
    let saved = parameters.tensors
    assign(averages)
    defer { assign(saved) }
    return try body()
  }

  /// Gives the averages to the model for good.
  public func assign() { assign(averages) }

  private func assign(_ tensors: [Tensor]) {
    for (box, tensor) in zip(parameters.boxes, tensors) where !box.isFrozen { box.tensor = tensor }
  }

  /// The averages by the parameters' names, and `n_averaged`, the number of updates.
  public func state() -> [(name: String, tensor: Tensor)] {
    [(Self.counterName, Tensor(updateCount))] + zip(parameters.names, averages).map { ($0, $1) }
  }

  /// Takes over a saved state.
  ///
  /// - Throws: `StateError` that lists all names that do not fit; nothing is changed then.
  public func load(_ state: [String: Tensor]) throws(StateError) {
    (averages, updateCount) = try loaded(
      state, "the average", counter: Self.counterName, parameters.names, averages)
  }
}

/// Two sets of weights: the fast ones make some steps, then the slow ones go a part of the way to
/// them, s ← s + share (p − s), and the fast ones begin there again (Zhang et al. 2019, Algorithm 1).
///
/// ```swift
/// let lookahead = Lookahead(model)
/// for batch in batches {
///   optimizer.step(along: gradients(of: loss(batch), for: optimizer.parameters))
///   lookahead.update()
/// }
/// ```
public final class Lookahead {
  /// How many steps the fast weights make.
  public let interval: Int
  /// How much of the way the slow weights go.
  public let share: Double
  /// How many steps there were.
  public private(set) var stepCount = 0

  private let parameters: Parameters
  private var slow: [Tensor]

  /// Slow weights that begin with the present parameters.
  public init(_ model: some Module, every interval: Int = 5, share: Double = 0.5) {
    self.interval = max(interval, 1)
    self.share = share
    parameters = model.parameters
    slow = parameters.tensors.map { stopGradient($0) }
    Tensor.evaluate(slow)
  }

  /// Counts a step of the optimizer, and moves the weights after every `interval` of them.
  public func update() {
    stepCount += 1
    guard stepCount.isMultiple(of: interval) else { return }
    let share = StepScalar(share)
    withoutGradients {
      slow = zip(slow, parameters.tensors).map { slow, p in slow + share * (p - slow) }
    }
    Tensor.evaluate(slow)
    for (box, tensor) in zip(parameters.boxes, slow) where !box.isFrozen { box.tensor = tensor }
  }

  /// The slow weights by the parameters' names, and `step`.
  public func state() -> [(name: String, tensor: Tensor)] {
    [("step", Tensor(stepCount))] + zip(parameters.names, slow).map { ($0, $1) }
  }

  /// Takes over a saved state.
  ///
  /// - Throws: `StateError` that lists all names that do not fit; nothing is changed then.
  public func load(_ state: [String: Tensor]) throws(StateError) {
    (slow, stepCount) = try loaded(
      state, "the slow weights", counter: "step", parameters.names, slow)
  }
}

/// Tensors by name and a counter from a saved state.
private func loaded(
  _ state: [String: Tensor], _ target: String, counter: String, _ names: [String],
  _ tensors: [Tensor]
) throws(StateError) -> ([Tensor], Int) {
  var error = StateError(target)
  error.check(counter, expected: TensorType([], .int64), found: state[counter]?.type)
  for (name, tensor) in zip(names, tensors) {
    error.check(name, expected: tensor.type, found: state[name]?.type)
  }
  let known = Set(names + [counter])
  error.unused = state.keys.filter { !known.contains($0) }.sorted()
  let count = error.isEmpty ? state[counter]?.integers().first ?? 0 : 0
  if count < 0 { error.others = ["\(counter) is \(count), a number of steps is 0 or more"] }
  if !error.isEmpty { throw error }
  let found = zip(names, tensors).map { name, old in
    (state[name] ?? old).cast(to: old.dtype)
  }
  Tensor.evaluate(found)
  return (found, count)
}
