import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files that are part of the project.
///
/// Not through `Bundle.module`, which ends the process where the folder is missing.
package enum ResourceFolder {
  /// The path of a file or folder in `Resources`.
  ///
  /// The build puts the folder beside the executable, an installation may put it in `share/hebb`.
  ///
  /// - Parameters:
  ///   - name: The path inside `Resources`.
  ///   - executable: The executable beside which to look; nil for the running one.
  /// - Returns: The path.
  /// - Throws: `DataError` if there is no such file.
  package static func path(of name: String, executable: String? = nil) throws(DataError) -> String {
    let executable = executable ?? runningExecutable
    let folder = executable.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    var candidates = [folder + "/../share/hebb"]
    // The first part of the name is that of the package which is built.
    for entry in entries(of: folder) where entry.hasSuffix("_HebbData.resources") {
      candidates.append("\(folder)/\(entry)")
    }
    for candidate in candidates where access("\(candidate)/\(name)", R_OK) == 0 {
      return "\(candidate)/\(name)"
    }
    throw DataError(
      executable,
      "expected \(name) of Hebb's resources in a folder *_HebbData.resources beside it, found "
        + "none; build again, keep that folder beside the executable, or name a data folder")
  }

  private static var runningExecutable: String {
    #if os(Linux)
      let capacity = 1 << 12
      var buffer = [CChar](repeating: 0, count: capacity)
      let count = readlink("/proc/self/exe", &buffer, capacity)
      if count > 0 {
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    #endif
    return CommandLine.arguments.first ?? "hebb"
  }

  private static func entries(of folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
    return names.sorted()
  }
}
