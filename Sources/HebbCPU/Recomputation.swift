import HebbCore

/// Cheap values that a later loop reads are computed there once more, where that reads no more memory than
/// the value itself: the forward pass then need not store them for the backward pass. What batch
/// normalization subtracts, for instance, is subtracted again. `LateCopies` does the like for products.
struct Recomputation {
  /// The graph with a copy of each such value for each loop that needs it later.
  private(set) var graph: PlanGraph
  /// The copies.
  private(set) var copies: Set<Int> = []
  /// The copies for late products.
  private(set) var lateCopies: [LateCopies.Copy] = []

  /// What a later loop computes again of a value.
  private struct Plan {
    /// The loop.
    var group: Int
    /// Those of its members that read the value.
    var readers: [Int]
    /// The operations, in order; the last one makes the value.
    var tree: [Int]
  }

  private static let mostOperations = 6
  /// Below so many elements, memory is not what costs.
  private static let leastElements = 16_384

  /// Copies what a graph with these loops stores without need.
  init(_ graph: PlanGraph, _ consumers: Consumers, _ fusion: Fusion) {
    self.graph = graph
    guard graph.values.contains(where: { Self.isLarge($0.type.shape) }) else { return }
    var plans: [Int: [Plan]] = [:]
    for index in graph.values.indices where Self.isLarge(graph.values[index].type.shape) {
      if let plan = Self.plan(index, graph, consumers, fusion), !plan.isEmpty {
        plans[index] = plan
      }
    }
    let late = LateCopies(graph, consumers, fusion)
    if !plans.isEmpty || !late.copies.isEmpty { copy(plans, late) }
  }

  private static func isLarge(_ shape: Shape) -> Bool { shape.elementCount >= leastElements }

  /// What each later loop that reads a value computes again; nil where the value is stored all the same.
  private static func plan(
    _ index: Int, _ graph: PlanGraph, _ consumers: Consumers, _ fusion: Fusion
  ) -> [Plan]? {
    guard let group = fusion.groupOf[index], !graph.values[index].isOutput,
      isCheap(index, graph), consumers[index].contains(where: { fusion.groupOf[$0] != group })
    else { return nil }
    let (dtype, count) = (
      graph.values[index].type.dtype, graph.values[index].type.shape.elementCount
    )
    var readers: [Int: [Int]] = [:]
    for consumer in consumers[index] {
      guard let other = fusion.groupOf[consumer], fusion.isInline(index, consumer) else {
        return nil
      }
      if other != group { readers[other, default: []].append(consumer) }
    }
    var result: [Plan] = []
    for (other, consumers) in readers.sorted(by: { $0.key < $1.key }) {
      var tree: [Int] = []
      var leaves: Set<Int> = []
      guard expand(index, group, graph, fusion, &tree, &leaves) else { return nil }
      let known = Set(fusion.groups[other].flatMap { graph.values[$0].inputs })
      // To keep something wider than the value instead of it would save nothing.
      let isWider = leaves.subtracting(known).contains {
        graph.values[$0].kind != .argument
          && graph.values[$0].type.dtype.byteCount > dtype.byteCount
      }
      guard !isWider else { return nil }
      // Masks of dropout are computed where they are read and lie in no memory.
      let large = leaves.subtracting(known).count {
        graph.values[$0].type.shape.elementCount == count
          && !(graph.values[$0].kind == .keepMask)
      }
      guard large <= 1 else { return nil }
      result.append(Plan(group: other, readers: Array(Set(consumers)).sorted(), tree: tree))
    }
    return result
  }

  /// Collects what computes a value from memory; false where that is too much.
  private static func expand(
    _ index: Int, _ group: Int, _ graph: PlanGraph, _ fusion: Fusion, _ tree: inout [Int],
    _ leaves: inout Set<Int>
  ) -> Bool {
    if tree.contains(index) { return true }
    guard graph.values[index].kind != .argument else { return false }
    for input in graph.values[index].inputs {
      if fusion.groupOf[input] != group || graph.values[input].isOutput
        || graph.values[input].kind == .reduce
      {
        leaves.insert(input)
        continue
      }
      guard isCheap(input, graph), fusion.isInline(input, index),
        expand(input, group, graph, fusion, &tree, &leaves)
      else { return false }
    }
    tree.append(index)
    return tree.count <= mostOperations
  }

  private static func isCheap(_ index: Int, _ graph: PlanGraph) -> Bool {
    switch graph.values[index].kind {
    case .elementwise:
      switch graph.values[index].opcode {
      case .copy, .add, .subtract, .multiply, .maximum, .minimum, .equal, .notEqual, .less,
        .lessEqual, .greater, .greaterEqual, .and, .or, .xor, .not, .select, .negate, .absolute,
        .sign, .square, .relu, .step:
        return true
      default: return false
      }
    case .cast: return true
    default: return false
    }
  }

  /// Rebuilds the graph with the copies behind their originals.
  private mutating func copy(_ plans: [Int: [Plan]], _ late: LateCopies) {
    var result = PlanGraph()
    result.argumentCount = graph.argumentCount
    result.values.reserveCapacity(
      graph.values.count + plans.values.reduce(0) { $1.reduce($0) { $0 + $1.tree.count } })
    var moved = Array(repeating: -1, count: graph.values.count)
    // What a reader reads instead of an original.
    var instead: [Int: [Int: Int]] = [:]
    // The late copy of each value that has one.
    var lateCopy: [Int: Int] = [:]
    // The copies that each loop has of values.
    var known: [Int: [Int: Int]] = [:]
    for (index, value) in graph.values.enumerated() {
      var value = value
      let others = instead[index]
      value.inputs = value.inputs.map { others?[$0] ?? moved[$0] }
      moved[index] = result.values.count
      result.values.append(value)
      if late.isCopied[index] {
        var copy = graph.values[index]
        copy.inputs = copy.inputs.map { lateCopy[$0] ?? moved[$0] }
        lateCopy[index] = result.values.count
        for reader in late.readers[index] ?? [] {
          instead[reader, default: [:]][index] = result.values.count
        }
        result.values.append(copy)
      }
      for plan in plans[index] ?? [] {
        // What the loop computes again already need not be stored for this copy either.
        var copied = known[plan.group] ?? [:]
        for member in plan.tree where copied[member] == nil {
          var copy = graph.values[member]
          copy.inputs = copy.inputs.map { copied[$0] ?? moved[$0] }
          copied[member] = result.values.count
          copies.insert(result.values.count)
          result.values.append(copy)
        }
        for reader in plan.readers { instead[reader, default: [:]][index] = copied[index] }
        known[plan.group] = copied
      }
    }
    result.outputs = graph.outputs.map { moved[$0] }
    // Of some originals only copies are read.
    let (pruned, places) = result.renumbered()
    graph = pruned
    copies = Set(copies.map { places[$0] }.filter { $0 >= 0 })
    lateCopies = late.copies.compactMap { copy in
      guard let value = lateCopy[copy.value].map({ places[$0] }), value >= 0 else { return nil }
      let loop = places[moved[copy.loop]]
      return loop < 0 ? nil : LateCopies.Copy(value: value, loop: loop, stage: copy.stage)
    }
  }
}
