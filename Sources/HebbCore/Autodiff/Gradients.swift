/// The part of a graph between a value and what it is differentiated for, as flat arrays: inputs
/// stand before what is made of them.
private struct Tape {
  var nodes: [Node] = []
  var inputs: [[Int]] = []
  /// Whether the node depends on a wanted one.
  var isNeeded: [Bool] = []
  /// The index of each wanted node, nil where the value does not depend on it.
  var wanted: [Int?] = []

  init(of root: Node, for targets: [Node]) {
    let onlySources = targets.allSatisfy(\.isSource)
    let targetIDs = Set(targets.map(ObjectIdentifier.init))
    Graph.withTraversal { traversal in
      var stack: [(node: Node, isExpanded: Bool)] = [(root, false)]
      while let (node, isExpanded) = stack.popLast() {
        if isExpanded {
          var indices: [Int] = []
          var needed = targetIDs.contains(ObjectIdentifier(node))
          if !node.isSource {
            node.inputs.forEach { input in
              let index = traversal.index(of: input) ?? -1
              indices.append(index)
              if index >= 0, isNeeded[index] { needed = true }
            }
          }
          traversal.set(node, nodes.count)
          nodes.append(node)
          inputs.append(indices)
          isNeeded.append(needed)
          continue
        }
        guard traversal.index(of: node) == nil else { continue }
        // Nothing below an untracked node leads to a parameter.
        if onlySources, !node.isTracked { continue }
        stack.append((node, true))
        guard !node.isSource else { continue }
        node.inputs.forEach { if traversal.index(of: $0) == nil { stack.append(($0, false)) } }
      }
      wanted = targets.map { traversal.index(of: $0) }
    }
  }
}

extension Tensor {
  /// This value as a point at which derivatives are taken: the graph that leads to it is cut off, and
  /// what is made of it keeps its own graph also after values have been read.
  public func source() -> Tensor {
    if let storage = Graph.storageIfEvaluated(node) {
      return Tensor(Node(storage, type, source: true))
    }
    return Tensor(Node(sourceOf: node))
  }
}

/// Runs a gradient rule so that messages of a checked scope name its operation, and profiles its layer.
private func named<R>(_ node: Node, _ rule: () -> R) -> R {
  guard !Scope.isDefault else { return rule() }
  if Scope.checksNumerics {
    return Scope.$pullback.withValue(LayerTrail.place(of: node), operation: rule)
  }
  guard let trail = Scope.provenance else { return rule() }
  return Scope.$pullback.withValue(trail[node.sequence]?.layer ?? "", operation: rule)
}

/// The derivatives of a value with respect to some tensors that it was computed from.
///
/// - Parameters:
///   - value: A scalar; or any tensor, if `cotangent` is given.
///   - targets: The tensors; parameters, sources, or anything on the way.
///   - cotangent: The derivative of something with respect to `value`, in its shape; 1 where nil.
/// - Returns: One tensor for each target, in its shape; zeros where `value` does not depend on it.
///   They are recorded like everything else, so that they can be differentiated again.
/// - Note: The graph of a value must still be there: take gradients before an optimizer step. Values
///   that come from tensors which are neither parameters nor `source()`s lose it when they are read.
public func gradients(
  of value: Tensor, for targets: [Tensor], cotangent: Tensor? = nil
) -> [Tensor] {
  // Rules follow the types of what was recorded.
  if Autocast.dtype != nil {
    return withAutocast(nil) { gradients(of: value, for: targets, cotangent: cotangent) }
  }
  guard value.dtype.isFloatingPoint else {
    trap(TensorError("gradients: a value of type \(value.dtype) has no derivatives"))
  }
  let start: Tensor
  if let cotangent {
    guard cotangent.type == value.type else {
      trap(TensorError("gradients: the cotangent \(cotangent.type) is not \(value.type)"))
    }
    start = cotangent
  } else {
    guard value.count == 1 else {
      trap(
        TensorError(
          "gradients: of a scalar, not of shape \(value.shape); sum it, or give a cotangent"))
    }
    start = value.filled(with: 1)
  }
  let tape = Tape(of: value.node, for: targets.map(\.node))
  var cotangents: [[Tensor]] = Array(repeating: [], count: tape.nodes.count)
  let wantedIndices = Set(tape.wanted.compactMap { $0 })
  if let last = cotangents.indices.last { cotangents[last] = [start] }
  for index in tape.nodes.indices.reversed() {
    guard tape.isNeeded[index] else { continue }
    let node = tape.nodes[index]
    guard let dy = named(node, { total(cotangents[index]) }) else { continue }
    cotangents[index] = wantedIndices.contains(index) ? [dy] : []
    guard let primitive = node.primitive, !node.isSource,
      tape.inputs[index].contains(where: { $0 >= 0 && tape.isNeeded[$0] })
    else { continue }
    let inputs = (0..<node.inputs.count).map { Tensor(node.inputs.node($0)) }
    named(node) {
      let slopes = primitive.pullback(dy, inputs, Tensor(node))
      for (position, inputIndex) in tape.inputs[index].enumerated() {
        guard inputIndex >= 0, tape.isNeeded[inputIndex], let slope = slopes[position] else {
          continue
        }
        cotangents[inputIndex].append(slope.summed(to: inputs[position].shape))
      }
    }
  }
  if !Scope.isDefault { Scope.provenance?.endGradients() }
  return zip(tape.wanted, targets).map { index, target in
    index.flatMap { total(cotangents[$0]) } ?? target.filled(with: 0)
  }
}

/// The sum of the cotangents of a value's uses; nil for none.
private func total(_ terms: [Tensor]) -> Tensor? {
  guard let first = terms.first else { return nil }
  return terms.count > 1 ? sideBySide(terms) ?? terms.dropFirst().reduce(first, +) : first
}

/// The cotangents of slices that were cut from one value without a gap or an overlap: one after the other,
/// instead of a sum of as many tensors that are mostly zero.
private func sideBySide(_ terms: [Tensor]) -> Tensor? {
  var parts: [(start: Int, term: Tensor)] = []
  var common: Int?
  for term in terms {
    guard let insert = term.node.primitive as? SliceInsert, !term.node.inputs.isEmpty,
      insert.steps.allSatisfy({ $0 == 1 })
    else { return nil }
    let part = Tensor(term.node.inputs.node(0))
    let axes = (0..<insert.shape.rank).filter { insert.shape[$0] != part.shape[$0] }
    guard axes.count == 1, common == nil || common == axes[0] else { return nil }
    common = axes[0]
    parts.append((insert.starts[axes[0]], part))
  }
  guard let axis = common else { return nil }
  parts.sort { $0.start < $1.start }
  var end = 0
  for (start, part) in parts {
    guard start == end else { return nil }
    end += part.shape[axis]
  }
  return end == terms[0].shape[axis] ? concatenate(parts.map(\.term), axis: axis) : nil
}
