import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns Ctrl-C (SIGINT) and the system's request to end (SIGTERM) into a question that training
/// asks after each step, so that it can save its state first.
public enum StopSignals {
  private static let received = Atomic<Int32>(0)

  /// Catches both signals from now on. A second one ends the process at once.
  public static func install() {
    // The first access to a static property may take a lock, which a signal handler must not do.
    received.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if StopSignals.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
    // Whoever started this process may have blocked them, as job systems and test programs do.
    var both = sigset_t()
    sigemptyset(&both)
    sigaddset(&both, SIGINT)
    sigaddset(&both, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &both, nil)
    // A file that outgrows a limit, or a closed pipe, is an error to report and not a reason to die.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
  }

  /// The signal that has come; nil if none has.
  public static var pending: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Takes the signal back, so that work can go on.
  package static func reset() { received.store(0, ordering: .relaxed) }
}
