import HebbCore
import HebbIO
import HebbTestSupport
import Testing

struct NPZTests {
  let folder = TemporaryFolder()

  // Written by NumPy 2.4.6: savez(a=int32 [1, 2], b=uint8 [[7]]), with zip64 fields in the local
  // headers, and savez_compressed(a=zeros(100)).
  static let stored = bytes(
    """
    504b03042d0000000000000021000bf9aa2dffffffffffffffff05001400612e6e707901001000880000000000000088
    00000000000000934e554d5059010076007b276465736372273a20273c6934272c2027666f727472616e5f6f72646572
    273a2046616c73652c20277368617065273a2028322c292c207d20202020202020202020202020202020202020202020
    20202020202020202020202020202020202020202020202020202020202020202020202020200a010000000200000050
    4b03042d0000000000000021002fc3e159ffffffffffffffff05001400622e6e70790100100081000000000000008100
    000000000000934e554d5059010076007b276465736372273a20277c7531272c2027666f727472616e5f6f7264657227
    3a2046616c73652c20277368617065273a2028312c2031292c207d202020202020202020202020202020202020202020
    202020202020202020202020202020202020202020202020202020202020202020202020200a07504b01022d032d0000
    000000000021000bf9aa2d8800000088000000050000000000000000000000800100000000612e6e7079504b01022d03
    2d0000000000000021002fc3e15981000000810000000500000000000000000000008001bf000000622e6e7079504b05
    06000000000200020066000000770100000000
    """)
  static let compressed = bytes(
    """
    504b03042d0000000800000021007c7d9d1affffffffffffffff05001400612e6e707901001000a0030000000000004e
    000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a
    12774bcc294e058a17672416a402f91a8606063a9a3a0ab50a64032e8651300a46014e0000504b01022d032d00000008
    00000021007c7d9d1a4e000000a0030000050000000000000000000000800100000000612e6e7079504b050600000000
    0100010033000000850000000000
    """)

  private func read(_ bytes: [UInt8], limit: Int = NPY.defaultLimit) throws -> [String: Tensor] {
    try NPZ.read(InputFile(bytes: bytes, name: "f"), limit: limit)
  }

  @Test func readsNumPysFiles() throws {
    let arrays = try NPZ.read(folder.write(Self.stored, "a.npz"))
    #expect(arrays.keys.sorted() == ["a", "b"])
    #expect(arrays["a"]?.scalars(as: Int32.self) == [1, 2])
    #expect(arrays["b"]?.type == TensorType([1, 1], .uint8))
    #expect(arrays["b"]?.scalars(as: UInt8.self) == [7])
    let zeros = try read(Self.compressed)
    #expect(zeros["a"]?.scalars(as: Double.self) == [Double](repeating: 0, count: 100))
  }

  @Test(arguments: [true, false]) func roundTrips(isCompressed: Bool) throws {
    let arrays = [
      "x": Tensor((0..<1_000).map { Float($0) }, shape: [10, 100]),
      "layer.0/weight é": Tensor([1, 2] as [Int64]), "empty": Tensor([] as [UInt8]),
    ]
    let path = folder.file("a.npz")
    try NPZ.write(arrays, isCompressed: isCompressed, to: path)
    let copies = try NPZ.read(path)
    #expect(copies.keys.sorted() == arrays.keys.sorted())
    for (name, tensor) in arrays {
      #expect(copies[name]?.type == tensor.type)
      #expect(copies[name]?.withBytes(Array.init) == tensor.withBytes(Array.init))
    }
    #expect(try NPZ.encode(arrays, isCompressed: isCompressed) == folder.contents("a.npz"))
    #expect(try read(NPZ.encode([:])).isEmpty)
  }

  @Test func rejectsOtherFiles() {
    let sentence =
      "f: expected a zip archive, found no directory at the end; the file is incomplete or of "
      + "another kind"
    expectError(sentence) { _ = try read([]) }
    expectError(sentence) { _ = try read([UInt8](repeating: 0, count: 100)) }
    expectError(sentence) { _ = try read(Self.stored.dropLast()) }
    expectError(sentence) { _ = try read(Self.stored + [0]) }
    let text = Samples.archive(of: [1, 2, 3], isDeflated: false).replacing(
      Array("a.npy".utf8), with: Array("a.txt".utf8))
    expectError(
      "f: expected an archive of .npy files, found \"a.txt\"; check that this is the right file"
    ) { _ = try read(text) }
  }

  @Test func noticesDamage() {
    var damaged = Self.stored
    damaged[damaged.firstIndex(of: 0x0a)! + 1] ^= 0x40
    #expect(throws: DataError.self) { try read(damaged) }
    // The last element of a.
    let place = 187
    damaged = Self.stored
    damaged[place] ^= 0x40
    expectError("f/a.npy: the checksum is wrong: the data are damaged; get the file again") {
      _ = try read(damaged)
    }
    damaged = Self.compressed
    damaged[60] ^= 0x40
    #expect(throws: DataError.self) { try read(damaged) }
  }

  @Test func rejectsOverlapsAndDuplicates() throws {
    // The second entry of the directory points to the data of the first.
    var overlapping = Self.stored
    let directory = try #require(overlapping.lastRange(of: bytes("504b0102")))
    let offset = directory.lowerBound + 42
    overlapping.replaceSubrange(offset..<offset + 4, with: [0, 0, 0, 0])
    expectError(
      "f: expected a zip archive, found entries that overlap; the file is damaged, get it again"
    ) { _ = try read(overlapping) }
    // The first entry reaches into the header of the second.
    overlapping = Self.stored
    let first = try #require(overlapping.firstRange(of: bytes("504b0102"))).lowerBound
    for size in [first + 20, first + 24] { overlapping[size] += 16 }
    expectError(
      "f: expected a zip archive, found entries that overlap; the file is damaged, get it again"
    ) { _ = try read(overlapping) }
    let twice = Self.stored.replacing(Array("b.npy".utf8), with: Array("a.npy".utf8))
    expectError("f: expected each entry once, found \"a.npy\" again; write the archive anew") {
      _ = try read(twice)
    }
  }

  @Test func rejectsOtherMethods() {
    // In the directory of `compressed`: the method, and the flag of encryption.
    let directory = Self.compressed.count - 22 - 51
    var bytes = Self.compressed
    bytes[directory + 10] = 12
    expectError(
      "f: expected entries that are stored or deflated, found \"a.npy\" with method 12; write the "
        + "archive anew"
    ) { _ = try read(bytes) }
    bytes = Self.compressed
    bytes[directory + 8] = 1
    expectError(
      "f: expected entries that are stored or deflated, found \"a.npy\" with method 8, encrypted; "
        + "write the archive anew"
    ) { _ = try read(bytes) }
  }

  @Test func limitIsForAllArrays() throws {
    #expect(try read(Self.stored, limit: 9).count == 2)
    expectError(
      "f/b.npy: expected at most 0 bytes of elements, found a header that says uint8 of shape [1, "
        + "1]; the file is damaged or too large"
    ) { _ = try read(Self.stored, limit: 8) }
  }

  @Test func readsLargeArchives() throws {
    // Zip64's records for the place of the directory, as archives beyond 4 GiB have them.
    let end = Self.stored.count - 22
    let start = end - 0x66
    var record = littleEndian(UInt32(0x0606_4b50)) + littleEndian(UInt64(44))
    record += littleEndian(UInt32(0x002d_002d)) + littleEndian(UInt64(0))
    record += littleEndian(UInt64(2)) + littleEndian(UInt64(2)) + littleEndian(UInt64(0x66))
    record += littleEndian(UInt64(start))
    let locator =
      littleEndian(UInt32(0x0706_4b50)) + littleEndian(UInt32(0)) + littleEndian(UInt64(end))
      + littleEndian(UInt32(1))
    var last = Array(Self.stored[end...])
    last.replaceSubrange(8..<20, with: [UInt8](repeating: 0xff, count: 12))
    let large = Self.stored[..<end] + record + locator + last
    #expect(try read(Array(large)).count == 2)
    // Sizes and place of an entry in zip64's extra field.
    let contents = try NPY.encode(Tensor([1, 2, 3] as [UInt8]))
    let archive = Samples.archive(of: contents, isDeflated: false)
    let entry = archive.count - 22 - 51
    var directory = Array(archive[entry..<entry + 51])
    directory.replaceSubrange(20..<28, with: [UInt8](repeating: 0xff, count: 8))
    directory.replaceSubrange(30..<32, with: littleEndian(UInt16(20)))
    directory += littleEndian(UInt16(1)) + littleEndian(UInt16(16))
    directory += littleEndian(UInt64(contents.count)) + littleEndian(UInt64(contents.count))
    var tail = Array(archive.suffix(22))
    tail.replaceSubrange(12..<16, with: littleEndian(UInt32(directory.count)))
    let arrays = try read(Array(archive[..<entry]) + directory + tail)
    #expect(arrays["a"]?.scalars(as: UInt8.self) == [1, 2, 3])
  }
}

extension [UInt8] {
  /// The last place of `pattern`.
  fileprivate func lastRange(of pattern: [UInt8]) -> Range<Int>? {
    stride(from: count - pattern.count, through: 0, by: -1)
      .first { Array(self[$0..<$0 + pattern.count]) == pattern }
      .map { $0..<$0 + pattern.count }
  }
}
