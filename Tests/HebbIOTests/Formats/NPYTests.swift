import HebbCore
import HebbIO
import HebbTestSupport
import Testing

struct NPYTests {
  let folder = TemporaryFolder()

  // Written by NumPy 2.4.6, numpy.lib.format.write_array.
  static let float32 = bytes(
    """
    934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73
    652c20277368617065273a2028322c2033292c207d202020202020202020202020202020202020202020202020202020
    202020202020202020202020202020202020202020202020202020202020200a0000c03f000000c00000404000008040
    0000a0400000c040
    """)

  /// A file of this version with this header and data.
  private func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> InputFile {
    let count = UInt32(header.utf8.count)
    let size = version == 1 ? littleEndian(UInt16(count)) : littleEndian(count)
    return InputFile(
      bytes: [0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(header.utf8) + data,
      name: "f")
  }

  private func header(_ descriptor: String, _ shape: String, isFortran: Bool = false) -> String {
    "{'descr': '\(descriptor)', 'fortran_order': \(isFortran ? "True" : "False"), 'shape': "
      + "\(shape), }\n"
  }

  @Test func readsNumPysFile() throws {
    let tensor = try NPY.read(folder.write(Self.float32, "a.npy"))
    #expect(tensor.type == TensorType([2, 3], .float32))
    #expect(tensor.scalars(as: Float.self) == [1.5, -2, 3, 4, 5, 6])
  }

  @Test func readsAllVersions() throws {
    for version: UInt8 in [1, 2, 3] {
      let tensor = try NPY.read(file(header("|b1", "(3,)"), [1, 0, 1], version: version))
      #expect(tensor.scalars(as: Bool.self) == [true, false, true])
    }
  }

  @Test func readsScalarsAndOddSpacing() throws {
    #expect(try NPY.read(file(header("<f2", "()"), [0, 0x38])).scalars(as: Float16.self) == [0.5])
    let odd = "{\"shape\":(2L,),\"descr\":\"<i4\" , \"fortran_order\":False}"
    let tensor = try NPY.read(file(odd, [1, 0, 0, 0, 2, 0, 0, 0]))
    #expect(tensor.scalars(as: Int32.self) == [1, 2])
  }

  @Test func readsFortranOrder() throws {
    // np.asfortranarray(np.arange(1, 7).reshape(2, 3))
    let columns = [1, 4, 2, 5, 3, 6].flatMap { littleEndian(Int64($0)) }
    let tensor = try NPY.read(file(header("<i8", "(2, 3)", isFortran: true), columns))
    #expect(tensor.scalars(as: Int64.self) == [1, 2, 3, 4, 5, 6])
    // Element [i, j, k] of shape [2, 3, 4] lies at i + 2 j + 6 k.
    let cube = try NPY.read(
      file(header("|u1", "(2, 3, 4)", isFortran: true), (0..<24).map { UInt8($0) }))
    var expected: [UInt8] = []
    for i: UInt8 in 0..<2 {
      for j: UInt8 in 0..<3 {
        for k: UInt8 in 0..<4 { expected.append(i + 2 * j + 6 * k) }
      }
    }
    #expect(cube.scalars(as: UInt8.self) == expected)
    let flat = try NPY.read(file(header("|u1", "(1, 3, 1)", isFortran: true), [1, 2, 3]))
    #expect(flat.scalars(as: UInt8.self) == [1, 2, 3])
    let empty = try NPY.read(file(header("|u1", "(2, 0, 3)", isFortran: true), []))
    #expect(empty.shape == [2, 0, 3])
  }

  @Test func roundTrips() throws {
    let tensors = [
      Tensor([1.5, -2] as [Float]), Tensor([.pi] as [Double], shape: []),
      Tensor([1, 2, 3, 4, 5, 6] as [Float16], shape: [1, 2, 3]), Tensor([.min] as [Int32]),
      Tensor([1, 2] as [Int64], shape: [2, 1]), Tensor([0, 255] as [UInt8]), Tensor([true, false]),
      Tensor([] as [Float], shape: [0, 4]),
    ]
    for tensor in tensors {
      let path = folder.file("a.npy")
      try NPY.write(tensor, to: path)
      let copy = try NPY.read(path)
      #expect(copy.type == tensor.type)
      #expect(copy.withBytes(Array.init) == tensor.withBytes(Array.init))
      let bytes = try #require(folder.contents("a.npy"))
      #expect((bytes.count - tensor.type.byteCount).isMultiple(of: 64))
    }
  }

  @Test func rejectsOtherFiles() {
    expectError(
      "f: expected 8 bytes of the NumPy header, found 2; the file is incomplete, get it again"
    ) { _ = try NPY.read(InputFile(bytes: [0x93, 0x4e], name: "f")) }
    expectError(
      "f: expected a NumPy array, which begins with \\x93NUMPY, found something else; check that "
        + "this is the right file"
    ) { _ = try NPY.read(InputFile(bytes: Array("PK345678".utf8), name: "f")) }
    expectError("f: expected version 1, 2 or 3 of NumPy's format, found 4; save the array anew") {
      _ = try NPY.read(file(header("<f4", "()"), [0, 0, 0, 0], version: 4))
    }
    expectError(
      "f: expected a header of at most 65536 bytes, found 65537; the file is damaged, get it again"
    ) { _ = try NPY.read(file(String(repeating: " ", count: 65537), [], version: 2)) }
  }

  @Test(arguments: [
    "", "{}", "[]", "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", "{'descr': '<f4",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1), }",
  ])
  func rejectsBadHeaders(header: String) {
    expectError(
      "f: expected a header with descr, fortran_order and shape, found something else; the file is "
        + "damaged or holds records, save a plain array"
    ) { _ = try NPY.read(file(header, [0, 0, 0, 0])) }
  }

  /// `numpy.array(..., dtype=...)`; Fortran order too.
  @Test func integersThatTensorsDoNotHaveGrow() throws {
    func read(_ descriptor: String, _ shape: String, _ data: [UInt8]) throws -> Tensor {
      try NPY.read(file(header(descriptor, shape), data))
    }
    let int8 = try read("|i1", "(3,)", [0xff, 0x80, 0x7f])
    #expect(int8.type == TensorType([3], .int32) && int8.integers() == [-1, -128, 127])
    let int16 = try read("<i2", "(1, 2)", [0xfe, 0xff, 0x00, 0x80])
    #expect(int16.type == TensorType([1, 2], .int32) && int16.integers() == [-2, -32768])
    let uint16 = try read("<u2", "(1,)", [0xff, 0xff])
    #expect(uint16.dtype == .int32 && uint16.integers() == [65535])
    let uint32 = try read("<u4", "(1,)", [0xff, 0xff, 0xff, 0xff])
    #expect(uint32.dtype == .int64 && uint32.integers() == [4_294_967_295])
    let columns = header("|i1", "(2, 3)", isFortran: true)
    let turned = try NPY.read(file(columns, [1, 4, 2, 5, 3, 6]))
    #expect(turned.integers() == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: [">f4", "<c8", "|O", "<U5", "<u8", ">i2", ""])
  func rejectsOtherTypes(descriptor: String) {
    expectError(
      "f: expected elements of type <f4, <f8, <f2, <i4, <i8, |u1, |b1, |i1, <i2, <u2, <u4, "
        + "found \"\(descriptor)\"; convert the array with astype"
    ) { _ = try NPY.read(file(header(descriptor, "(1,)"), [0, 0, 0, 0])) }
  }

  @Test func sizeMustBeWhatTheHeaderSays() {
    for (data, found) in [([0, 0, 0], "3"), ([0, 0, 0, 0, 0], "5")] as [([UInt8], String)] {
      expectError(
        "f: expected 4 bytes of elements, because the header says float32[1], found \(found); the "
          + "file is damaged or incomplete, get it again"
      ) { _ = try NPY.read(file(header("<f4", "(1,)"), data)) }
    }
    expectError(
      "f: expected 4000000000 bytes of elements, because the header says float32[1000000000], "
        + "found 0; the file is damaged or incomplete, get it again"
    ) { _ = try NPY.read(file(header("<f4", "(1000000000,)"), [])) }
    expectError(
      "f: expected at most 17179869184 bytes of elements, found a header that says float32 of "
        + "shape [4000000000, 4000000000, 4000000000]; the file is damaged or too large"
    ) { _ = try NPY.read(file(header("<f4", "(4000000000, 4000000000, 4000000000)"), [])) }
    #expect(throws: DataError.self) {
      try NPY.read(file(header("<f4", "(0, 4000000000, 4000000000)"), []))
    }
    #expect(throws: DataError.self) {
      try NPY.read(file(header("|u1", "(5,)"), [1, 2, 3, 4, 5]), limit: 4)
    }
  }

  @Test func truthValuesAreZeroOrOne() {
    expectError(
      "f: expected bytes of 0 or 1 in an array of bool, found others; the file is damaged, get it "
        + "again"
    ) { _ = try NPY.read(file(header("|b1", "(2,)"), [1, 2])) }
  }

  @Test func namesTypesThatNumPyDoesNotHave() {
    expectError("NumPy data: expected a type that NumPy has, found bfloat16; cast it to float32") {
      _ = try NPY.encode(Tensor([BFloat16(1)]))
    }
  }
}
