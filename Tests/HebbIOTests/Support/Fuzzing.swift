import HebbCore
import HebbIO
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Damages files at random: cut off, flipped bits, absurd sizes, missing and repeated parts.
struct Mutator {
  var generator: PhiloxGenerator

  private static let interesting: [UInt64] = [
    0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
    0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, .max, 1 << 40, 100_000_000,
  ]
  private static let numerals = ["0", "-1", "1e9", "4294967296", "9223372036854775807", "9"]

  /// `original` with one to three kinds of damage.
  mutating func damaged(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...generator.nextInteger(below: 3) { damage(&bytes) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    switch generator.nextInteger(below: 9) {
    case 0: bytes.removeSubrange(place(bytes)...)
    case 1: bytes[place(bytes)] ^= 1 << UInt8(generator.nextInteger(below: 8))
    case 2: bytes[place(bytes)] = UInt8(truncatingIfNeeded: generator.next())
    case 3, 4:
      let value = Self.interesting[generator.nextInteger(below: Self.interesting.count)]
      let count = [1, 2, 4, 8][generator.nextInteger(below: 4)]
      var number = withUnsafeBytes(of: value.littleEndian) { Array($0.prefix(count)) }
      if generator.nextInteger(below: 2) == 0 { number.reverse() }
      let start = place(bytes)
      bytes.replaceSubrange(start..<min(start + count, bytes.count), with: number)
    case 5: bytes.removeSubrange(range(bytes))
    case 6: bytes.insert(contentsOf: Array(bytes[range(bytes)]), at: place(bytes))
    case 7: for index in range(bytes) { bytes[index] = 0 }
    default:
      // A number in a text.
      let start = place(bytes)
      let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
      guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
      let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
      let numeral = Self.numerals[generator.nextInteger(below: Self.numerals.count)]
      bytes.replaceSubrange(first..<end, with: numeral.utf8)
    }
  }

  /// A place in the file, every other time in its header.
  private mutating func place(_ bytes: [UInt8]) -> Int {
    let isEarly = generator.nextInteger(below: 2) == 0
    return generator.nextInteger(below: isEarly ? min(bytes.count, 48) : bytes.count)
  }

  private mutating func range(_ bytes: [UInt8]) -> Range<Int> {
    let start = place(bytes)
    return start..<min(bytes.count, start + 1 + generator.nextInteger(below: 24))
  }
}

/// What became of damaged files.
struct FuzzResult {
  var accepted = 0
  var rejected = 0
}

/// Reads `count` damaged files; each must be read or rejected with a sentence.
///
/// - Parameters:
///   - originals: Files without damage.
///   - count: How many cases.
///   - seed: What the damage is made from.
///   - repair: Makes checksums right again in every other case, so that damage gets past them.
///   - read: Reads a file.
/// - Returns: How many were read and how many rejected.
func fuzz(
  _ originals: [[UInt8]], count: Int = 10_000, seed: UInt64 = 1,
  repair: ([UInt8]) -> [UInt8] = { $0 }, _ read: (InputFile) throws -> Void
) -> FuzzResult {
  var mutator = Mutator(generator: PhiloxGenerator(seed: seed))
  var result = FuzzResult()
  for original in originals {
    #expect(throws: Never.self) { try read(InputFile(bytes: original, name: "original")) }
  }
  for number in 0..<count {
    var bytes = mutator.damaged(originals[number % originals.count])
    if number & 1 == 1 { bytes = repair(bytes) }
    do {
      try read(InputFile(bytes: bytes, name: "case \(number)"))
      result.accepted += 1
    } catch {
      result.rejected += 1
      let sentence = "\(error)"
      if !(error is DataError) || !sentence.hasPrefix("case \(number)") || sentence.contains("\n")
        || sentence.count > 1_000
      {
        Issue.record("not a sentence: \(sentence)")
      }
    }
  }
  return result
}

/// The largest memory that the process has had, in bytes. Not from `getrusage`, which counts what
/// the parent had before it started this process.
func peakMemory() -> Int {
  guard let status = fopen("/proc/self/status", "r") else { preconditionFailure("no /proc") }
  defer { fclose(status) }
  var line = [CChar](repeating: 0, count: 256)
  while fgets(&line, 256, status) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8($0) }, as: UTF8.self)
    if text.hasPrefix("VmHWM:"), let size = Int(text.filter(\.isNumber)) { return size << 10 }
  }
  preconditionFailure("no VmHWM in /proc/self/status")
}

/// Runs `body` and checks that it takes less than 200 MB at any time.
func expectBoundedMemory(_ body: () throws -> Void) rethrows {
  let before = peakMemory()
  try body()
  #expect(peakMemory() - before < 200_000_000)
}
