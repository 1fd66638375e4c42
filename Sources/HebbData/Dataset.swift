import HebbCore

/// Some examples of a data set, stacked.
public struct Batch: Sendable {
  /// What goes into the model, `[batch, ...]`.
  public let inputs: Tensor
  /// What should come out, `[batch]` or `[batch, ...]`.
  public let targets: Tensor
  /// Which examples they are.
  public let indices: [Int]

  /// A batch of these tensors.
  public init(inputs: Tensor, targets: Tensor, indices: [Int]) {
    self.inputs = inputs
    self.targets = targets
    self.indices = indices
  }

  /// The number of examples.
  public var count: Int { indices.count }
}

/// A numbered collection of examples that gives out whole batches.
///
/// Batches are asked for, not single examples, because gathering into one tensor is what takes the
/// time.
public protocol Dataset: Sendable {
  /// What reading can fail with; `Never` for data in memory.
  associatedtype Failure: Error = Never

  /// The number of examples.
  var count: Int { get }

  /// The examples of these indices, in their order. May be called by several tasks at once.
  ///
  /// - Parameter indices: Each in 0..<count; repetition is allowed.
  /// - Returns: Inputs and targets with an axis for the examples in front.
  /// - Throws: `Failure` if the examples cannot be read.
  func batch(at indices: [Int]) throws(Failure) -> Batch
}

/// Some examples of another data set, numbered anew: a part for validation, or a short form.
public struct Subset<Base: Dataset>: Dataset {
  /// The whole data set.
  public let base: Base
  /// Which examples of it these are.
  public let baseIndices: [Int]

  /// The examples of `base` with these indices, in their order.
  public init(_ base: Base, indices: [Int]) {
    for index in indices {
      precondition(
        index >= 0 && index < base.count, "Subset: index \(index) of a data set of \(base.count)")
    }
    self.base = base
    baseIndices = indices
  }

  /// The number of examples.
  public var count: Int { baseIndices.count }

  /// The examples of these indices; the batch carries the indices of the subset.
  ///
  /// - Throws: What the whole data set throws.
  public func batch(at indices: [Int]) throws(Base.Failure) -> Batch {
    let batch = try base.batch(at: indices.map { baseIndices[$0] })
    return Batch(inputs: batch.inputs, targets: batch.targets, indices: indices)
  }
}
