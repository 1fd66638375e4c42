import HebbCore
import HebbNN

/// What an optimizer keeps from step to step: how many there were, and some tensors (slots) for each
/// parameter, in the parameter's shape.
public final class OptimizerMemory {
  /// The parameters.
  public let parameters: Parameters
  /// How many steps have been made.
  public private(set) var stepCount = 0

  /// The names of the slots.
  private let slotNames: [String]
  /// The tensors of each parameter, in the order of the names.
  private var slots: [[Tensor]]

  /// Memory for the parameters of a model that are not frozen now.
  ///
  /// - Parameters:
  ///   - model: Computes its initial weights here, so that the first step is like all others.
  ///   - slotNames: What the optimizer keeps for each parameter, in PyTorch's words.
  ///   - initial: What each slot starts with.
  init(_ model: some Module, slots slotNames: [String], initial: Double = 0) {
    parameters = model.parameters
    self.slotNames = slotNames
    slots = parameters.tensors.map { tensor in slotNames.map { _ in tensor.filled(with: initial) } }
    Tensor.evaluate(parameters.tensors + slots.flatMap { $0 } + parameters.bufferTensors)
  }

  /// One step: `update` returns the new value of a parameter and changes its slots.
  func update(
    along gradients: consuming Gradients,
    _ update: (_ p: Tensor, _ g: Tensor, _ slots: inout [Tensor]) -> Tensor
  ) {
    guard gradients.parameters.boxes.elementsEqual(parameters.boxes, by: ===) else {
      stop(
        "step: the gradients belong to other parameters than the optimizer; was a layer replaced or "
          + "frozen after it was made?")
    }
    let results = [gradients.loss] + gradients.companions
    let slopes = (consume gradients).tensors
    stepCount += 1
    record(along: consume slopes, update)
    commit(results)
  }

  /// Records the updates. When this returns only they hold the gradients and the old values, whose
  /// memory the step may then use.
  private func record(
    along slopes: consuming [Tensor], _ update: (Tensor, Tensor, inout [Tensor]) -> Tensor
  ) {
    withoutGradients {
      for (index, slope) in slopes.enumerated() {
        let box = parameters.boxes[index]
        let old = Tensor.from(box.tensor, named: parameters.names[index])
        box.tensor = update(old, slope, &slots[index])
      }
    }
  }

  private func commit(_ results: [Tensor]) {
    var updates = parameters.tensors
    for tensors in slots { updates += tensors }
    updates += parameters.bufferTensors
    Tensor.commit(updates, results: results)
  }

  func state() -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = [("step", Tensor(stepCount))]
    for (position, slot) in slotNames.enumerated() {
      for (index, name) in parameters.names.enumerated() {
        result.append(("\(slot).\(name)", slots[index][position]))
      }
    }
    return result
  }

  func load(_ state: [String: Tensor]) throws(StateError) {
    var error = StateError("the optimizer")
    let expected = self.state()
    for (name, tensor) in expected {
      error.check(name, expected: tensor.type, found: state[name]?.type)
    }
    let names = Set(expected.map(\.name))
    error.unused = state.keys.filter { !names.contains($0) }.sorted()
    if !error.isEmpty { throw error }
    let steps = state["step"]?.integers()[0] ?? 0
    guard steps >= 0 else {
      error.others = ["step is \(steps), a number of steps is 0 or more"]
      throw error
    }
    stepCount = steps
    for (index, name) in parameters.names.enumerated() {
      for (position, slot) in slotNames.enumerated() {
        guard let tensor = state["\(slot).\(name)"] else { continue }
        slots[index][position] = tensor.cast(to: slots[index][position].dtype)
      }
    }
    Tensor.evaluate(slots.flatMap { $0 })
  }
}

/// A number that all parameters share in a step: recorded once for each element type, and not part
/// of the plan.
final class StepScalar {
  private let value: Double
  private var tensor: Tensor?

  init(_ value: Double) { self.value = value }

  func tensor(like x: Tensor) -> Tensor {
    if let tensor, tensor.dtype == x.dtype { return tensor }
    let fresh = Tensor(value, dtype: x.dtype)
    tensor = fresh
    return fresh
  }

  static func * (a: StepScalar, x: Tensor) -> Tensor { a.tensor(like: x) * x }
  static func + (x: Tensor, a: StepScalar) -> Tensor { x + a.tensor(like: x) }
  static func / (x: Tensor, a: StepScalar) -> Tensor { x / a.tensor(like: x) }
}
