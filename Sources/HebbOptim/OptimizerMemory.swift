import HebbCore
import HebbNN

/// What an optimizer keeps from step to step: how many there were, and some tensors (slots) for each
/// parameter, in the parameter's shape.
public final class OptimizerMemory {
  /// The parameters.
  public let parameters: Parameters
  /// How many steps have been made.
  public private(set) var stepCount = 0

  /// Parameters that learn in another way than the rest.
  var groups: [ParameterGroup] = [] {
    didSet {
      membership = parameters.names.map { name in
        groups.firstIndex { $0.contains(name) } ?? groups.count
      }
    }
  }

  /// Whether gradients that are not finite change nothing.
  var skipsNonFinite = false

  /// The names of each parameter's slots.
  private let slotNames: [[String]]
  /// The tensors of each parameter, in the order of the names.
  private var slots: [[Tensor]]
  /// The index of each parameter's group; those in none have the one after the last.
  private var membership: [Int]

  /// Whether nothing is kept for any parameter.
  var isWithoutSlots: Bool { slotNames.allSatisfy(\.isEmpty) }

  /// Memory for the parameters of a model that are not frozen now.
  ///
  /// - Parameters:
  ///   - model: Computes its initial weights here, so that the first step is like all others.
  ///   - slotNames: What the optimizer keeps for each parameter, in PyTorch's words.
  ///   - initial: What slots start with that do not start with 0.
  convenience init(_ model: some Module, slots slotNames: [String], initial: [String: Double] = [:])
  {
    self.init(model, initial: initial) { _ in slotNames }
  }

  /// Memory with slots that depend on the parameter.
  init(
    _ model: some Module, initial: [String: Double] = [:], slots names: (_ p: Tensor) -> [String]
  ) {
    parameters = model.parameters
    slotNames = parameters.tensors.map(names)
    slots = zip(parameters.tensors, slotNames).map { tensor, names in
      names.map { tensor.filled(with: initial[$0] ?? 0) }
    }
    membership = Array(repeating: 0, count: parameters.count)
    Tensor.evaluate(parameters.tensors + slots.flatMap { $0 } + parameters.bufferTensors)
  }

  /// How an optimizer changes one parameter: it returns the new value and changes the slots.
  typealias Rule = (_ p: Tensor, _ g: Tensor, _ slots: inout [Tensor]) -> Tensor

  /// What becomes of parameters whose gradient is a sum of rows of a table.
  enum RowUse {
    /// Rows without a gradient move too, by momentum or decay.
    case whole
    /// The rule leaves rows without a gradient as they are: where there are many, they need not be touched.
    case eitherWay
    /// Rows without a gradient stay, whatever the rule; gradients that are no sums of rows are refused.
    case rowsOnly
  }

  /// One step: `makeRule` is asked once for each group how its parameters change, `rowUse` for each
  /// parameter.
  func update(
    along gradients: consuming Gradients,
    rows rowUse: (_ name: String, ParameterGroup) -> RowUse = { _, _ in .whole },
    _ makeRule: (ParameterGroup) -> Rule
  ) {
    let places = places(of: gradients.parameters)
    let results = [gradients.loss] + gradients.companions
    let slopes = Self.arranged((consume gradients).tensors, places)
    stepCount += 1
    let groups = groups + [.rest]
    let uses = zip(parameters.names, membership).map { rowUse($0, groups[$1]) }
    record(along: consume slopes, uses, groups.map(makeRule))
    commit(results)
  }

  private static func arranged(_ tensors: [Tensor], _ places: [Int?]) -> [Tensor?] {
    places.map { place in place.map { tensors[$0] } }
  }

  /// Where the gradient of each parameter stands; nil where there is none, because the parameter has
  /// been frozen since the optimizer was made.
  private func places(of given: Parameters) -> [Int?] {
    if given.boxes.elementsEqual(parameters.boxes, by: ===) { return Array(given.boxes.indices) }
    var places: [ObjectIdentifier: Int] = [:]
    for (index, box) in given.boxes.enumerated() { places[ObjectIdentifier(box)] = index }
    let found = parameters.boxes.map { places.removeValue(forKey: ObjectIdentifier($0)) }
    if let unknown = places.values.min() {
      stop(
        "step: the gradients have \(given.names[unknown]), which the optimizer does not know; was a "
          + "layer replaced, or frozen when it was made? Make it again")
    }
    for (index, place) in found.enumerated() where place == nil {
      guard !parameters.boxes[index].isFrozen else { continue }
      stop(
        "step: there is no gradient of \(parameters.names[index]), which the optimizer moves; take "
          + "gradients for optimizer.parameters, or freeze it")
    }
    return found
  }

  /// Records the updates. When this returns only they hold the gradients and the old values, whose
  /// memory the step may then use.
  private func record(along slopes: consuming [Tensor?], _ uses: [RowUse], _ rules: [Rule]) {
    withoutGradients {
      let sums = zip(slopes, uses).enumerated().map { index, pair in
        pair.0.flatMap { rowSum($0, pair.1, index) }
      }
      let checked = zip(slopes, sums).compactMap { $1?.rows ?? $0 }
      let isGood = skipsNonFinite ? Self.areFinite(checked) : nil
      for (index, slope) in slopes.enumerated() {
        let group = membership[index]
        if group < groups.count, groups[group].isFrozen { continue }
        let box = parameters.boxes[index]
        // Frozen since the optimizer was made: neither slopes nor weight decay may move it.
        guard !box.isFrozen, let slope else { continue }
        let old = Tensor.from(box.tensor, named: parameters.names[index])
        let rule = Self.guarded(rules[group], by: isGood)
        guard let sum = sums[index] else {
          box.tensor = rule(old, slope, &slots[index])
          continue
        }
        guard sum.count > 0 else { continue }
        var rows = slots[index].map { $0.gathering(sum.indices) }
        let new = rule(old.gathering(sum.indices), sum.totals, &rows)
        // Where positions repeat, all of their rows have become the same.
        box.tensor = old.scattering(new, at: sum.indices)
        slots[index] = zip(slots[index], rows).map { $0.scattering($1, at: sum.indices) }
      }
    }
  }

  /// The rows along which a parameter moves; nil where it moves as a whole.
  private func rowSum(_ slope: Tensor, _ use: RowUse, _ index: Int) -> RowSum? {
    switch use {
    case .whole: return nil
    case .eitherWay: return RowSum.ofFewRows(slope)
    case .rowsOnly:
      if let sum = RowSum(slope) { return sum.bounded }
      stop(
        "step: the gradient of \(parameters.names[index]) is no sum of rows that were looked up in it, so "
          + "that none of its rows is without a gradient; let Adam move it")
    }
  }

  /// A rule that changes nothing where `isGood` is false.
  private static func guarded(_ rule: @escaping Rule, by isGood: Tensor?) -> Rule {
    guard let isGood else { return rule }
    return { p, g, slots in
      let before = slots
      let new = select(isGood, rule(p, g, &slots), p)
      slots = zip(slots, before).map { select(isGood, $0, $1) }
      return new
    }
  }

  /// Whether all elements are finite numbers, a scalar.
  private static func areFinite(_ tensors: [Tensor]) -> Tensor? {
    var result: Tensor?
    for tensor in tensors {
      // The largest magnitude is NaN where an element is.
      let isGood = isFinite(abs(tensor).max())
      result = result.map { $0 .& isGood } ?? isGood
    }
    return result
  }

  private func commit(_ results: [Tensor]) {
    var updates = parameters.tensors
    for tensors in slots { updates += tensors }
    updates += parameters.bufferTensors
    Tensor.commit(updates, results: results)
  }

  /// The names of all slots, in the order in which parameters have them.
  private var allSlotNames: [String] {
    var result: [String] = []
    for names in slotNames { result += names.filter { !result.contains($0) } }
    return result
  }

  func state() -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = [("step", Tensor(stepCount))]
    for slot in allSlotNames {
      for (index, name) in parameters.names.enumerated() {
        guard let position = slotNames[index].firstIndex(of: slot) else { continue }
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
      for (position, slot) in slotNames[index].enumerated() {
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
  static func * (x: Tensor, a: StepScalar) -> Tensor { x * a.tensor(like: x) }
  static func + (x: Tensor, a: StepScalar) -> Tensor { x + a.tensor(like: x) }
  static func / (x: Tensor, a: StepScalar) -> Tensor { x / a.tensor(like: x) }
}

/// The slope of a loss with the L2 penalty λ/2 ‖p‖², which is left out of the plan where λ is 0.
struct Penalized {
  private let lambda: StepScalar?

  init(_ weightDecay: Double) { lambda = weightDecay == 0 ? nil : StepScalar(weightDecay) }

  /// ∇ + λ p.
  func slope(_ gradient: Tensor, _ p: Tensor) -> Tensor {
    lambda.map { gradient + $0 * p } ?? gradient
  }
}
