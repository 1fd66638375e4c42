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
  private let consumers: Consumers
  private let copies: Set<Int>
  private let lateCopies: [LateCopies.Copy]
  private let isFusable: [Bool]
  private let iterationShapes: [Shape]
  private let computes: [hebb_compute]
  /// The stage of each value.
  private(set) var stage: [Int]
  private var parent: [Int]

  /// The loops of a graph. `claimed` are values that the operation before them computes, `copies` those
  /// that are computed once more where they are read, `lateCopies` those that a certain loop computes.
  init(
    _ graph: PlanGraph, _ consumers: Consumers, claimed: [Bool], copies: Set<Int> = [],
    lateCopies: [LateCopies.Copy] = []
  ) {
    self.copies = copies
    self.lateCopies = lateCopies
    self.graph = graph
    self.consumers = consumers
    isFusable = graph.values.indices.map {
      graph.values[$0].kind.isLoop && !claimed[$0]
    }
    iterationShapes = graph.values.indices.map { Self.iterationShape($0, graph) }
    computes = graph.values.indices.map { Self.compute($0, graph) }
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
    guard graph.values[index].kind == .reduce else { return graph.values[index].type.shape }
    return graph.values[graph.values[index].inputs[0]].type.shape
  }

  /// The type in which a loop computes an operation.
  static func compute(_ index: Int, _ graph: PlanGraph) -> hebb_compute {
    let inputs = graph.values[index].inputs
    if inputs.isEmpty { return HEBB_COMPUTE_FLOAT32 }
    let read = graph.values[inputs[inputs.count > 2 ? 1 : 0]].type.dtype
    let made = graph.values[index].kind == .cast ? graph.values[index].type.dtype : read
    if read == .float64 || made == .float64 { return HEBB_COMPUTE_FLOAT64 }
    if read.isFloatingPoint || made.isFloatingPoint { return HEBB_COMPUTE_FLOAT32 }
    let isTruth = read == .bool && made == .bool
    return isTruth ? HEBB_COMPUTE_FLOAT32 : HEBB_COMPUTE_INT64
  }

  /// Whether a result may stay in a register on its way from one operation to the next.
  func isInline(_ producer: Int, _ consumer: Int) -> Bool {
    guard isFusable[producer], isFusable[consumer], graph.values[producer].kind != .reduce else {
      return false
    }
    // Narrow integers wrap, and real numbers saturate, only when they are stored.
    let dtype = graph.values[producer].type.dtype
    if dtype == .int32 || dtype == .uint8 { return false }
    if dtype == .int64, graph.values[producer].kind == .cast { return false }
    return computes[producer] == computes[consumer]
      && graph.values[producer].type.shape == iterationShapes[consumer]
  }

  /// Whether one loop could compute both values.
  func canJoin(_ a: Int, _ b: Int) -> Bool {
    iterationShapes[a] == iterationShapes[b] && computes[a] == computes[b]
  }

  private mutating func assignStages() {
    for copy in lateCopies { stage[copy.value] = copy.stage }
    for index in graph.values.indices {
      var latest = stage[index]
      let isView = graph.values[index].isView
      for input in graph.values[index].inputs {
        latest = max(latest, stage[input] + (isView || isInline(input, index) ? 0 : 1))
      }
      stage[index] = latest
    }
  }

  /// Moves operations to the stage where they are used, if what they read is in memory there
  /// anyway: a mask of the forward pass is better computed again in the backward pass than kept.
  private mutating func sinkCheapOperations() {
    for index in graph.values.indices.reversed() where isFusable[index] {
      guard graph.values[index].kind != .reduce,
        !graph.values[index].isOutput, !consumers[index].isEmpty,
        consumers[index].allSatisfy({ isInline(index, $0) })
      else { continue }
      let target = consumers[index].map { stage[$0] }.min() ?? stage[index]
      guard target > stage[index],
        copies.contains(index)
          || graph.values[index].inputs.allSatisfy({ isInMemory($0, without: index) })
      else { continue }
      stage[index] = target
    }
  }

  /// Moves conversions from 16-bit numbers to the stage before the steps that read them: what is kept in
  /// between is the narrow value.
  private mutating func sinkConversions() {
    for index in graph.values.indices.reversed() where isFusable[index] {
      guard graph.values[index].kind == .cast, !graph.values[index].isOutput,
        graph.values[graph.values[index].inputs[0]].type.dtype.isNarrow
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
    // What is broadcast there is stored first.
    if !isInline(index, consumer) { return true }
    if graph.values[index].kind == .reduce { return true }
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
    for copy in lateCopies where stage[copy.value] == stage[copy.loop] {
      unite(copy.value, copy.loop)
    }
    for index in graph.values.indices {
      for consumer in consumers[index]
      where isInline(index, consumer) && stage[index] == stage[consumer] {
        unite(index, consumer)
      }
      joinReaders(of: index)
    }
    var numbers: [Int?] = Array(repeating: nil, count: graph.values.count)
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
      guard iterationShapes[reader] == shape else { continue }
      if let first, stage[first] == stage[reader], computes[first] == computes[reader] {
        unite(first, reader)
      } else if first == nil {
        first = reader
      }
    }
  }
}
