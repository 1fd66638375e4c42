import HebbIO
import Testing

struct GzipTests {
  /// Not compressible, longer than the chunks in which files are read.
  let noise: [UInt8] = {
    var state: UInt32 = 1
    return (0..<300_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
  }()

  @Test func readsWhatGzipWrote() throws {
    // printf hello | gzip -n9
    let data = bytes("1f8b0800000000000203cb48cdc9c9070086a6103605000000")
    #expect(try Gzip.decompress(data, limit: 5) == Array("hello".utf8))
  }

  @Test func roundTrips() throws {
    let zeros = [UInt8](repeating: 0, count: 1_000_000)
    for contents in [[], [7], noise, zeros] {
      let data = Gzip.compress(contents)
      #expect(try Gzip.decompress(data, limit: contents.count) == contents)
      #expect(Gzip.compress(contents) == data)
    }
    #expect(Gzip.compress(zeros).count < 2_000)
  }

  @Test func joinsMembers() throws {
    let data = Gzip.compress([1, 2]) + Gzip.compress([]) + Gzip.compress(noise)
    #expect(try Gzip.decompress(data, limit: 1 << 20) == [1, 2] + noise)
  }

  @Test func limitIsHard() {
    let data = Gzip.compress([UInt8](repeating: 0, count: 100_000))
    expectError(
      "gzip data: expected at most 99999 bytes after decompression, found more; check that this is "
        + "the right file"
    ) { _ = try Gzip.decompress(data, limit: 99_999) }
    expectError(
      "gzip data: expected at most 0 bytes after decompression, found more; check that this is the "
        + "right file"
    ) { _ = try Gzip.decompress(data, limit: 0) }
  }

  @Test func bombsTakeNoMemory() async {
    await #expect(processExitsWith: .success) {
      // 1 GB of zeros.
      let member = Gzip.compress([UInt8](repeating: 0, count: 1 << 20))
      let bomb = [[UInt8]](repeating: member, count: 1_000).flatMap { $0 }
      expectBoundedMemory {
        #expect(throws: DataError.self) { try Gzip.decompress(bomb, limit: 10_000_000) }
      }
    }
  }

  @Test func noticesWhatIsCutOff() {
    let data = Gzip.compress(Array("hello hello hello".utf8))
    for count in 0..<data.count {
      expectError("x: the compressed data are cut off; the file is incomplete, get it again") {
        _ = try Gzip.decompress(Array(data[..<count]), limit: 100, name: "x")
      }
    }
  }

  @Test func noticesDamage() {
    let data = Gzip.compress(Array("hello hello hello".utf8))
    // The checksum, the length, the data, the signature.
    for place in [data.count - 8, data.count - 1, 12, 0] {
      var damaged = data
      damaged[place] ^= 0x10
      expectError("x: the compressed data are damaged; get the file again") {
        _ = try Gzip.decompress(damaged, limit: 100, name: "x")
      }
    }
  }

  @Test func noticesRubbishAfterTheEnd() {
    let data = Gzip.compress([1])
    expectError(
      "x: expected the end of the compressed data, found 3 bytes after it; the file is damaged, "
        + "get it again"
    ) { _ = try Gzip.decompress(data + [0, 0, 0], limit: 100, name: "x") }
    expectError("x: the compressed data are damaged; get the file again") {
      _ = try Gzip.decompress(data + [0x1f, 0, 0], limit: 100, name: "x")
    }
  }
}
