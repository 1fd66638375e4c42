import Hebb

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The times of the steps of a workload: three to warm up, then at least some, and more until a
/// second is over, 200 at most.
struct Measurement {
  /// Milliseconds of the steps.
  private var times: [Double] = []
  let warmUpSeconds: Double
  /// How many processors other programs kept busy meanwhile.
  let otherProcessors: Double
  /// Milliseconds that making plans took, in all steps together.
  let planMilliseconds: Double
  /// Seconds from the start of the process to the end of the first step.
  let coldSeconds: Double
  /// Milliseconds of a recorded step outside of plans, in a few steps after the others.
  private let outsideMilliseconds: Double
  /// Megabytes that the process had at most.
  let peakMegabytes: Int
  /// Additions and multiplications of products and convolutions in a step, in units of 10⁹.
  let countedGflop: Double
  let facts: [(String, JSONValue)]

  init(of steps: Workload.Steps, leastSteps: Int, countsOperations: Bool) {
    let clock = ContinuousClock()
    let planningBefore = Hebb.planningNanoseconds
    var first = Duration.zero
    countedGflop = Self.warmUp(countsOperations) { first = clock.measure { steps.step() } }
    coldSeconds = ProcessAge.seconds
    let rest = clock.measure { for _ in 0..<2 { steps.step() } }
    warmUpSeconds = (first + rest).seconds
    // Who is this slow needs no better statistics.
    let leastSteps = warmUpSeconds > 60 ? 3 : leastSteps
    let before = OtherWork.busySeconds
    let begin = clock.now
    while times.count < leastSteps
      || (clock.now - begin < .seconds(1) && times.count < 200)
    {
      times.append(clock.measure { steps.step() }.seconds * 1e3)
    }
    let seconds = (clock.now - begin).seconds
    let after = OtherWork.busySeconds
    otherProcessors = max(0, after.others - before.others) / seconds
    times.sort()
    planMilliseconds = Double(Hebb.planningNanoseconds - planningBefore) / 1e6
    peakMegabytes = PeakMemory.megabytes
    var outside: [Double] = []
    while outside.count < min(5, leastSteps) {
      let start = PlanRecorder.now
      let runs = PlanRecorder.record(.runs) { steps.step() }
      let wall = PlanRecorder.now - start
      outside.append(Double(wall - runs.reduce(0) { $0 + $1.nanoseconds }) / 1e6)
    }
    outsideMilliseconds = outside.sorted()[outside.count / 2]
    facts = steps.facts()
  }

  /// Makes the first step, and counts the arithmetic of its products if asked to.
  private static func warmUp(_ counts: Bool, _ step: () -> Void) -> Double {
    guard counts else {
      step()
      return 0
    }
    let runs = PlanRecorder.record(.steps) { Hebb.tracingProvenance { step() } }
    return runs.reduce(0) { sum, run in
      (run.plan?.steps ?? []).reduce(sum) {
        $1.isProduct ? $0 + Double($1.operationCount) / 1e9 : $0
      }
    }
  }

  /// Milliseconds of a step outside of plans. Recording many small plans takes longer than the step itself.
  var overheadMilliseconds: Double { min(outsideMilliseconds, median) }
  var count: Int { times.count }
  var least: Double { times[0] }
  var most: Double { times[times.count - 1] }
  var median: Double {
    let middle = times.count / 2
    return times.count.isMultiple(of: 2) ? (times[middle - 1] + times[middle]) / 2 : times[middle]
  }
}

/// The most memory that this process has had.
enum PeakMemory {
  static var megabytes: Int {
    let text = SystemFile.text("/proc/self/status") ?? ""
    return ((SystemFile.number(after: "VmHWM:", in: text) ?? 0) + 512) / 1024
  }
}

/// How long this process has been running.
enum ProcessAge {
  static var seconds: Double {
    let text = SystemFile.text("/proc/self/stat") ?? ""
    // Behind the name in brackets, which may contain anything.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 19, let ticks = Double(fields[19]) else { return 0 }
    var now = timespec()
    clock_gettime(CLOCK_BOOTTIME, &now)
    let age =
      Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
      - ticks / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    return max(0, age)
  }
}

/// What other programs do to a measurement.
enum OtherWork {
  /// Seconds of processor time that other programs have used since the system began.
  static var busySeconds: (all: Double, others: Double) {
    let text = SystemFile.text("/proc/stat") ?? ""
    let fields = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst().compactMap {
      Double($0)
    }
    guard fields.count >= 8 else { return (0, 0) }
    let ticks = Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    // User, nice, system, interrupts, stolen by other machines; not idle, not waiting.
    let all = (fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]) / ticks
    // Of all threads of this process.
    let own = Double(clock()) / Double(CLOCKS_PER_SEC)
    return (all, all - own)
  }

  /// Waits until no other program computes, because threads that wait for each other at barriers are
  /// ruined by one.
  static func waitUntilQuiet(atMost limit: Double) {
    let begin = ContinuousClock.now
    while (ContinuousClock.now - begin).seconds < limit {
      let before = busySeconds.all
      usleep(500_000)
      if busySeconds.all - before < 0.06 { return }
    }
  }
}
