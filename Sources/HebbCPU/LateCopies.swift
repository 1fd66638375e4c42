import HebbCore

/// Results of GELU that the products of the backward pass read are computed a second time, in the loop that
/// computes its slope: that loop reads the operand anyway, and the forward pass need not keep the result
/// beside it.
struct LateCopies {
  /// What is computed again.
  struct Copy {
    var value: Int
    /// A member of the loop in which it is computed.
    var loop: Int
    /// The stage of that loop.
    var stage: Int
  }

  /// The values that are copied.
  private(set) var copies: [Copy] = []
  /// Whether a value, or what a view shows of one, is copied.
  private(set) var isCopied: [Bool]
  /// What reads the copies instead of the originals.
  private(set) var readers: [Int: [Int]] = [:]

  private let graph: PlanGraph
  private let consumers: Consumers
  /// Below so many elements memory is not worth the time.
  private static let leastElements = 1 << 18

  init(_ graph: PlanGraph, _ consumers: Consumers, _ fusion: Fusion) {
    (self.graph, self.consumers) = (graph, consumers)
    isCopied = Array(repeating: false, count: graph.values.count)
    for index in graph.values.indices where graph.values[index].opcode == .gelu {
      let value = graph.values[index]
      guard value.type.shape.elementCount >= Self.leastElements, !value.isOutput,
        let loop = laterLoop(index, fusion), let group = fusion.groupOf[loop]
      else { continue }
      let isBefore = ancestors(of: fusion.groups[group], after: index)
      var isFit = true
      guard hasLateReader(of: index, isBefore, &isFit), isFit else { continue }
      copies.append(Copy(value: index, loop: loop, stage: fusion.stage[loop]))
      copyForLateReaders(of: index, isBefore)
    }
  }

  /// A reader of the operand in a loop of a later stage.
  private func laterLoop(_ index: Int, _ fusion: Fusion) -> Int? {
    consumers[graph.values[index].inputs[0]].first {
      fusion.groupOf[$0] != nil && fusion.stage[$0] > fusion.stage[index]
        && fusion.canJoin($0, index)
    }
  }

  /// Whether each value after `first` is needed to compute `members`.
  private func ancestors(of members: [Int], after first: Int) -> [Bool] {
    var isBefore = Array(repeating: false, count: graph.values.count)
    var stack = members
    while let index = stack.popLast() {
      guard index > first, !isBefore[index] else { continue }
      isBefore[index] = true
      stack += graph.values[index].inputs
    }
    return isBefore
  }

  /// Whether something that the loop does not wait for reads a value; `isFit` becomes false where that
  /// is no product.
  private func hasLateReader(of index: Int, _ isBefore: [Bool], _ isFit: inout Bool) -> Bool {
    var isLate = false
    for reader in consumers[index] {
      if graph.values[reader].isView {
        if graph.values[reader].isOutput { isFit = false }
        if hasLateReader(of: reader, isBefore, &isFit) { isLate = true }
      } else if !isBefore[reader] {
        isLate = true
        if graph.values[reader].kind != .matMul { isFit = false }
      }
    }
    return isLate
  }

  /// Notes that a value is copied, with the views through which late readers see it.
  private mutating func copyForLateReaders(of index: Int, _ isBefore: [Bool]) {
    isCopied[index] = true
    for reader in Set(consumers[index]).sorted() {
      if graph.values[reader].isView {
        var isFit = true
        if hasLateReader(of: reader, isBefore, &isFit) { copyForLateReaders(of: reader, isBefore) }
      } else if !isBefore[reader] {
        readers[index, default: []].append(reader)
      }
    }
  }
}
