import HebbCore
import HebbIO
import HebbTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct SafeTensorsTests {
  let folder = TemporaryFolder()

  /// Written by Hugging Face's library safetensors 0.8.0 (`safetensors.torch.save`).
  static let reference = bytes(
    """
    38010000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2269223a7b226474
    797065223a22493634222c227368617065223a5b325d2c22646174615f6f666673657473223a5b302c31365d7d2c2261
    223a7b226474797065223a22463332222c227368617065223a5b5d2c22646174615f6f666673657473223a5b31362c32
    305d7d2c2277223a7b226474797065223a22463332222c227368617065223a5b322c325d2c22646174615f6f66667365
    7473223a5b32302c33365d7d2c2268223a7b226474797065223a2242463136222c227368617065223a5b315d2c226461
    74615f6f666673657473223a5b33362c33385d7d2c2262223a7b226474797065223a22424f4f4c222c22736861706522
    3a5b335d2c22646174615f6f666673657473223a5b33382c34315d7d7d2020200100000000000000ffffffffffffffff
    000000400000803f000000400000404000008040c03f010001
    """)

  let tensors = [
    "w": Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]), "i": Tensor([1, -1] as [Int64]),
    "b": Tensor([true, false, true]), "h": Tensor([BFloat16(1.5)]),
    "a": Tensor([2] as [Float], shape: []),
  ]

  /// A file with this header and data.
  private func file(_ header: String, _ data: [UInt8] = []) -> InputFile {
    InputFile(
      bytes: littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data, name: "f")
  }

  private func expectSame(_ read: [String: Tensor], _ written: [String: Tensor]) {
    #expect(read.keys.sorted() == written.keys.sorted())
    for (name, tensor) in written {
      #expect(read[name]?.type == tensor.type)
      #expect(read[name]?.withBytes(Array.init) == tensor.withBytes(Array.init))
    }
  }

  @Test func readsTheReference() throws {
    let opened = try SafeTensors(InputFile(bytes: Self.reference, name: "f"))
    #expect(opened.names == ["i", "a", "w", "h", "b"])
    #expect(opened.metadata == ["format": "pt"])
    #expect(opened.entry(named: "w")?.type == TensorType([2, 2], .float32))
    expectSame(try opened.tensors(), tensors)
    #expect(try opened.tensor(named: "w").scalars(as: Float.self) == [1, 2, 3, 4])
  }

  @Test func writesTheSameBytesAsTheReference() throws {
    #expect(try SafeTensors.encode(tensors, metadata: ["format": "pt"]) == Self.reference)
    try SafeTensors.write(tensors, metadata: ["format": "pt"], to: folder.file("w"))
    #expect(folder.contents("w") == Self.reference)
  }

  @Test func roundTripsAllTypes() throws {
    var all = tensors
    all["f64"] = Tensor([.pi] as [Double])
    all["f16"] = Tensor([1.5, -2] as [Float16])
    all["i32"] = Tensor([.min, .max] as [Int32])
    all["u8"] = Tensor([0, 255] as [UInt8])
    all["empty"] = Tensor([] as [Float], shape: [2, 0, 3])
    all["deep"] = Tensor([1] as [Float], shape: [1, 1, 1, 1, 1, 1, 1, 1])
    all["naïve \"name\"\n"] = Tensor([1] as [Float])
    let metadata = ["b": "2", "a": "1", "é": "\u{1}"]
    try SafeTensors.write(all, metadata: metadata, to: folder.file("all"))
    let opened = try SafeTensors(path: folder.file("all"))
    #expect(opened.metadata == metadata)
    expectSame(try opened.tensors(), all)
    // Equal tensors, equal bytes, whatever the order of the dictionary.
    for _ in 0..<5 {
      let shuffled = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0.value) }.shuffled())
      #expect(try SafeTensors.encode(shuffled, metadata: metadata) == folder.contents("all"))
    }
  }

  @Test func dataAreAligned() throws {
    for (name, entry) in try SafeTensors(InputFile(bytes: Self.reference, name: "f")).entries.map({
      ($0.name, $0)
    }) {
      #expect(
        entry.bytes.lowerBound.isMultiple(of: entry.type.dtype.byteCount), "\(name)")
    }
  }

  @Test func emptyFiles() throws {
    let opened = try SafeTensors(file("{}"))
    #expect(opened.entries.isEmpty && opened.metadata.isEmpty)
    #expect(try SafeTensors(InputFile(bytes: SafeTensors.encode([:]), name: "f")).entries.isEmpty)
  }

  @Test func namesMissingTensors() throws {
    let opened = try SafeTensors(InputFile(bytes: Self.reference, name: "f"))
    expectError(
      "f: expected a tensor \"x\", found 5 tensors: \"i\", \"a\", \"w\", \"h\", \"b\"; check the "
        + "name"
    ) { _ = try opened.tensor(named: "x") }
    expectError("f: expected a tensor \"x\", found 0 tensors; check the name") {
      _ = try SafeTensors(file("{}")).tensor(named: "x")
    }
  }

  @Test func rejectsBadHeaders() {
    expectError(
      "f: expected a safetensors file of at least 8 bytes, found 3; the file is incomplete, get it "
        + "again"
    ) { _ = try SafeTensors(InputFile(bytes: [1, 2, 3], name: "f")) }
    expectError(
      "f: expected a safetensors file, whose header has at most 2 bytes here, found "
        + "18446744073709551615; it is another kind of file or incomplete"
    ) {
      _ = try SafeTensors(
        InputFile(bytes: [UInt8](repeating: 0xff, count: 8) + [0x7b, 0x7d], name: "f"))
    }
    expectError(
      "f: expected a safetensors file, whose header begins with \"{\", found something else; check "
        + "that this is the right file"
    ) { _ = try SafeTensors(file(" {}")) }
    expectError(
      "f: line 1, column 2: expected a key in quotation marks, found \"x\"; correct the file"
    ) { _ = try SafeTensors(file("{x}")) }
    expectError("f: expected __metadata__ to be an object; the file is damaged") {
      _ = try SafeTensors(file("{\"__metadata__\": 1}"))
    }
    expectError("f: expected a string as metadata \"a\"; the file is damaged, get it again") {
      _ = try SafeTensors(file("{\"__metadata__\": {\"a\": 1}}"))
    }
    let twice = "{\"w\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"w\":{}}"
    expectError(
      "f: line 1, column 54: expected each key once, found \"w\" again; remove one of them"
    ) { _ = try SafeTensors(file(twice)) }
    #expect(throws: DataError.self) {
      try SafeTensors(file(String(repeating: "{\"a\":", count: 100_000)))
    }
  }

  @Test(arguments: [
    "{}", "1", "{\"dtype\":\"F32\",\"shape\":[1]}",
    "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}",
    "{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}",
    "{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}",
    "{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}",
    "{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}",
    "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}",
    "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]}",
  ])
  func rejectsIncompleteEntries(entry: String) {
    expectError(
      "f: expected a dtype, a shape and two data_offsets for \"w\", found something else; the file "
        + "is damaged, get it again"
    ) { _ = try SafeTensors(file("{\"w\":\(entry)}", [0, 0, 0, 0])) }
  }

  /// An entry of the header.
  private func entry(_ name: String, _ dtype: String, _ shape: String, _ offsets: String) -> String
  {
    "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  @Test func rejectsUnknownTypes() {
    expectError(
      "f: expected one of the element types BOOL, U8, F16, BF16, I32, F32, F64, I64 for \"w\", "
        + "found \"F8_E4M3\"; convert that tensor"
    ) { _ = try SafeTensors(file("{\(entry("w", "F8_E4M3", "[1]", "[0,1]"))}", [0])) }
  }

  @Test(arguments: ["[0,5]", "[4,0]", "[-4,0]", "[9223372036854775807,9223372036854775807]"])
  func rejectsDataOutsideTheFile(offsets: String) {
    let shown = offsets.replacing(",", with: ", ")
    expectError(
      "f: expected the data of \"w\" within 4 bytes, found \(shown); the file is damaged or "
        + "incomplete, get it again"
    ) { _ = try SafeTensors(file("{\(entry("w", "F32", "[1]", offsets))}", [0, 0, 0, 0])) }
  }

  @Test(arguments: [
    "[2]", "[]" + " ", "[-1]", "[0]", "[9223372036854775807,9223372036854775807]",
    "[0,9223372036854775807,9223372036854775807]", "[1,1,1,1,1,1,1,1,1]",
    "[4611686018427387905]",
  ])
  func sizeMustBeWhatTheShapeSays(shape: String) {
    #expect {
      try SafeTensors(file("{\(entry("w", "F64", shape, "[0,4]"))}", [0, 0, 0, 0]))
    } throws: {
      "\($0)".hasPrefix("f: expected 4 bytes of data for \"w\", found float64 of shape [")
    }
  }

  @Test func rejectsOverlapsAndGaps() {
    let data = [UInt8](repeating: 0, count: 12)
    func header(_ second: String, _ third: String) -> String {
      let entries = [
        entry("a", "F32", "[1]", "[0,4]"), entry("b", "F32", "[1]", second),
        entry("c", "U8", "[4]", third),
      ]
      return "{\(entries.joined(separator: ","))}"
    }
    #expect(throws: Never.self) { try SafeTensors(file(header("[8,12]", "[4,8]"), data)) }
    expectError(
      "f: expected the data of \"b\" to begin at 4, found 2: tensors overlap or leave a gap; the "
        + "file is damaged, get it again"
    ) { _ = try SafeTensors(file(header("[2,6]", "[8,12]"), data)) }
    #expect(throws: DataError.self) { try SafeTensors(file(header("[0,4]", "[8,12]"), data)) }
    #expect(throws: DataError.self) { try SafeTensors(file(header("[4,8]", "[4,8]"), data)) }
    expectError(
      "f: expected 12 bytes of data, found 13; the file is damaged, get it again"
    ) { _ = try SafeTensors(file(header("[4,8]", "[8,12]"), data + [0])) }
    expectError(
      "f: expected the data of \"b\" to begin at 4, found 5: tensors overlap or leave a gap; the "
        + "file is damaged, get it again"
    ) { _ = try SafeTensors(file(header("[5,9]", "[9,13]"), data + [0])) }
  }

  @Test func truthValuesAreZeroOrOne() throws {
    let opened = try SafeTensors(file("{\(entry("m", "BOOL", "[2]", "[0,2]"))}", [1, 2]))
    expectError(
      "f: expected bytes of 0 or 1 in the bool tensor \"m\", found others; the file is damaged, "
        + "get it again"
    ) { _ = try opened.tensor(named: "m") }
  }

  @Test func everyTruncationIsNoticed() {
    for count in 0..<Self.reference.count {
      #expect(throws: DataError.self) {
        try SafeTensors(InputFile(bytes: Array(Self.reference[..<count]), name: "f"))
      }
    }
  }

  @Test func writingReportsErrors() {
    expectError("f: a tensor cannot be called \"__metadata__\"; rename it") {
      try SafeTensors.write(["__metadata__": Tensor([1] as [Float])], to: "f")
    }
    let path = folder.file("no/f")
    expectError(
      "\(path): cannot be written: its folder does not exist; create it or check the path"
    ) { try SafeTensors.write([:], to: path) }
  }
}

/// A file of a gigabyte is opened by its header: neither time nor memory grows with the elements.
@Suite struct LargeSafeTensorsTests {
  @Test func onlyWhatIsAskedForIsRead() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let count = 1 << 28
      let text =
        "{\"large\":{\"dtype\":\"F32\",\"shape\":[\(count)],\"data_offsets\":[0,\(4 * count)]},"
        + "\"small\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[\(4 * count),"
        + "\(4 * count + 8)]}}"
      let header = littleEndian(UInt64(text.utf8.count)) + Array(text.utf8)
      let path = folder.write(header, "large")
      // A hole in the file, which takes no room on the disk.
      #expect(truncate(path, off_t(header.count + 4 * count + 8)) == 0)
      let before = peakMemory()
      let time = try ContinuousClock().measure {
        let opened = try SafeTensors(path: path)
        #expect(opened.entry(named: "large")?.type == TensorType([count], .float32))
        #expect(try opened.tensor(named: "small").floats() == [0, 0])
      }
      #expect(peakMemory() - before < 8 << 20)
      // Milliseconds; a busy machine is forgiven.
      #expect(time < .seconds(1))
    }
  }
}
