/// Parameters of a model that learn in another way than the rest, chosen by their names.
///
/// ```swift
/// optimizer.groups = [
///   ParameterGroup(prefix: "body.", rateFactor: 0.1),
///   ParameterGroup(weightDecay: 0) { $0.hasSuffix("bias") },
/// ]
/// ```
/// A parameter belongs to the first group that contains it, and to none where no group does.
public struct ParameterGroup: Sendable {
  /// What the optimizer's rate is multiplied by.
  public var rateFactor: Double
  /// The weight decay in place of the optimizer's; the optimizer's where nil.
  public var weightDecay: Double?
  /// Whether the parameters, and what the optimizer keeps for them, stay as they are. Their gradients
  /// are still computed; `Module.freeze()` before the optimizer is made spares that.
  public var isFrozen: Bool
  /// Whether the parameter of this name belongs to the group.
  public let contains: @Sendable (_ name: String) -> Bool

  /// The parameters whose names fulfill a condition.
  ///
  /// - Parameters:
  ///   - rateFactor: What the optimizer's rate is multiplied by.
  ///   - weightDecay: The weight decay in place of the optimizer's.
  ///   - isFrozen: Whether the parameters stay as they are.
  ///   - contains: Whether the parameter of this name belongs to the group.
  public init(
    rateFactor: Double = 1, weightDecay: Double? = nil, isFrozen: Bool = false,
    where contains: @escaping @Sendable (_ name: String) -> Bool
  ) {
    self.rateFactor = rateFactor
    self.weightDecay = weightDecay
    self.isFrozen = isFrozen
    self.contains = contains
  }

  /// The parameters whose names begin with `prefix`.
  public init(
    prefix: String, rateFactor: Double = 1, weightDecay: Double? = nil, isFrozen: Bool = false
  ) {
    self.init(rateFactor: rateFactor, weightDecay: weightDecay, isFrozen: isFrozen) {
      $0.hasPrefix(prefix)
    }
  }

  /// Discriminative rates: the last of these parts learns at the optimizer's rate, each one before at
  /// 1 / `factor` of its successor's (Howard & Ruder 2018, §3.2).
  ///
  /// - Parameters:
  ///   - prefixes: The parts by their names' beginnings, from the input to the output.
  ///   - factor: The rate of a part over that of the one before.
  /// - Returns: One group for each part.
  public static func discriminative(_ prefixes: [String], factor: Double = 2.6)
    -> [ParameterGroup]
  {
    prefixes.enumerated().map { index, prefix in
      ParameterGroup(prefix: prefix, rateFactor: power(factor, index + 1 - prefixes.count))
    }
  }

  /// All that no group contains.
  static let rest = ParameterGroup { _ in true }
}

extension Optimizer {
  /// Groups of parameters with rates and weight decays of their own, none at the start. They are no
  /// part of the saved state.
  public var groups: [ParameterGroup] {
    get { memory.groups }
    set { memory.groups = newValue }
  }

  /// Whether a step along gradients that are not all finite changes nothing but the number of steps,
  /// as after an overflow; off at the start. The check is part of the step's plan.
  public var skipsNonFinite: Bool {
    get { memory.skipsNonFinite }
    set { memory.skipsNonFinite = newValue }
  }
}
