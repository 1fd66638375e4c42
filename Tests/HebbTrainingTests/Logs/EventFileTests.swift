import HebbIO
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct EventFileTests {
  /// The bytes that TensorBoard 2.21's own writer makes of the same events (its RecordWriter and
  /// event_pb2), which its reader was seen to read.
  @Test func bytesAreTensorBoards() throws {
    let folder = TemporaryFolder()
    let file = try EventFile(path: folder.file("events"), resumingAt: 300, now: { 1000.5 })
    try file.add(scalar: 0.25, tag: "train/loss", step: 300)
    // Bins 0...1 and 1...2; a number on an edge counts upwards.
    try file.add(ValueHistogram(of: [0, 1, 2], binCount: 2), tag: "h", step: 301)
    try file.add(text: "all well", tag: "note", step: 302)
    try file.add(png: Array("png".utf8), width: 1, height: 2, tag: "p", step: 303)
    try file.synchronize()
    let found = try #require(folder.contents("events"))
    let hex = found.map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
    let expected =
      "1800000000000000a37f4b22090000000000448f401a0d627261696e2e4576656e743a32aba33345"
      + "100000000000000095fbfe18090000000000448f4010ac023a020801e11333502100000000000000"
      + "017becf6090000000000448f4010ac022a130a110a0a747261696e2f6c6f7373150000803e628dfa"
      + "fe5d00000000000000615bbbb9090000000000448f4010ad022a4f0a4d0a01682a48110000000000"
      + "0000401900000000000008402100000000000008402900000000000014403210000000000000f03f"
      + "00000000000000403a10000000000000f03f0000000000000040da859cf5410000000000000000a9"
      + "c2ab090000000000448f4010ae022a330a310a116e6f74652f746578745f73756d6d617279421208"
      + "071204120208014208616c6c2077656c6c4a080a060a0474657874f11e7231200000000000000029"
      + "eda950090000000000448f4010af022a120a100a0170220b0802100118032203706e677e6ff59b"
    #expect(hex == expected)
  }

  /// The check value of the Castagnoli polynomial (RFC 3720, B.4: 32 zeros, and "123456789").
  @Test func checksumIsCRC32C() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
  }

  @Test func everyRunHasAFileOfItsOwn() throws {
    let folder = TemporaryFolder()
    let names = try (0..<3).map { _ in Folder.lastName(of: try EventFile(folder: folder.path).path)
    }
    #expect(Set(names).count == 3 && names.allSatisfy { $0.hasPrefix("events.out.tfevents.") })
    expectSentence("cannot be written") { _ = try EventFile(folder: folder.file("none")) }
  }
}
