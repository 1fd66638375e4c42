import HebbCore

/// Some examples of a data set, stacked.
public struct Batch: Sendable {
  /// What goes into the model, `[batch, ...]`.
  public let inputs: Tensor
  /// What should come out, `[batch]` or `[batch, ...]`.
  public let targets: Tensor
  /// Which examples they are.
  public let indices: [Int]
  /// How long each input really is, `int64[batch]`, where shorter ones were padded; else nil.
  public let lengths: Tensor?

  /// A batch of these tensors.
  public init(inputs: Tensor, targets: Tensor, indices: [Int], lengths: Tensor? = nil) {
    self.inputs = inputs
    self.targets = targets
    self.indices = indices
    self.lengths = lengths
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

  /// The examples of these indices as they are in one of the passes over the data: random transforms
  /// make something else of an example in each. May be called by several tasks at once.
  ///
  /// - Parameters:
  ///   - indices: Each in 0..<count; repetition is allowed.
  ///   - epoch: The number of the pass, from 0.
  /// - Returns: As without a pass.
  /// - Throws: `Failure` if the examples cannot be read.
  func batch(at indices: [Int], epoch: Int) throws(Failure) -> Batch
}

extension Dataset {
  /// The examples of these indices, which are the same in all passes.
  public func batch(at indices: [Int], epoch: Int) throws(Failure) -> Batch {
    try batch(at: indices)
  }
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
    renumbered(try base.batch(at: indices.map { baseIndices[$0] }), indices)
  }

  /// The examples of these indices in a pass; the batch carries the indices of the subset.
  ///
  /// - Throws: What the whole data set throws.
  public func batch(at indices: [Int], epoch: Int) throws(Base.Failure) -> Batch {
    renumbered(try base.batch(at: indices.map { baseIndices[$0] }, epoch: epoch), indices)
  }

  private func renumbered(_ batch: Batch, _ indices: [Int]) -> Batch {
    Batch(inputs: batch.inputs, targets: batch.targets, indices: indices, lengths: batch.lengths)
  }
}
