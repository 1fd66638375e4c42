import HebbCore
import HebbIO
import HebbTestSupport
import Testing

struct IDXTests {
  let folder = TemporaryFolder()

  private func read(_ bytes: [UInt8], limit: Int = IDX.defaultLimit) throws -> Tensor {
    try IDX.read(InputFile(bytes: bytes, name: "f"), limit: limit)
  }

  @Test func readsBytes() throws {
    let bytes: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]
    let path = folder.write(bytes, "plain")
    let compressed = folder.write(Gzip.compress(bytes), "compressed")
    for tensor in [try read(bytes), try IDX.read(path), try IDX.read(compressed)] {
      #expect(tensor.type == TensorType([2, 3], .uint8))
      #expect(tensor.scalars(as: UInt8.self) == [1, 2, 3, 4, 5, 255])
    }
  }

  @Test func readsOtherTypes() throws {
    let int8 = try read([0, 0, 9, 1, 0, 0, 0, 3, 0x80, 0xff, 0x7f])
    #expect(int8.scalars(as: Int32.self) == [-128, -1, 127])
    let int16 = try read([0, 0, 0xb, 1, 0, 0, 0, 3, 0x80, 0, 0xff, 0xfe, 1, 2])
    #expect(int16.scalars(as: Int32.self) == [-32768, -2, 258])
    let int32 = try read([0, 0, 0xc, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfd])
    #expect(int32.scalars(as: Int32.self) == [-3])
    let float = try read([0, 0, 0xd, 1, 0, 0, 0, 2, 0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0])
    #expect(float.scalars(as: Float.self) == [1.5, -2])
    let double = try read([0, 0, 0xe, 1, 0, 0, 0, 1, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0])
    #expect(double.scalars(as: Double.self) == [1.5])
  }

  @Test func roundTrips() throws {
    let tensors = [
      Tensor((0..<120).map { UInt8($0) }, shape: [2, 3, 4, 5]),
      Tensor([1, -2, .max] as [Int32]), Tensor([1.5, -0.25] as [Float], shape: [2, 1]),
      Tensor([.pi, 1e300] as [Double]), Tensor([] as [UInt8], shape: [0, 28, 28]),
    ]
    for tensor in tensors {
      let bytes = try IDX.encode(tensor)
      for encoded in [bytes, Gzip.compress(bytes)] {
        let copy = try read(encoded)
        #expect(copy.type == tensor.type)
        #expect(copy.withBytes(Array.init) == tensor.withBytes(Array.init))
      }
    }
    // Large enough for several chunks of compressed input.
    let large = Tensor((0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) })
    let copy = try read(Gzip.compress(IDX.encode(large)))
    #expect(copy.scalars(as: UInt8.self) == large.scalars(as: UInt8.self))
  }

  @Test func rejectsOtherFiles() {
    expectError(
      "f: expected 4 bytes of the IDX header, found 2; the file is incomplete, get it again"
    ) { _ = try read([0, 0]) }
    expectError(
      "f: expected an IDX file, which begins with 0 0 and a type code of 8 to 14, found 137 80 78 "
        + "71; check that this is the right file"
    ) { _ = try read([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]) }
    #expect(throws: DataError.self) { try read([0, 0, 10, 1, 0, 0, 0, 0]) }
    for rank: UInt8 in [0, 5, 255] {
      expectError(
        "f: expected an IDX file with 1 to 4 axes, found \(rank); the file is damaged, get it again"
      ) { _ = try read([0, 0, 8, rank, 0, 0, 0, 0]) }
    }
    expectError(
      "f: expected 8 bytes of the IDX header, found 5; the file is incomplete, get it again"
    ) { _ = try read([0, 0, 8, 2, 0, 0, 0, 1, 0]) }
  }

  @Test func sizeMustBeWhatTheHeaderSays() {
    let bytes: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]
    expectError(
      "f: expected 6 bytes of elements, because the header says uint8 of shape [2, 3], found 5; "
        + "the file is damaged or incomplete, get it again"
    ) { _ = try read(bytes.dropLast()) }
    expectError(
      "f: expected 6 bytes of elements, because the header says uint8 of shape [2, 3], found 7; "
        + "the file is damaged or incomplete, get it again"
    ) { _ = try read(bytes + [0]) }
    expectError("f: expected 6 bytes of elements, found 5; the file is incomplete, get it again") {
      _ = try read(Gzip.compress(bytes.dropLast()))
    }
    expectError(
      "f: expected the end of the data, found more bytes after it; the file is damaged, get it "
        + "again"
    ) { _ = try read(Gzip.compress(bytes + [0])) }
    expectError("f: the compressed data are cut off; the file is incomplete, get it again") {
      _ = try read(Gzip.compress(bytes).dropLast(5))
    }
  }

  @Test func absurdSizesTakeNoMemory() {
    let maximum = [UInt8](repeating: 0xff, count: 4)
    // 2¹²⁸ elements, and 2³² with little to come.
    let overflow: [UInt8] = [0, 0, 8, 4] + maximum + maximum + maximum + maximum + [1]
    expectError(
      "f: expected at most 4294967296 bytes of elements, found a header that says uint8 of shape "
        + "[4294967295, 4294967295, 4294967295, 4294967295]; the file is damaged or too large"
    ) { _ = try read(overflow) }
    let large: [UInt8] = [0, 0, 8, 1] + maximum + [1, 2, 3]
    expectError(
      "f: expected 4294967295 bytes of elements, because the header says uint8 of shape "
        + "[4294967295], found 3; the file is damaged or incomplete, get it again"
    ) { _ = try read(large) }
    // Compressed data can become 1032 times as large and no larger.
    #expect {
      try read(Gzip.compress(large))
    } throws: { error in
      "\(error)".hasPrefix(
        "f: expected 4294967295 bytes of elements, because the header says uint8 of shape "
          + "[4294967295], found at most ")
    }
    // A size of zero does not hide the others.
    #expect(throws: DataError.self) {
      try read([0, 0, 8, 4, 0, 0, 0, 0] + maximum + maximum + maximum)
    }
    expectError(
      "f: expected at most 3 bytes of elements, found a header that says uint8 of shape [4]; the "
        + "file is damaged or too large"
    ) { _ = try read([0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3, 4], limit: 3) }
  }

  @Test func encodesOnlyWhatTheFormatHas() {
    expectError(
      "IDX data: expected a tensor of uint8, int32, float32 or float64, found int64; cast it"
    ) { _ = try IDX.encode(Tensor([1] as [Int64])) }
    expectError(
      "IDX data: expected 1 to 4 axes of less than 4294967296 elements, found shape [1, 1, 1, 1, "
        + "1]; reshape it"
    ) { _ = try IDX.encode(Tensor([1] as [UInt8], shape: [1, 1, 1, 1, 1])) }
  }
}
