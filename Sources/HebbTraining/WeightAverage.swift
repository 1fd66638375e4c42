import HebbCore
import HebbNN

/// The exponential moving average of a model's parameters, often better than the last ones:
/// s ← d s + (1 − d) p after each step, and s ← p after the first, as PyTorch's `AveragedModel` with
/// `get_ema_multi_avg_fn`. Running statistics are the model's own.
///
/// - SeeAlso: Polyak & Juditsky 1992; Tarvainen & Valpola 2017.
final class WeightAverage {
  /// d.
  let decay: Double
  private let parameters: Parameters
  private var averages: [Tensor]

  init(of parameters: Parameters, decay: Double) {
    self.parameters = parameters
    self.decay = decay
    averages = parameters.tensors
  }

  /// Takes the parameters after a step.
  func update(isFirst: Bool) {
    guard !isFirst else {
      averages = parameters.tensors
      return
    }
    withoutGradients {
      averages = zip(averages, parameters.tensors).map { decay * $0 + (1 - decay) * $1 }
    }
    Tensor.commit(averages, results: [])
  }

  /// Runs `body` while the model has the averages; afterwards it has its own parameters again.
  func applied<R>(_ body: () throws -> R) rethrows -> R {
    let own = parameters.tensors
    assign(averages)
    defer { assign(own) }
    return try body()
  }

  /// The averages by the names of the parameters.
  var state: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: zip(parameters.names, averages))
  }

  /// Takes saved averages.
  func load(_ state: [String: Tensor]) throws(StateError) {
    var error = StateError("the averaged weights")
    for (name, tensor) in zip(parameters.names, averages) {
      error.check(name, expected: tensor.type, found: state[name]?.type)
    }
    let names = Set(parameters.names)
    error.unused = state.keys.filter { !names.contains($0) }.sorted()
    if !error.isEmpty { throw error }
    averages = parameters.names.compactMap { state[$0] }
  }

  private func assign(_ tensors: [Tensor]) {
    for (box, tensor) in zip(parameters.boxes, tensors) { box.tensor = tensor }
  }
}
