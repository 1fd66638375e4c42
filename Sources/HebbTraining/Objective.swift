import HebbCore
import HebbNN

/// What a model is trained for: how its outputs are judged.
public protocol Objective: Sendable {
  /// The loss of a batch, and what is measured beside it.
  ///
  /// - Parameters:
  ///   - outputs: What the model made of the inputs.
  ///   - targets: What should have come out.
  /// - Returns: Loss and measures, recorded and not yet computed.
  func assess(_ outputs: Tensor, _ targets: Tensor) -> Assessment

  /// The measure on the test set by which checkpoints are compared.
  var criterion: Criterion { get }
}

/// How well a model did on a batch.
public struct Assessment {
  /// The mean over the examples of what is minimized, a scalar.
  public var loss: Tensor
  /// Further measures, each a scalar: the sum over the examples.
  public var sums: [(name: String, sum: Tensor)]

  /// An assessment.
  public init(loss: Tensor, sums: [(name: String, sum: Tensor)] = []) {
    self.loss = loss
    self.sums = sums
  }
}

/// A measure, and whether more of it is better.
public struct Criterion: Sendable, Hashable {
  /// The name of the measure.
  public var name: String
  /// Whether the larger of two values is the better one.
  public var isLargerBetter: Bool

  /// A measure to compare by.
  public init(_ name: String, isLargerBetter: Bool) {
    self.name = name
    self.isLargerBetter = isLargerBetter
  }

  /// Whether a value is better than another.
  func prefers(_ value: Double, to other: Double) -> Bool {
    isLargerBetter ? value > other : value < other
  }
}

/// Telling classes apart: cross-entropy under softmax, in nats, and the share of correct answers.
public struct Classification: Objective {
  /// What the classes are called.
  public let classNames: [String]

  /// An objective for classes of these names.
  public init(classNames: [String]) { self.classNames = classNames }

  /// By accuracy.
  public var criterion: Criterion { Criterion("accuracy", isLargerBetter: true) }

  /// Loss and number of correct answers.
  ///
  /// - Parameters:
  ///   - logits: `[batch, classes]`.
  ///   - labels: `int64[batch]`.
  /// - Returns: `loss`, and `accuracy` as a number of examples.
  public func assess(_ logits: Tensor, _ labels: Tensor) -> Assessment {
    let correct = (logits.argMax(axis: -1) .== labels).cast(to: .int64).sum()
    return Assessment(
      loss: softmaxCrossEntropy(logits: logits, labels: labels), sums: [("accuracy", correct)])
  }
}

/// Predicting numbers: half the squared error, as "Dive into Deep Learning" §3.4 has it, or all of it.
public struct Regression: Objective {
  /// What the mean squared error is multiplied by.
  public let factor: Double

  /// An objective of `factor` times the mean squared error.
  public init(factor: Double = 1) { self.factor = factor }

  /// By loss.
  public var criterion: Criterion { Criterion("loss", isLargerBetter: false) }

  /// The loss; nothing beside it.
  public func assess(_ predictions: Tensor, _ targets: Tensor) -> Assessment {
    let error = meanSquaredError(predictions: predictions, targets: targets)
    return Assessment(loss: factor == 1 ? error : error * factor)
  }
}
