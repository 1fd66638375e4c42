import HebbCore
import HebbIO
import HebbTestSupport
import Testing

struct PyTorchCheckpointTests {
  /// The path of a file of `Tests/Goldens/checkpoints`, written by `Tools/golden/checkpoints.py`.
  static func path(_ name: String) -> String {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/") + "/Goldens/checkpoints/" + name
  }

  static func bytes(_ name: String) throws -> [UInt8] { try FileReading.bytes(of: path(name)) }

  /// All element types, views with strides, shared and empty storages, parameters, a channels-last
  /// image, an expanded element, nested containers: as NumPy has them.
  @Test(arguments: ["zip.pt", "legacy.pt", "protocol4.pt"])
  func readsWhatPyTorchWrote(name: String) throws {
    let checkpoint = try PyTorchCheckpoint(path: Self.path(name))
    let expected = try SafeTensors(path: Self.path("expected.safetensors")).tensors()
    let suffix = " as float32"
    let names = expected.keys.map { $0.hasSuffix(suffix) ? String($0.dropLast(suffix.count)) : $0 }
    #expect(checkpoint.names.sorted() == names.sorted())
    for (name, tensor) in expected {
      if name.hasSuffix(suffix) {
        let read = try checkpoint.tensor(named: String(name.dropLast(suffix.count)))
        #expect(read.dtype == .bfloat16 && read.doubles() == tensor.doubles())
      } else {
        let read = try checkpoint.tensor(named: name)
        #expect(read.type == tensor.type, "\(name)")
        #expect(checkpoint.entry(named: name)?.type == tensor.type)
        #expect(read.withBytes(Array.init) == tensor.withBytes(Array.init), "\(name)")
      }
    }
    // In the order of the dictionaries, not of the storages.
    #expect(checkpoint.names.prefix(2) == ["model.0.weight", "model.0.bias"])
  }

  @Test(arguments: ["zip.pt", "legacy.pt", "protocol4.pt"])
  func keepsValuesBesideTheTensors(name: String) throws {
    let values = try #require(try PyTorchCheckpoint(path: Self.path(name)).values["values"])
    #expect(
      values == [
        "epoch": 17, "best": 0.5, "name": "naïve \"model\"\n", "done": true, "nothing": nil,
        "large": 1_099_511_627_776, "negative": -3, "short": 300,
        "huge": 1_180_591_620_717_411_303_424.0, "bytes": nil, "size": [2, 3],
        "dtype": nil, "device": "cuda:1", "lists": [[1, 2], [], ["a": []]], "7": "seven",
        "set": [5], "counts": ["a": 2], "groups": ["x": [1]],
      ])
  }

  @Test func readsATensorAloneAndLists() throws {
    let alone = try PyTorchCheckpoint(path: Self.path("tensor.pt"))
    #expect(alone.names == ["tensor"] && alone.entries[0].type == TensorType([2, 3], .float32))
    let list = try PyTorchCheckpoint(path: Self.path("list.pt"))
    #expect(list.names == ["0", "1"] && list.values == [nil, nil])
  }

  @Test func weightsAreThoseOfTheStateDictionary() throws {
    let file = InputFile(bytes: try Self.bytes("zip.pt"), name: "f")
    let weights = try PyTorchCheckpoint(file).weights()
    // Without "epoch" beside it, "model" is a part of the model.
    #expect(weights["model.0.weight"] != nil && weights["scalar"]?.item() == 2.5)
  }

  @Test(arguments: [
    (
      "model",
      "\"torch.nn.modules.linear.Linear\", which only running code from the file could rebuild; "
        + "save model.state_dict() or plain tensors instead"
    ),
    (
      "sparse",
      "\"torch._utils._rebuild_sparse_tensor\", which belongs to a sparse tensor; save "
        + "tensor.to_dense()"
    ),
    (
      "complex",
      "\"torch.ComplexFloatStorage\", which belongs to complex numbers; save "
        + "torch.view_as_real(tensor)"
    ),
    (
      "quantized",
      "\"torch._utils._rebuild_qtensor\", which belongs to a quantized tensor; save "
        + "tensor.dequantize()"
    ),
    (
      "attack",
      "\"posix.system\", which only running code from the file could rebuild; save "
        + "model.state_dict() or plain tensors instead"
    ),
  ])
  func refusesByName(name: String, reason: String) throws {
    let file = InputFile(bytes: try Self.bytes("refused_\(name).pt"), name: "f")
    expectError("f: expected tensors, numbers, texts and containers, found \(reason)") {
      _ = try PyTorchCheckpoint(file)
    }
  }

  @Test func refusesOtherFiles() throws {
    func expectRefusal(_ bytes: [UInt8], _ sentence: String) {
      expectError("f: " + sentence) {
        _ = try PyTorchCheckpoint(InputFile(bytes: bytes, name: "f"))
      }
    }
    let other =
      "expected a checkpoint of PyTorch, a zip archive or a pickle of protocol 2 or later, found "
      + "something else; check that this is the right file"
    expectRefusal([], other)
    expectRefusal(Array("hello".utf8), other)
    expectRefusal(
      try Self.bytes("refused_script.pt"),
      "expected tensors, found a TorchScript program; save model.state_dict() with torch.save "
        + "instead")
    expectRefusal(
      try NPZ.encode(["a": Tensor([1.0])]),
      "expected a checkpoint of PyTorch with one data.pkl, found a zip archive without; check that "
        + "this is the right file")
    // pickle.dumps(1, 2)
    expectRefusal(
      [0x80, 2, 0x4b, 1, 0x2e],
      "expected a checkpoint of PyTorch, found a pickle of something else; write it with torch.save"
    )
    let bigEndian =
      "expected a file in little-endian byte order, found one of a big-endian machine; "
      + "save it anew on another machine"
    // The length of the name little_endian, the name, its memo, NEWTRUE.
    let legacy = try Self.bytes("tensor.pt")
    let place = try #require(legacy.firstRange(of: Array("little_endian".utf8)))
    var turned = legacy
    let truth = try #require(turned[place.upperBound...].firstIndex(of: 0x88))
    turned[truth] = 0x89
    expectRefusal(turned, bigEndian)
  }

  @Test func damagedElementsShowByTheirChecksum() throws {
    var bytes = try Self.bytes("list.pt")
    let original = try PyTorchCheckpoint(InputFile(bytes: bytes, name: "f")).tensor(named: "0")
    let elements = original.withBytes(Array.init)
    let place = try #require(bytes.firstRange(of: elements)?.lowerBound)
    bytes[place] ^= 1
    expectError(
      "f: the checksum of the tensor \"0\" is wrong: the file is damaged, get it again"
    ) { _ = try PyTorchCheckpoint(InputFile(bytes: bytes, name: "f")).tensors() }
  }

  // MARK: - Hostile pickles

  /// A file in the old format that holds this pickle and no storages.
  private func legacy(_ pickle: [UInt8], storages: [UInt8] = [0x80, 2, 0x5d, 0x2e]) -> InputFile {
    let magic: [UInt8] = [
      0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    let version: [UInt8] = [0x80, 2, 0x4d, 0xe9, 3, 0x2e]
    let machine: [UInt8] = [0x80, 2, 0x7d, 0x2e]
    return InputFile(bytes: magic + version + machine + pickle + storages, name: "f")
  }

  @Test func bombsAreBounded() throws {
    // A list of the same list twice, forty times: 2⁴⁰ values.
    var bomb: [UInt8] = [0x80, 2, 0x5d]
    for _ in 0..<40 { bomb += [0x32, 0x86] }
    // Deep nesting: 200,000 tuples in one another, which recursion could not free.
    let deep: [UInt8] = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 200_000) + [0x2e]
    for pickle in [bomb + [0x2e], deep] {
      #expect(throws: DataError.self) { try PyTorchCheckpoint(legacy(pickle)) }
    }
    // A list of 65536 elements copied again and again.
    var copies: [UInt8] = [0x80, 2, 0x5d, 0x28] + [UInt8](repeating: 0x4e, count: 65_536) + [0x65]
    copies += [0x71, 0]
    for _ in 0..<10_000 {
      copies += Array("c__builtin__\nset\n".utf8) + [0x68, 0, 0x85, 0x52, 0x30]
    }
    #expect(throws: DataError.self) { try PyTorchCheckpoint(legacy(copies + [0x2e])) }
    // A text that claims four gigabytes.
    #expect(throws: DataError.self) {
      try PyTorchCheckpoint(legacy([0x80, 2, 0x58, 0xff, 0xff, 0xff, 0xff, 0x2e]))
    }
    // A list that contains itself.
    let cycle: [UInt8] = [0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e]
    #expect(throws: DataError.self) { try PyTorchCheckpoint(legacy(cycle)) }
  }

  @Test func tensorsBeyondTheLimitAreRefused() throws {
    let file = InputFile(bytes: try Self.bytes("tensor.pt"), name: "f")
    expectError(
      "f: expected tensors of at most 10 bytes, found more with \"tensor\", float32[2, 3]; save "
        + "them with .clone(), or read them with a larger limit"
    ) { _ = try PyTorchCheckpoint(file, limit: 10) }
  }

  @Test func unknownNamesAreListed() throws {
    let list = try PyTorchCheckpoint(InputFile(bytes: Self.bytes("list.pt"), name: "f"))
    expectError("f: expected a tensor \"weight\", found 2 tensors: \"0\", \"1\"; check the name") {
      _ = try list.tensor(named: "weight")
    }
  }
}
