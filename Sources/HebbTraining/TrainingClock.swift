/// How fast training goes, without the time for measuring on the test set.
struct TrainingClock {
  /// Seconds of training before the present stretch.
  private var pastSeconds = 0.0
  private var began: ContinuousClock.Instant?
  /// Seconds until the first step was done, which makes the plan; not representative.
  private var firstStepSeconds: Double?
  private var samples = 0
  private var steps = 0
  /// Training seconds when this pass began.
  private var epochBegan = 0.0
  /// Seconds that earlier processes spent on this run.
  var earlierSeconds = 0.0
  /// Seconds of the last measuring on the test set.
  var evaluationSeconds = 0.0
  private let created = ContinuousClock.now

  mutating func start() { if began == nil { began = .now } }

  mutating func pause() {
    pastSeconds = seconds
    began = nil
  }

  mutating func count(samples: Int) {
    steps += 1
    if firstStepSeconds == nil {
      firstStepSeconds = seconds
    } else {
      self.samples += samples
    }
  }

  mutating func beginEpoch() { epochBegan = seconds }

  /// Seconds of training in this process.
  var seconds: Double { pastSeconds + (began.map { (ContinuousClock.now - $0).seconds } ?? 0) }

  /// Seconds of training in this pass.
  var epochSeconds: Double { seconds - epochBegan }

  /// Seconds of the whole run, with measuring and with earlier processes.
  var totalSeconds: Double { earlierSeconds + (ContinuousClock.now - created).seconds }

  /// Examples trained on in a second.
  var samplesPerSecond: Double? {
    guard let firstStepSeconds, samples > 0 else { return nil }
    return Double(samples) / max(seconds - firstStepSeconds, 1e-9)
  }

  /// Seconds that so many steps and measurings will take.
  func secondsLeft(steps remaining: Int, evaluations: Int) -> Double? {
    guard let firstStepSeconds, steps > 1 else { return nil }
    let perStep = (seconds - firstStepSeconds) / Double(steps - 1)
    return Double(remaining) * perStep + Double(evaluations) * evaluationSeconds
  }
}

extension Duration {
  /// The duration in seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
