import HebbCore

/// Why a model is not ready for use.
public enum UseError: Error, Sendable, Hashable, CustomStringConvertible {
  /// These parts are in training, by path and type.
  case inTraining([String])
  /// The same input gave two outputs.
  case unrepeatable
  /// What comes out for an example depends on the others of its batch.
  case dependsOnBatch

  /// One sentence that says what was found and what to do.
  public var description: String {
    switch self {
    case .inTraining(let parts):
      let shown = parts.prefix(4).joined(separator: ", ") + (parts.count > 4 ? ", …" : "")
      return "expected a model in use, found \(parts.count) of its parts in training: \(shown); "
        + "call eval() before"
    case .unrepeatable:
      return "expected the same output for the same input, found two; a part draws random numbers "
        + "or learns in use: make it a stored property of a module, where eval() finds it"
    case .dependsOnBatch:
      return "expected an output that depends on its example alone, found one that changes with "
        + "the batch; make the part that normalizes by the batch a stored property of a module, where "
        + "eval() finds it"
    }
  }
}

/// Checks that a model is ready for use: every part that knows a difference is in use, the same batch
/// gives the same bits twice, and an example's output is the same in other company.
///
/// The second and third find what `eval()` cannot reach: layers inside of structs and closures.
///
/// - Parameters:
///   - model: A model; it is called only if all parts that can be reached are in use.
///   - x: A batch of inputs, `[batch, ...]`; of a single example the third is not seen.
///   - tolerance: How far the outputs of an example may differ, relative to the largest output:
///     another batch may be added up in another order.
/// - Throws: `UseError` with what was found first.
public func checkUse(
  of model: some Layer, at x: Tensor, tolerance: Double = 1e-3
) throws(UseError) {
  var parts: [String] = []
  for (name, module) in model.namedModules() {
    guard (module as? any ModeDependent)?.isTraining == true else { continue }
    let kind = "\(type(of: module))"
    parts.append(name.isEmpty ? kind : "\(name) (\(kind))")
  }
  guard parts.isEmpty else { throw .inTraining(parts) }

  let y = withoutGradients { model(x) }.doubles()
  let again = withoutGradients { model(x) }.doubles()
  guard zip(y, again).allSatisfy({ $0.bitPattern == $1.bitPattern }) else { throw .unrepeatable }

  guard x.rank > 0, x.shape[0] > 1 else { return }
  // The first example with copies of itself instead of the others.
  let alone = withoutGradients { model(x[0..<1].broadcast(to: x.shape)) }.doubles()
  let scale = y.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
  let width = y.count / x.shape[0]
  let agrees = zip(y, alone).prefix(width).allSatisfy { first, second in
    first == second || !first.isFinite || abs(first - second) <= tolerance * scale
  }
  guard agrees else { throw .dependsOnBatch }
}
