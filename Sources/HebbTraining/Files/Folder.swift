#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import HebbIO

/// What training does with folders; files are `AtomicFile`'s and `InputFile`'s.
package enum Folder {
  /// Creates a folder and those above it, unless they exist.
  package static func create(_ path: String) throws(DataError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw DataError("expected the path of a folder, found an empty one or one with a zero byte")
    }
    var partial = path.utf8.first == UInt8(ascii: "/") ? "/" : ""
    for part in path.split(separator: "/") {
      partial += (partial.isEmpty || partial == "/" ? "" : "/") + part
      if mkdir(partial, 0o777) == 0 { continue }
      let code = errno
      // On read-only file systems an existing folder may be reported as anything.
      if isFolder(partial) { continue }
      guard code != EEXIST else {
        throw DataError(path, "cannot be created: \(partial) is a file; choose another folder")
      }
      throw DataError(path, "cannot be created: \(why(code))")
    }
  }

  /// Whether there is a folder at this path.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether there is a regular file at this path.
  package static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The names in a folder, sorted, without `.` and `..`.
  package static func names(in path: String) throws(DataError) -> [String] {
    guard let folder = opendir(path) else {
      throw DataError(path, "cannot be read: \(why(errno))")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a folder and the files in it; does not descend, and does not mind if it is not there.
  package static func removeFlat(_ path: String) {
    for name in (try? names(in: path)) ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// Gives a file or folder another name in one step.
  package static func rename(_ old: String, to new: String) throws(DataError) {
    #if canImport(Glibc)
      let result = Glibc.rename(old, new)
    #elseif canImport(Musl)
      let result = Musl.rename(old, new)
    #else
      let result = Darwin.rename(old, new)
    #endif
    guard result == 0 else { throw DataError(new, "cannot be written: \(why(errno))") }
  }

  /// Forces the names in a folder to the disk.
  package static func synchronize(_ path: String) throws(DataError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }  // A folder may be writable and not readable.
    defer { close(descriptor) }
    guard fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP else { return }
    throw DataError(path, "may not outlast a power failure: \(why(errno))")
  }

  /// The path without slashes at its end.
  package static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return String(path)
  }

  /// The last part of a path.
  package static func lastName(of path: String) -> String {
    trimmed(path).split(separator: "/").last.map(String.init) ?? path
  }

  /// The path up to its last part; `.` where there is none.
  package static func parent(of path: String) -> String {
    let path = trimmed(path)
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Why the system refused, and what helps.
  static func why(_ code: Int32) -> String {
    switch code {
    case ENOENT: "there is no such file or folder, or none can be made there; check the path"
    case EACCES, EPERM: "permission denied; change its owner or mode, or choose another path"
    case ENOTDIR: "a part of the path is not a folder; check the path"
    case ENOSPC: "the disk is full; free some space or choose another disk"
    case EDQUOT: "the disk quota is used up; free some space or choose another disk"
    case EFBIG: "the file grew past the size that the system allows; raise the limit"
    case EROFS: "the file system is read-only; choose another folder"
    case ENAMETOOLONG: "the name is too long; choose a shorter one"
    case EIO: "the device reported an error; check the disk"
    default: "\(String(cString: strerror(code))) (error \(code)); check the path"
    }
  }
}
