/// The two envelopes of `torch.save`: where the pickle lies, and where the elements.
struct PyTorchFile {
  /// A part of the file with the elements of one storage.
  struct Part {
    let bytes: Range<Int>
    /// CRC-32, where the envelope has one.
    let checksum: UInt32?
  }

  let file: InputFile
  let machine: PickleMachine
  /// What was saved.
  let root: PickleValue
  /// The storages by their keys.
  let parts: [String: Part]

  init(_ file: InputFile) throws(DataError) {
    let start = try file.bytes(in: 0..<min(4, file.count))
    if start == [0x50, 0x4b, 3, 4] {
      try self.init(zip: file)
    } else if start.first == 0x80 {
      try self.init(legacy: file)
    } else {
      throw DataError(
        file.name,
        "expected a checkpoint of PyTorch, a zip archive or a pickle of protocol 2 or later, found "
          + "something else; check that this is the right file")
    }
  }

  // MARK: - Zip

  /// Since PyTorch 1.6: an archive of NAME/data.pkl, NAME/data/KEY and others.
  private init(zip file: InputFile) throws(DataError) {
    let archive = try ZipArchive(file)
    let pickles = archive.entries.filter { entry in
      entry.name.hasSuffix("/data.pkl") && entry.name.count(where: { $0 == "/" }) == 1
    }
    guard pickles.count == 1, let pickle = pickles.first else {
      throw DataError(
        file.name,
        "expected a checkpoint of PyTorch with one data.pkl, found a zip archive without; check "
          + "that this is the right file")
    }
    let folder = pickle.name.dropLast("data.pkl".count)
    guard !archive.entries.contains(where: { $0.name.hasPrefix("\(folder)code/") }) else {
      throw DataError(
        file.name,
        "expected tensors, found a TorchScript program; save model.state_dict() with torch.save "
          + "instead")
    }
    var parts: [String: Part] = [:]
    for entry in archive.entries {
      guard !entry.isDeflated else {
        throw DataError(
          file.name,
          "expected entries that are stored, as torch.save writes them, found "
            + "\(quoted(entry.name)) compressed; save it anew with torch.save")
      }
      if entry.name == "\(folder)byteorder" {
        let order = try Self.contents(of: entry, in: archive, limit: 64)
        guard String(decoding: order, as: UTF8.self) == "little" else { throw Self.bigEndian(file) }
      } else if entry.name.hasPrefix("\(folder)data/") {
        let key = String(entry.name.dropFirst(folder.count + 5))
        parts[key] = Part(bytes: entry.bytes, checksum: entry.checksum)
      }
    }
    _ = try Self.contents(of: pickle, in: archive, limit: PickleReader.maximumSize)
    var machine = PickleMachine(PickleReader(file, in: pickle.bytes))
    root = try machine.run()
    self.file = file
    self.machine = machine
    self.parts = parts
  }

  /// A small entry, with its checksum checked.
  private static func contents(
    of entry: ZipArchive.Entry, in archive: ZipArchive, limit: Int
  ) throws(DataError) -> [UInt8] {
    guard entry.count <= limit else {
      throw DataError(
        archive.file.name,
        "expected at most \(limit) bytes in \(quoted(entry.name)), found \(entry.count); save "
          + "model.state_dict() alone")
    }
    var stream = try archive.stream(of: entry)
    let result = try stream.upTo(entry.count)
    try stream.expectEnd()
    return result
  }

  // MARK: - Legacy

  /// The number with which files of the old format begin, 0x1950a86a20f9469cfc6c.
  private static let magicNumber = 119_547_037_146_038_801_333_356.0

  /// Before PyTorch 1.6: five pickles (magic number, version, machine, object, keys of the storages),
  /// then each storage with its size.
  private init(legacy file: InputFile) throws(DataError) {
    var machine = PickleMachine(PickleReader(file, in: 0..<file.count))
    guard case .number(let magic) = try machine.run(),
      abs(magic / Self.magicNumber - 1) < 1e-12
    else {
      throw DataError(
        file.name,
        "expected a checkpoint of PyTorch, found a pickle of something else; write it with "
          + "torch.save")
    }
    guard case .integer(1001) = try machine.run() else {
      throw DataError(
        file.name,
        "expected version 1001 of PyTorch's old format, found another one; save it anew with "
          + "torch.save")
    }
    guard case .dictionary(let machineFacts) = try machine.run() else {
      throw machine.reader.damaged("no description of the machine")
    }
    let facts = machine.containers[machineFacts]
    for place in stride(from: 0, to: facts.count - 1, by: 2)
    where machine.text(facts[place]) == "little_endian" {
      guard case .bool(true) = facts[place + 1] else { throw Self.bigEndian(file) }
    }
    root = try machine.run()
    let keys = try machine.run()
    guard let keys = machine.elements(keys) else {
      throw machine.reader.damaged("no list of storages")
    }
    var sizes: [String: Int] = [:]
    for storage in machine.storages { sizes[storage.key] = storage.element?.byteCount ?? 1 }
    var parts: [String: Part] = [:]
    var position = machine.reader.position
    for key in keys {
      guard let key = machine.text(key), let size = sizes[key], parts[key] == nil,
        file.count - position >= 8
      else { throw machine.reader.damaged("a storage that no tensor needs, or none at all,") }
      let count = try file.bytes(in: position..<position + 8).reversed()
        .reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      position += 8
      guard count <= (file.count - position) / size else {
        throw DataError(
          file.name,
          "expected \(count) elements of \(size) bytes at position \(position), found a file of "
            + "\(plural(file.count, "byte")); it is damaged or incomplete, get it again")
      }
      parts[key] = Part(bytes: position..<position + Int(count) * size, checksum: nil)
      position += Int(count) * size
    }
    guard position == file.count else {
      throw DataError(
        file.name,
        "expected \(plural(position, "byte")), found \(file.count); the file is damaged, get it "
          + "again")
    }
    self.file = file
    self.machine = machine
    self.parts = parts
  }

  private static func bigEndian(_ file: InputFile) -> DataError {
    DataError(
      file.name,
      "expected a file in little-endian byte order, found one of a big-endian machine; save it anew "
        + "on another machine")
  }
}
