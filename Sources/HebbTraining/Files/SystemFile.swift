#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Small texts that the kernel makes when they are read, as in `/proc`; their size is said to be 0.
package enum SystemFile {
  /// The first 64 KB of such a text; nil if it cannot be read.
  package static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < 1 << 16 {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The path of the program that runs; nil where the system does not tell.
  package static var executable: String? {
    var buffer = [CChar](repeating: 0, count: 1 << 12)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The number after a word at the beginning of a line, as in `MemAvailable:  12 kB`.
  package static func number(after word: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix(word) {
      let fields = line.dropFirst(word.count).split(whereSeparator: { $0 == " " || $0 == "\t" })
      return fields.first.flatMap { Int($0) }
    }
    return nil
  }
}
