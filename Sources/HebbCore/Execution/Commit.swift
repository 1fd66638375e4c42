extension Tensor {
  /// Computes `updates` in one plan and gives up the graphs behind them and behind `results`, as an
  /// optimizer step does: the results are computed in the same plan, so that reading them later costs
  /// nothing, and memory that nobody holds any more is used again for the updates.
  ///
  /// - Parameters:
  ///   - updates: New parameters, optimizer state, running statistics.
  ///   - results: Values of the step that may still be read, like the loss and the gradients.
  package static func commit(_ updates: [Tensor], results: [Tensor]) {
    let nodes = updates.map(\.node)
    let others = results.map(\.node)
    Evaluator.evaluate(nodes + others, releasing: true)
    Evaluator.releaseGraph(behind: nodes + others)
  }

  /// The path under which messages name this leaf, as `conv1.weight`.
  package func labeled(_ path: String) -> Tensor {
    Graph.withTraversal { _ in node.label = path }
    return self
  }
}
