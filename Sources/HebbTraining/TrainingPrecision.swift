import HebbCore

/// The arithmetic of training steps.
public enum TrainingPrecision: String, Sendable, CaseIterable {
  /// Everything in `float32`.
  case fp32
  /// Products, and what is kept of them for the gradients, in `bfloat16`; parameters, their gradients and
  /// the optimizer in `float32`. Results are measured in `float32`.
  case bf16

  /// What `withAutocast` takes.
  public var autocast: DType? { self == .bf16 ? .bfloat16 : nil }

  /// The names, for messages.
  public static var names: String { allCases.map(\.rawValue).joined(separator: " or ") }
}
