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
  /// Milliseconds by which the first step took longer than the others: making the plan.
  let planMilliseconds: Double
  let facts: [(String, JSONValue)]

  init(of steps: Workload.Steps, leastSteps: Int) {
    let clock = ContinuousClock()
    let first = clock.measure { steps.step() }
    let rest = clock.measure { for _ in 0..<2 { steps.step() } }
    warmUpSeconds = (first + rest).seconds
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
    planMilliseconds = max(0, first.seconds * 1e3 - times[times.count / 2])
    facts = steps.facts()
  }

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
