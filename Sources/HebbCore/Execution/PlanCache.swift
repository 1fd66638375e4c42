import CHebbKernels
import Synchronization

/// Executables by the structure of their graph. The least recently used ones go first.
enum PlanCache {
  private struct Entry {
    var idle: [any Executable] = []
    var lastUse = 0
  }

  private struct State {
    var entries: [Signature: Entry] = [:]
    var clock = 0
    var compiled = 0
  }

  private static let state = Mutex(State())
  private static let capacity = 256

  /// Nanoseconds spent on making plans since the start.
  static let planningTime = Atomic<Int>(0)

  /// An idle executable for a signature, if there is one.
  static func checkOut(_ signature: Signature) -> (any Executable)? {
    state.withLock { state in
      state.clock += 1
      guard let index = state.entries.index(forKey: signature) else { return nil }
      state.entries.values[index].lastUse = state.clock
      return state.entries.values[index].idle.popLast()
    }
  }

  /// A new executable for a graph, which `checkIn` will keep.
  static func compile(_ graph: PlanGraph, _ signature: Signature) -> any Executable {
    let start = hebb_nanoseconds()
    let executable = Evaluator.backend.compile(graph.simplified())
    planningTime.add(Int(hebb_nanoseconds() - start), ordering: .relaxed)
    state.withLock { state in
      state.compiled += 1
      if state.entries[signature] == nil { state.entries[signature] = Entry(lastUse: state.clock) }
      guard state.entries.count > capacity else { return }
      let oldest = state.entries.sorted { $0.value.lastUse < $1.value.lastUse }
      for (signature, _) in oldest.prefix(capacity / 4) { state.entries[signature] = nil }
    }
    return executable
  }

  static func checkIn(_ executable: any Executable, _ signature: Signature) {
    state.withLock { $0.entries[signature]?.idle.append(executable) }
  }

  /// Drops all plans, as when a setting changes by which they were made.
  static func forget() {
    state.withLock { $0.entries = [:] }
  }

  /// How many plans have been made since the start.
  static var compiledCount: Int { state.withLock { $0.compiled } }
}

extension Hebb {
  private static let threadSetting = Atomic<Int>(0)

  /// How many threads kernels use; all processors that the process may use, unless set.
  public static var threads: Int {
    get {
      let setting = threadSetting.load(ordering: .relaxed)
      if setting > 0 { return setting }
      let count = max(Int(hebb_processor_count()), 1)
      threadSetting.store(count, ordering: .relaxed)
      return count
    }
    set {
      precondition(newValue > 0, "Hebb.threads: at least one thread, not \(newValue)")
      threadSetting.store(newValue, ordering: .relaxed)
    }
  }

  /// How many plans have been compiled since the start; a training loop compiles its plan once.
  public static var compiledPlanCount: Int { PlanCache.compiledCount }

  /// Nanoseconds spent on making plans since the start.
  package static var planningNanoseconds: Int { PlanCache.planningTime.load(ordering: .relaxed) }

  /// The name of the backend that evaluates tensors.
  public static var backendName: String { Evaluator.backend.name }
}

extension Evaluator {
  @TaskLocal static var referenceScope = false

  /// Whether the oracle computes here.
  static var usesReference: Bool { !Scope.isDefault && referenceScope }

  /// The backend that computes here: the fast one where the program contains it.
  static var backend: any Backend {
    usesReference ? ReferenceBackend() : fastest
  }

  private static let fastest: any Backend = {
    guard let opaque = hebb_find_cpu_backend() else { return ReferenceBackend() }
    return Unmanaged<BackendBox>.fromOpaque(opaque).takeRetainedValue().backend
  }()
}

/// Carries the CPU backend across the C symbol by which this module finds it.
package final class BackendBox: Sendable {
  let backend: any Backend

  package init(_ backend: any Backend) { self.backend = backend }
}

/// Runs `body` on the slow reference backend: the oracle of every test.
public func withReferenceBackend<R, Failure: Error>(
  _ body: () throws(Failure) -> R
) throws(Failure) -> R {
  try within(Evaluator.$referenceScope, true, body)
}
