/// The part of a graph between a value and what it is differentiated for, as flat arrays: inputs
/// stand before what is made of them.
private struct Tape {
  var nodes: [Node] = []
  /// The indices of each node's inputs, one after the other; −1 for what leads to no wanted one.
  private var inputIndices: [Int32] = []
  private var inputStarts: [Int32] = []
  /// Whether the node depends on a wanted one.
  var isNeeded: [Bool] = []
  /// The index of each wanted node, nil where the value does not depend on it.
  var wanted: [Int?] = []

  init(of root: Node, for targets: [Node]) {
    let onlySources = targets.allSatisfy(\.isSource)
    let targetIDs = Set(targets.map(ObjectIdentifier.init))
    Graph.withTraversal { traversal in
      // The addresses of nodes, which the graph holds; an odd one stands for a node whose inputs have
      // been visited.
      var stack = [UInt(bitPattern: Unmanaged.passUnretained(root).toOpaque())]
      while let entry = stack.popLast() {
        guard let address = UnsafeRawPointer(bitPattern: entry & ~1) else { continue }
        Unmanaged<Node>.fromOpaque(address)._withUnsafeGuaranteedRef { node in
          if entry & 1 == 1 {
            add(node, isWanted: targetIDs.contains(ObjectIdentifier(node)), traversal)
            return
          }
          // Nothing below an untracked node leads to a parameter.
          if traversal.index(of: node) != nil || onlySources && !node.isTracked { return }
          stack.append(entry | 1)
          guard !node.isSource else { return }
          node.inputs.forEachLink { link in
            if link._withUnsafeGuaranteedRef({ traversal.index(of: $0) }) == nil {
              stack.append(UInt(bitPattern: link.toOpaque()))
            }
          }
        }
      }
      inputStarts.append(Int32(inputIndices.count))
      wanted = targets.map { traversal.index(of: $0) }
    }
  }

  private mutating func add(_ node: Node, isWanted: Bool, _ traversal: Traversal) {
    // Visited on another way meanwhile.
    if traversal.index(of: node) != nil { return }
    var needed = isWanted
    inputStarts.append(Int32(inputIndices.count))
    if !node.isSource {
      node.inputs.forEach { input in
        let index = traversal.index(of: input) ?? -1
        inputIndices.append(Int32(index))
        if index >= 0, isNeeded[index] { needed = true }
      }
    }
    traversal.set(node, nodes.count)
    nodes.append(node)
    isNeeded.append(needed)
  }

  /// The indices of a node's inputs; −1 for those that lead to no wanted value.
  func inputs(_ index: Int) -> ArraySlice<Int32> {
    inputIndices[Int(inputStarts[index])..<Int(inputStarts[index + 1])]
  }

  /// Whether an input, −1 for none, leads to a wanted value.
  func isNeededInput(_ index: Int32) -> Bool { index >= 0 && isNeeded[Int(index)] }
}

/// The cotangents that have come together at each value; most have one.
private struct Cotangents {
  private var first: [Tensor?]
  /// The terms of values with several, and where they stand for each value; −1 for all others.
  private var several: [[Tensor]] = []
  private var place: [Int32]

  init(count: Int) {
    first = Array(repeating: nil, count: count)
    place = Array(repeating: -1, count: count)
  }

  mutating func add(_ term: Tensor, to index: Int) {
    if place[index] >= 0 {
      several[Int(place[index])].append(term)
    } else if let one = first[index] {
      place[index] = Int32(several.count)
      several.append([one, term])
      first[index] = nil
    } else {
      first[index] = term
    }
  }

  /// The sum of a value's terms, which are given up; nil for none.
  mutating func takeTotal(_ index: Int) -> Tensor? {
    guard place[index] >= 0 else { return first[index].take() }
    let terms = several[Int(place[index])]
    several[Int(place[index])] = []
    place[index] = -1
    return sideBySide(terms) ?? addingRows(terms) ?? terms.dropFirst().reduce(terms[0], +)
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
  var cotangents = Cotangents(count: tape.nodes.count)
  var isWanted = Array(repeating: false, count: tape.nodes.count)
  for case let index? in tape.wanted { isWanted[index] = true }
  if !tape.nodes.isEmpty { cotangents.add(start, to: tape.nodes.count - 1) }
  for index in tape.nodes.indices.reversed() where tape.isNeeded[index] {
    let node = tape.nodes[index]
    guard let dy = named(node, { cotangents.takeTotal(index) }) else { continue }
    if isWanted[index] { cotangents.add(dy, to: index) }
    guard let primitive = node.primitive, !node.isSource else { continue }
    let indices = tape.inputs(index)
    guard indices.contains(where: tape.isNeededInput) else { continue }
    let inputs = (0..<node.inputs.count).map { Tensor(node.inputs.node($0)) }
    named(node) {
      let slopes = primitive.pullback(dy, inputs, Tensor(node))
      for (position, input) in indices.enumerated() where tape.isNeededInput(input) {
        guard let slope = slopes[position] else { continue }
        cotangents.add(slope.summed(to: inputs[position].shape), to: Int(input))
      }
    }
  }
  if !Scope.isDefault { Scope.provenance?.endGradients() }
  return zip(tape.wanted, targets).map { index, target in
    guard let index, let slope = cotangents.takeTotal(index) else { return target.filled(with: 0) }
    // Another target may be the same value.
    cotangents.add(slope, to: index)
    return slope
  }
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

/// The sum of cotangents among which are sums of slices: these are added where they belong, instead of
/// making of each a tensor that is mostly zero.
private func addingRows(_ terms: [Tensor]) -> Tensor? {
  guard terms[0].dtype == .float32 || terms[0].dtype == .float64 else { return nil }
  func axis(_ term: Tensor) -> Int? {
    term.node.inputs.isEmpty ? nil : (term.node.primitive as? ScatterAdd)?.axis
  }
  var sums = terms.compactMap { term in axis(term).map { (term: term, axis: $0) } }
  guard !sums.isEmpty else { return nil }
  let others = terms.filter { axis($0) == nil }
  let first = others.first ?? sums.removeFirst().term
  return sums.reduce(others.dropFirst().reduce(first, +)) { total, sum in
    let inputs = sum.term.node.inputs
    return record(
      Scatter(kind: .add, axis: sum.axis, isAlong: false),
      Operands(total.node, inputs.node(1), inputs.node(0)))
  }
}
