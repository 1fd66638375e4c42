import HebbIO
import HebbTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Names for the folders of runs.
enum RunName {
  /// A folder in `runs` that is not there yet: `runs/lenet-20260131-154500`.
  static func fresh(for recipe: String) throws(DataError) -> String {
    let name = "runs/\(recipe)-\(timestamp)"
    if !Folder.isFolder(name) { return name }
    // Runs that begin in the same second.
    for number in 2..<1000 {
      let numbered = "\(name)-\(number)"
      if !Folder.isFolder(numbered) { return numbered }
    }
    throw DataError(name, "expected a free name for the run, found none; choose one with --out")
  }

  /// Date and time here and now.
  private static var timestamp: String {
    var seconds = time(nil)
    var parts = tm()
    localtime_r(&seconds, &parts)
    func digits(_ value: Int32, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    let year = digits(parts.tm_year + 1900, 4)
    let date = year + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2)
    return "\(date)-\(digits(parts.tm_hour, 2))\(digits(parts.tm_min, 2))\(digits(parts.tm_sec, 2))"
  }
}
