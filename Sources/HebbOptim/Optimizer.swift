import HebbCore
import HebbNN

/// Something that improves the parameters of a model along gradients.
///
/// ```swift
/// let optimizer = SGD(model, rate: 0.05, momentum: 0.9)
/// for batch in batches {
///   let loss = softmaxCrossEntropy(logits: model(batch.images), labels: batch.labels)
///   optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
/// }
/// ```
public protocol Optimizer: AnyObject {
  /// η, the learning rate; may be set before each step, no plan depends on it.
  var rate: Double { get set }

  /// What the optimizer keeps from step to step.
  var memory: OptimizerMemory { get }

  /// Moves the parameters along the gradients once.
  ///
  /// The new parameters, the optimizer's state, pending running statistics and the loss are computed
  /// in one plan, and the graph behind them is given up: gradients of this loss can no longer be taken.
  func step(along gradients: consuming Gradients)
}

extension Optimizer {
  /// The parameters that are updated; they were found when the optimizer was made.
  public var parameters: Parameters { memory.parameters }

  /// How many steps have been made.
  public var stepCount: Int { memory.stepCount }

  /// One step with this rate, which stays.
  public func step(along gradients: consuming Gradients, rate: Double) {
    self.rate = rate
    step(along: consume gradients)
  }

  /// Everything that a resumed run needs besides hyperparameters: the number of steps, `step`, and
  /// the state of each parameter as `<slot>.<parameter>`.
  public func state() -> [(name: String, tensor: Tensor)] { memory.state() }

  /// Takes over a saved state; training continues bit for bit.
  ///
  /// - Throws: `StateError` that lists all missing, unused and mismatched names; nothing is changed
  ///   then.
  public func load(_ state: [String: Tensor]) throws(StateError) { try memory.load(state) }
}
