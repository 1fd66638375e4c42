import CHebbKernels
import Synchronization

/// What one step of a plan is, for profiles.
package struct StepDescription: Sendable {
  /// The kernel and what it works on.
  package var label: String
  /// The layers whose operations it computes, without repetition; empty where none is known.
  package var layers: [String]
  package var phase: Provenance.Phase?
  /// Additions, multiplications and functions of numbers.
  package var operationCount: Int
  /// Whether it is a matrix product or convolution, which arithmetic limits and not memory.
  package var isProduct: Bool
  /// Bytes of its operands and results, each counted once.
  package var bytesRead: Int
  package var bytesWritten: Int
  /// Bytes of the plan's own memory that are in use while it runs.
  package var liveBytes: Int

  package init(
    label: String, layers: [String], phase: Provenance.Phase?, operationCount: Int,
    isProduct: Bool, bytesRead: Int, bytesWritten: Int, liveBytes: Int
  ) {
    self.label = label
    self.layers = layers
    self.phase = phase
    self.operationCount = operationCount
    self.isProduct = isProduct
    self.bytesRead = bytesRead
    self.bytesWritten = bytesWritten
    self.liveBytes = liveBytes
  }
}

/// What the steps of a plan are, and the memory that they share.
package final class PlanDescription: Sendable {
  package let steps: [StepDescription]
  package let arenaBytes: Int

  package init(steps: [StepDescription], arenaBytes: Int) {
    self.steps = steps
    self.arenaBytes = arenaBytes
  }
}

/// One run of a plan.
package struct PlanRun: Sendable {
  /// Nil for plans that were made before the recording began.
  package var plan: PlanDescription?
  /// Nanoseconds at which each step began, and the last one ended; only the first and the last if steps
  /// were not asked for.
  package var marks: [UInt64]
  /// Bytes of all tensors, the plan's own memory among them.
  package var liveBytes: Int

  package var nanoseconds: UInt64 { (marks.last ?? 0) - (marks.first ?? 0) }
}

/// Notes the runs of plans while something is measured. Off, it costs one look at a flag for each run.
package enum PlanRecorder {
  package enum Detail: Int, Sendable {
    case off
    /// When each run began and ended.
    case runs
    /// When each step began and ended.
    case steps
  }

  private static let setting = Atomic<Int>(0)
  private static let runs = Mutex<[PlanRun]>([])

  /// What is noted now.
  @inline(__always)
  package static var detail: Detail {
    Detail(rawValue: setting.load(ordering: .relaxed)) ?? .off
  }

  /// Runs `body` and returns the runs of plans in it, on all threads.
  package static func record(_ detail: Detail, _ body: () -> Void) -> [PlanRun] {
    setting.store(detail.rawValue, ordering: .relaxed)
    body()
    setting.store(0, ordering: .relaxed)
    return runs.withLock { runs in
      defer { runs = [] }
      return runs
    }
  }

  /// Runs the steps of a plan, noting what is asked for.
  package static func run(
    _ plan: PlanDescription?, stepCount: Int, _ detail: Detail, _ step: (Int) -> Void
  ) {
    var marks = [now]
    marks.reserveCapacity(stepCount + 1)
    for number in 0..<stepCount {
      step(number)
      if detail == .steps || number == stepCount - 1 { marks.append(now) }
    }
    let live = BufferPool.live.load(ordering: .relaxed)
    runs.withLock { $0.append(PlanRun(plan: plan, marks: marks, liveBytes: live)) }
  }

  /// Nanoseconds of a clock that never goes back.
  package static var now: UInt64 { hebb_nanoseconds() }
}
