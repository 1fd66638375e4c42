#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The calls by which a file is written, so that tests can let each of them fail.
///
/// Each returns what the system call returns, or `-errno`.
package struct SystemCalls: Sendable {
  /// `write(2)`.
  package var write: @Sendable (_ descriptor: Int32, UnsafeRawPointer, _ count: Int) -> Int
  /// `fsync(2)`.
  package var synchronize: @Sendable (_ descriptor: Int32) -> Int
  /// `rename(2)`.
  package var rename: @Sendable (_ old: String, _ new: String) -> Int

  /// The calls of the operating system.
  package static let system = SystemCalls(
    write: { descriptor, bytes, count in
      #if canImport(Glibc)
        let result = Glibc.write(descriptor, bytes, count)
      #elseif canImport(Musl)
        let result = Musl.write(descriptor, bytes, count)
      #else
        let result = Darwin.write(descriptor, bytes, count)
      #endif
      return result < 0 ? -Int(errno) : result
    },
    synchronize: { fsync($0) < 0 ? -Int(errno) : 0 },
    rename: { old, new in
      #if canImport(Glibc)
        let result = Glibc.rename(old, new)
      #elseif canImport(Musl)
        let result = Musl.rename(old, new)
      #else
        let result = Darwin.rename(old, new)
      #endif
      return result < 0 ? -Int(errno) : 0
    })
}

/// Why the system refused, and what helps, to follow a "cannot be ...:".
func reason(_ code: Int32) -> String {
  switch code {
  case ENOENT: "it does not exist; check the path"
  case EACCES, EPERM: "permission denied; change its owner or mode, or choose another path"
  case EISDIR: "it is a folder; name a file"
  case ENOTDIR: "a part of the path is not a folder; check the path"
  case ENOSPC: "the disk is full; free some space or choose another disk"
  case EDQUOT: "the disk quota is used up; free some space or choose another disk"
  case EFBIG: "the file grew past the size that the system allows; raise the limit"
  case EROFS: "the file system is read-only; choose another folder"
  case ENAMETOOLONG: "the name is too long; choose a shorter one"
  case ELOOP: "its symbolic links form a loop; check the path"
  case EMFILE, ENFILE: "too many files are open; close some or raise the limit"
  case EIO: "the device reported an error; check the disk"
  default: "\(String(cString: strerror(code))) (error \(code)); check the path"
  }
}
