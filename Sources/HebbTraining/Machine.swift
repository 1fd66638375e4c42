import CHebbKernels
import HebbCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The machine that this process runs on, as far as it decides speed.
public struct Machine: Sendable, Hashable {
  /// The processor's own name; empty if it has none.
  public let processor: String
  /// The processors that this process may use.
  public let processorCount: Int
  /// Main memory in bytes; 0 if unknown.
  public let memoryByteCount: Int
  /// The operating system with its version.
  public let system: String

  /// The machine of this process.
  public static var current: Machine {
    let name = withUnsafeBytes(of: hebb_processor_describe().name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    return Machine(
      processor: name, processorCount: max(Int(hebb_processor_count()), 1),
      memoryByteCount: pages > 0 && pageSize > 0 ? pages * pageSize : 0, system: systemName)
  }

  /// The processor and how many of them: `AMD EPYC, 2 processors`.
  public var summary: String {
    (processor.isEmpty ? "unknown processor" : processor) + ", "
      + NumberFormat.count(processorCount, "processor")
  }

  private static var systemName: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    func text<T>(_ field: T) -> String {
      withUnsafeBytes(of: field) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    return "\(text(names.sysname)) \(text(names.release)) \(text(names.machine))"
  }
}
