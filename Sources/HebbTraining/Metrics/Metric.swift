import HebbCore

/// A measure of a model that takes batch after batch and can be asked at any time.
///
/// ```swift
/// var accuracy = TopAccuracy(5)
/// for batch in batches { accuracy.update(model(batch.inputs), batch.targets) }
/// print(accuracy.value)
/// ```
/// Measures are exact over all batches, however they are cut. Without examples the value is NaN where
/// it is a number.
public protocol Metric: Sendable {
  /// What is measured.
  associatedtype Value

  /// Takes a batch.
  ///
  /// - Parameters:
  ///   - outputs: What the model made of the inputs.
  ///   - targets: What should have come out.
  mutating func update(_ outputs: Tensor, _ targets: Tensor)

  /// The measure over all batches since the beginning.
  var value: Value { get }

  /// Forgets all batches.
  mutating func reset()
}

/// Stops where outputs and targets do not belong together.
func demand(_ isFine: Bool, _ name: String, _ outputs: Tensor, _ targets: Tensor) {
  guard !isFine else { return }
  fatalError("Hebb: \(name): outputs \(outputs.type) do not fit to targets \(targets.type)")
}
