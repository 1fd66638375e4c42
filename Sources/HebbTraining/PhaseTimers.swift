/// What training spends its time on.
public enum TrainingPhase: String, Sendable, Hashable, CaseIterable {
  /// Reading and gathering batches.
  case data
  /// Forward pass, gradients, and update.
  case step
  /// Measuring on the test set.
  case evaluation
  /// Saving checkpoints.
  case checkpoint
}

/// Seconds of each phase.
struct PhaseTimers {
  private var seconds: [TrainingPhase: Double] = [:]

  subscript(phase: TrainingPhase) -> Double { seconds[phase] ?? 0 }

  mutating func add(_ duration: Double, to phase: TrainingPhase) {
    seconds[phase, default: 0] += duration
  }
}
