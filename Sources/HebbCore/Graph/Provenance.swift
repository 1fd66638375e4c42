import Synchronization

/// Where an operation of a profiled step was recorded, and what it takes.
package struct Provenance: Sendable {
  /// What a step is doing.
  package enum Phase: String, Sendable {
    /// Outputs and losses.
    case forward
    /// Gradients.
    case backward
    /// What comes after the first gradients and belongs to no layer: the optimizer.
    case update
  }

  package var phase: Phase
  /// The innermost open call, as `layers.0.fc1 (Linear)`; for gradients that of the operation which is
  /// differentiated; empty outside of all layers.
  package var layer: String
  /// Additions, multiplications and functions of numbers.
  package var operationCount: Int
}

/// The provenance of the operations of profiled steps, by the operation's number.
final class ProvenanceTrail: Sendable {
  private struct State {
    var notes: [UInt64: Provenance] = [:]
    var hasGradients = false
  }
  private let state = Mutex(State())

  /// Begins a step.
  func begin() { state.withLock { $0 = State() } }

  /// Notes that gradients have been recorded.
  func endGradients() { state.withLock { $0.hasGradients = true } }

  /// Notes an operation.
  func note(_ node: Node, _ primitive: some Primitive, _ inputs: Operands) {
    let differentiated = Scope.pullback
    let layer = differentiated ?? CallFrames.place ?? ""
    let count = primitive.operationCount(inputs, node.type)
    state.withLock { state in
      let isUpdate = layer.isEmpty && state.hasGradients
      state.notes[node.sequence] = Provenance(
        phase: differentiated != nil ? .backward : isUpdate ? .update : .forward, layer: layer,
        operationCount: count)
    }
  }

  subscript(number: UInt64) -> Provenance? { state.withLock { $0.notes[number] } }
}

extension Hebb {
  /// Runs a step whose plans know the layer of each operation; plans that exist already stay as they are.
  ///
  /// - Parameter body: The step, which has to evaluate what it records.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  package static func tracingProvenance<R, Failure: Error>(
    _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    let trail = ProvenanceTrail()
    Scope.open.add(1, ordering: .relaxed)
    defer { Scope.open.subtract(1, ordering: .relaxed) }
    let result = Scope.$provenance.withValue(trail) { () -> Result<R, Failure> in
      do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
