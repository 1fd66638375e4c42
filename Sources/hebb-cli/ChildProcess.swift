#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// This program once more, in a process of its own.
enum ChildProcess {
  /// Runs it with these arguments, its output where ours goes, and waits for its end.
  ///
  /// - Returns: Its exit status; 127 if it could not be started, 128 and the signal that ended it.
  static func run(_ arguments: [String]) -> Int32 {
    let path = "/proc/self/exe"
    var texts: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    texts.append(nil)
    defer { for text in texts { free(text) } }
    // What was printed before must not come after.
    fflush(nil)
    var child: pid_t = 0
    guard posix_spawn(&child, path, nil, nil, texts, environ) == 0 else { return 127 }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { return 127 }
    }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }
}
