import HebbCore

/// Names or shapes in a saved state that do not fit to what it is loaded into.
public struct StateError: Error, CustomStringConvertible {
  /// What the state was loaded into, as `the model`.
  public let target: String
  /// Names that were expected and are not there.
  public var missing: [String] = []
  /// Names that are there and belong to nothing.
  public var unused: [String] = []
  /// Names with another shape than expected, or with integers where real numbers are expected or the
  /// other way round.
  public var mismatched: [(name: String, expected: TensorType, found: TensorType)] = []
  /// What else is wrong, each a clause of its own.
  package var others: [String] = []

  package init(_ target: String) { self.target = target }

  package var isEmpty: Bool {
    missing.isEmpty && unused.isEmpty && mismatched.isEmpty && others.isEmpty
  }

  /// Notes what is wrong with one name, if anything.
  package mutating func check(_ name: String, expected: TensorType, found: TensorType?) {
    guard let found else {
      missing.append(name)
      return
    }
    let isSameKind = found.dtype.isFloatingPoint == expected.dtype.isFloatingPoint
    if found.shape != expected.shape || !isSameKind { mismatched.append((name, expected, found)) }
  }

  /// One sentence with all names.
  public var description: String {
    var parts: [String] = []
    if !missing.isEmpty { parts.append("missing are \(missing.joined(separator: ", "))") }
    if !unused.isEmpty { parts.append("not used are \(unused.joined(separator: ", "))") }
    for (name, expected, found) in mismatched {
      parts.append("\(name) is \(found) instead of \(expected)")
    }
    return "the saved state does not fit to \(target): "
      + (parts + others).joined(separator: "; ")
  }
}

/// What did not fit when a state was loaded without strictness.
public struct StateReport: Sendable, Hashable, CustomStringConvertible {
  /// Names of the model that the state did not have: these are as they were.
  public var missing: [String]
  /// Names of the state that belong to nothing in the model.
  public var unused: [String]

  /// A report of these names.
  public init(missing: [String] = [], unused: [String] = []) {
    self.missing = missing
    self.unused = unused
  }

  /// Whether every name found its counterpart.
  public var isComplete: Bool { missing.isEmpty && unused.isEmpty }

  /// One sentence with all names.
  public var description: String {
    if isComplete { return "all names of the saved state fit to the model" }
    var parts: [String] = []
    if !missing.isEmpty { parts.append("missing are \(missing.joined(separator: ", "))") }
    if !unused.isEmpty { parts.append("not used are \(unused.joined(separator: ", "))") }
    return "the saved state fits to a part of the model: " + parts.joined(separator: "; ")
  }
}

extension Module {
  /// Parameters and buffers with their names, in the order of declaration: what a checkpoint holds.
  public func state() -> [(name: String, tensor: Tensor)] {
    let tree = ModuleTree(self)
    let parameters = tree.parameters.compactMap { entry in
      entry.box.tensor.map { (name: entry.name, tensor: $0) }
    }
    return parameters
      + tree.buffers.compactMap { entry in
        entry.box.tensor.map { (name: entry.name, tensor: $0) }
      }
  }

  /// Takes over parameters and buffers from a checkpoint; element types are converted to the model's.
  ///
  /// A weight that several layers share may stand under any of its names.
  ///
  /// - Parameters:
  ///   - state: Tensors by name.
  ///   - strict: Whether missing and unused names are errors; wrong shapes always are.
  ///   - prefix: A beginning that the names of the state lose, as `module.` of PyTorch's
  ///     `DataParallel`, if all of them have it.
  /// - Returns: The missing and unused names that were forgiven.
  /// - Throws: `StateError` that lists all missing, unused and mismatched names; nothing is changed
  ///   then.
  @discardableResult
  public func load(
    _ state: [String: Tensor], strict: Bool = true, strippingPrefix prefix: String = ""
  ) throws(StateError) -> StateReport {
    let state = stripped(state, of: prefix)
    let tree = ModuleTree(self)
    var error = StateError("the model")
    var unused = Set(state.keys)
    var assignments: [() -> Void] = []

    /// The tensor under one of the names, if its shape fits.
    func take(_ names: [String], for current: Tensor?, isRequired: Bool) -> Tensor? {
      unused.subtract(names)
      guard let current else { return nil }
      let name = names.first { state[$0] != nil } ?? names[0]
      let found = state[name]
      if found != nil || isRequired {
        error.check(name, expected: current.type, found: found?.type)
      }
      return found?.cast(to: current.dtype)
    }

    for entry in tree.parameters {
      let tensor = take(entry.names, for: entry.box.tensor, isRequired: true)
      if let tensor { assignments.append { entry.box.tensor = tensor } }
    }
    for entry in tree.buffers {
      let tensor = take(entry.names, for: entry.box.tensor, isRequired: entry.isRequired)
      if let tensor { assignments.append { entry.box.tensor = tensor } }
    }
    error.unused = unused.sorted()
    let report = StateReport(missing: error.missing, unused: error.unused)
    if !strict {
      error.missing = []
      error.unused = []
    }
    if !error.isEmpty { throw error }
    for assign in assignments { assign() }
    // Conversions are computed here, so that the next training step is like all others.
    Tensor.evaluate(self.state().map(\.tensor))
    return report
  }
}

/// The state without a beginning that all names have.
private func stripped(_ state: [String: Tensor], of prefix: String) -> [String: Tensor] {
  guard !prefix.isEmpty, state.keys.allSatisfy({ $0.hasPrefix(prefix) }) else { return state }
  let renamed = state.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
  // Two names that are equal to Swift may differ in their bytes.
  return Dictionary(renamed, uniquingKeysWith: { first, _ in first })
}
