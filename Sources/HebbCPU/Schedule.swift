import HebbCore

/// The order of the tasks of a plan: each after what it reads, otherwise as they were recorded.
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
    var owner: [Int?] = Array(repeating: nil, count: graph.values.count)
    var all: [Task] = []
    for (number, members) in fusion.groups.enumerated() {
      all.append(.group(members))
      for member in members { owner[member] = number }
    }
    for (index, value) in graph.values.enumerated() {
      guard value.operation != nil, !value.isView, owner[index] == nil,
        !epilogues.claimed.contains(index)
      else { continue }
      owner[index] = all.count
      owner[epilogues.epilogue(of: index).result] = all.count
      all.append(.operation(index))
    }
    var dependents = Array(repeating: [Int](), count: all.count)
    var missing = Array(repeating: 0, count: all.count)
    for (number, task) in all.enumerated() {
      var sources: Set<Int> = []
      for index in Self.members(task, epilogues) {
        for input in graph.values[index].operation?.inputs ?? [] {
          if let source = owner[Self.base(input, graph)], source != number {
            sources.insert(source)
          }
        }
      }
      missing[number] = sources.count
      for source in sources { dependents[source].append(number) }
    }
    // Among the tasks that are ready, the one recorded first.
    let priority = all.map { Self.members($0, epilogues).max() ?? 0 }
    var ready = all.indices.filter { missing[$0] == 0 }.sorted { priority[$0] > priority[$1] }
    while let number = ready.popLast() {
      tasks.append(all[number])
      for dependent in dependents[number] {
        missing[dependent] -= 1
        guard missing[dependent] == 0 else { continue }
        let place = ready.firstIndex { priority[$0] < priority[dependent] } ?? ready.endIndex
        ready.insert(dependent, at: place)
      }
    }
    precondition(tasks.count == all.count, "a plan has a cycle")
  }

  private static func members(_ task: Task, _ epilogues: Epilogues) -> [Int] {
    switch task {
    case .group(let members): return members
    case .operation(let index):
      let epilogue = epilogues.epilogue(of: index)
      return [index] + (epilogue.bias.map { [$0] } ?? [])
    }
  }

  /// The value that a view shows.
  private static func base(_ index: Int, _ graph: PlanGraph) -> Int {
    var index = index
    while graph.values[index].isView, let (_, inputs) = graph.values[index].operation {
      index = inputs[0]
    }
    return index
  }
}
