import HebbCore

/// The order of the tasks of a plan: each after what it reads, otherwise as they were recorded, so that
/// a gradient of weights stands beside the gradient of the layer's input and neither keeps its
/// operands alive for long. What nothing waits for, such as the update of a parameter, comes as soon
/// as everything else has read what it may overwrite.
struct Schedule {
  enum Task {
    /// Elementwise operations and reductions that run as one loop.
    case group([Int])
    /// Everything else.
    case operation(Int)
  }

  private(set) var tasks: [Task] = []

  init(_ graph: PlanGraph, _ fusion: Fusion, _ epilogues: Epilogues) {
    // The task that computes each value; views belong to nobody.
    var owner = Array(repeating: -1, count: graph.values.count)
    var all: [Task] = []
    for (number, members) in fusion.groups.enumerated() {
      all.append(.group(members))
      for member in members { owner[member] = number }
    }
    for index in graph.values.indices {
      guard graph.values[index].kind != .argument, !graph.values[index].isView,
        owner[index] < 0, !epilogues.isClaimed[index]
      else { continue }
      owner[index] = all.count
      for member in epilogues.epilogue(of: index).claimed { owner[member] = all.count }
      all.append(.operation(index))
    }
    // What each task reads: the values that views show.
    let bases = graph.values.indices.map { Self.base($0, graph) }
    let members = all.map { Self.members($0, epilogues) }
    var dependents = Array(repeating: [Int](), count: all.count)
    var missing = Array(repeating: 0, count: all.count)
    for number in all.indices {
      for index in members[number] {
        for input in graph.values[index].inputs {
          let source = owner[bases[input]]
          guard source >= 0, source != number, dependents[source].last != number else { continue }
          dependents[source].append(number)
          missing[number] += 1
        }
      }
    }
    let priority = Self.priorities(members, graph, bases, owner, dependents)
    func isLater(_ a: Int, _ b: Int) -> Bool { (priority[a], a) > (priority[b], b) }
    var ready = all.indices.filter { missing[$0] == 0 }.sorted(by: isLater)
    tasks.reserveCapacity(all.count)
    while let number = ready.popLast() {
      tasks.append(all[number])
      for dependent in dependents[number] {
        missing[dependent] -= 1
        guard missing[dependent] == 0 else { continue }
        // Before the first that is due earlier.
        var (low, high) = (0, ready.count)
        while low < high {
          let middle = (low + high) / 2
          if isLater(ready[middle], dependent) { low = middle + 1 } else { high = middle }
        }
        ready.insert(dependent, at: low)
      }
    }
    precondition(tasks.count == all.count, "a plan has a cycle")
  }

  /// The age at which each task is due; the smallest goes first.
  private static func priorities(
    _ members: [[Int]], _ graph: PlanGraph, _ bases: [Int], _ owner: [Int], _ dependents: [[Int]]
  ) -> [UInt64] {
    var priorities = members.map { members in
      members.reduce(UInt64(0)) { max($0, graph.values[$1].age) }
    }
    // The last age at which something that others wait for reads each value.
    var lastRead = Array(repeating: UInt64(0), count: graph.values.count)
    for number in members.indices where !dependents[number].isEmpty {
      for index in members[number] {
        for input in graph.values[index].inputs {
          let base = bases[input]
          lastRead[base] = max(lastRead[base], priorities[number])
        }
      }
    }
    for number in members.indices where dependents[number].isEmpty {
      var due: UInt64 = 0
      for index in members[number] {
        for input in graph.values[index].inputs {
          let base = bases[input]
          let source = owner[base]
          if source >= 0, source != number { due = max(due, priorities[source]) }
          due = max(due, lastRead[base])
        }
      }
      priorities[number] = due
    }
    return priorities
  }

  /// What a task computes, and the bias that it adds.
  static func members(_ task: Task, _ epilogues: Epilogues) -> [Int] {
    switch task {
    case .group(let members): return members
    case .operation(let index): return [index] + epilogues.epilogue(of: index).claimed
    }
  }

  /// The value that a view shows.
  private static func base(_ index: Int, _ graph: PlanGraph) -> Int {
    var index = index
    while graph.values[index].isView { index = graph.values[index].inputs[0] }
    return index
  }
}
