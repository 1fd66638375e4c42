import CHebbKernels
import HebbCore

/// Which elementwise operations and reductions run in one loop.
///
/// Every value has a stage: an edge along which results must be in memory (a reduction, a product, a
/// change of shape) raises it by one. Operations of one stage and shape that are connected can be
/// joined without a cycle, since no path between them leaves the stage.
struct Fusion {
  /// The members of each group in the order of the graph.
  private(set) var groups: [[Int]] = []
  /// The group of each value, nil for what does not run in a loop.
  private(set) var groupOf: [Int?]

  private let graph: PlanGraph
  private let consumers: [[Int]]
  private let copies: Set<Int>
  private let isFusable: [Bool]
  private var stage: [Int]
  private var parent: [Int]

  /// The loops of a graph. `claimed` are values that the operation before them computes, `copies` those
  /// that are computed once more where they are read.
  init(
    _ graph: PlanGraph, _ consumers: [[Int]], claimed: Set<Int>, copies: Set<Int> = []
  ) {
    self.copies = copies
    self.graph = graph
    self.consumers = consumers
    isFusable = graph.values.indices.map { index in
      guard !claimed.contains(index), let operation = graph.values[index].operation else {
        return false
      }
      return operation.primitive is Elementwise || operation.primitive is Cast
        || operation.primitive is Reduce || operation.primitive is StopGradient
    }
    stage = Array(repeating: 0, count: graph.values.count)
    parent = Array(graph.values.indices)
    groupOf = Array(repeating: nil, count: graph.values.count)
    assignStages()
    sinkCheapOperations()
    sinkConversions()
    join()
  }

  /// The shape over which the loop of an operation runs: the input's for reductions.
  static func iterationShape(_ index: Int, _ graph: PlanGraph) -> Shape {
    guard let (primitive, inputs) = graph.values[index].operation, primitive is Reduce else {
      return graph.values[index].type.shape
    }
    return graph.values[inputs[0]].type.shape
  }

  /// The type in which a loop computes an operation.
  static func compute(_ index: Int, _ graph: PlanGraph) -> hebb_compute {
    guard let (primitive, inputs) = graph.values[index].operation, !inputs.isEmpty else {
      return HEBB_COMPUTE_FLOAT32
    }
    var types = [graph.values[inputs[inputs.count > 2 ? 1 : 0]].type.dtype]
    if primitive is Cast { types.append(graph.values[index].type.dtype) }
    if types.contains(.float64) { return HEBB_COMPUTE_FLOAT64 }
    if types.contains(where: { $0.isFloatingPoint }) { return HEBB_COMPUTE_FLOAT32 }
    let isTruth = types.allSatisfy { $0 == .bool }
    return isTruth ? HEBB_COMPUTE_FLOAT32 : HEBB_COMPUTE_INT64
  }

  /// Whether a result may stay in a register on its way from one operation to the next.
  func isInline(_ producer: Int, _ consumer: Int) -> Bool {
    guard isFusable[producer], isFusable[consumer],
      let operation = graph.values[producer].operation, !(operation.primitive is Reduce)
    else { return false }
    // Narrow integers wrap, and real numbers saturate, only when they are stored.
    let dtype = graph.values[producer].type.dtype
    if dtype == .int32 || dtype == .uint8 { return false }
    if dtype == .int64, operation.primitive is Cast { return false }
    return Self.compute(producer, graph) == Self.compute(consumer, graph)
      && graph.values[producer].type.shape == Self.iterationShape(consumer, graph)
  }

  private mutating func assignStages() {
    for (index, value) in graph.values.enumerated() {
      guard let (_, inputs) = value.operation else { continue }
      for input in inputs {
        let edge = value.isView || isInline(input, index) ? 0 : 1
        stage[index] = max(stage[index], stage[input] + edge)
      }
    }
  }

  /// Moves operations to the stage where they are used, if what they read is in memory there
  /// anyway: a mask of the forward pass is better computed again in the backward pass than kept.
  private mutating func sinkCheapOperations() {
    for index in graph.values.indices.reversed() where isFusable[index] {
      guard let (primitive, inputs) = graph.values[index].operation, !(primitive is Reduce),
        !graph.values[index].isOutput, !consumers[index].isEmpty,
        consumers[index].allSatisfy({ isInline(index, $0) })
      else { continue }
      let target = consumers[index].map { stage[$0] }.min() ?? stage[index]
      guard target > stage[index],
        copies.contains(index) || inputs.allSatisfy({ isInMemory($0, without: index) })
      else { continue }
      stage[index] = target
    }
  }

  /// Moves conversions from 16-bit numbers to the stage before the steps that read them: what is kept in
  /// between is the narrow value.
  private mutating func sinkConversions() {
    for index in graph.values.indices.reversed() where isFusable[index] {
      guard let (primitive, inputs) = graph.values[index].operation, primitive is Cast,
        graph.values[inputs[0]].type.dtype.isNarrow, !graph.values[index].isOutput
      else { continue }
      stage[index] = max(stage[index], latestStage(index))
    }
  }

  /// The last stage at which a value may be computed for its readers, which see it through views.
  private func latestStage(_ index: Int) -> Int {
    var latest = Int.max
    for consumer in consumers[index] {
      if graph.values[consumer].isOutput, graph.values[consumer].isView { return stage[index] }
      latest = min(
        latest,
        graph.values[consumer].isView
          ? latestStage(consumer) : stage[consumer] - (isInline(index, consumer) ? 0 : 1))
    }
    return latest == .max ? stage[index] : latest
  }

  private func isInMemory(_ index: Int, without consumer: Int) -> Bool {
    if !isFusable[index] || graph.values[index].isOutput { return true }
    if graph.values[index].operation?.primitive is Reduce { return true }
    return consumers[index].contains {
      $0 != consumer && !(isInline(index, $0) && stage[$0] == stage[index])
    }
  }

  private func root(_ index: Int) -> Int {
    var index = index
    while parent[index] != index { index = parent[index] }
    return index
  }

  private mutating func unite(_ a: Int, _ b: Int) {
    let (a, b) = (root(a), root(b))
    parent[max(a, b)] = min(a, b)
  }

  private mutating func join() {
    for index in graph.values.indices {
      for consumer in consumers[index]
      where isInline(index, consumer) && stage[index] == stage[consumer] {
        unite(index, consumer)
      }
      joinReaders(of: index)
    }
    var numbers: [Int: Int] = [:]
    for index in graph.values.indices where isFusable[index] {
      let root = root(index)
      let number = numbers[root] ?? groups.count
      if number == groups.count {
        groups.append([])
        numbers[root] = number
      }
      groups[number].append(index)
      groupOf[index] = number
    }
  }

  /// Loops of one stage that read the same large value become one.
  private mutating func joinReaders(of index: Int) {
    let shape = graph.values[index].type.shape
    guard shape.elementCount >= 4096 else { return }
    var first: Int?
    for reader in consumers[index] where isFusable[reader] {
      guard Self.iterationShape(reader, graph) == shape else { continue }
      if let first, stage[first] == stage[reader],
        Self.compute(first, graph) == Self.compute(reader, graph)
      {
        unite(first, reader)
      } else if first == nil {
        first = reader
      }
    }
  }
}
