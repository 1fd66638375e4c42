import HebbCore

/// A checkpoint of PyTorch, as `torch.save` writes it: `.pt`, `.pth`, `.th` or `.bin`, in the zip
/// format of today or in the older one. Nothing in it is executed.
///
/// Tensors may stand in dictionaries, lists and tuples, nested at will; the path to a tensor, joined
/// by periods, is its name. They are read when they are asked for. What else is there (numbers,
/// texts) is in `values`. All element types are known that a tensor can have here, and 8- and 16-bit
/// signed integers, which become `int32`; sparse, quantized and complex tensors, big-endian files
/// and Python objects of other classes are errors that name what was found.
///
/// - SeeAlso: PyTorch's `torch/serialization.py`.
public struct PyTorchCheckpoint: Sendable {
  /// One tensor of the file.
  public struct Entry: Sendable {
    /// The path to it, joined by periods; `tensor` where the file is one tensor alone.
    public let name: String
    /// Shape and element type.
    public let type: TensorType

    fileprivate let element: PickleElement
    fileprivate let strides: [Int]
    /// The part of the file between the first and the last element.
    fileprivate let bytes: Range<Int>
    /// Of these bytes, where they are all that the checksum was made of.
    fileprivate let checksum: UInt32?
  }

  /// The file.
  public let file: InputFile
  /// The tensors in the order in which they were saved.
  public let entries: [Entry]
  /// All numbers and texts, with the containers around them. Tensors are left out of dictionaries
  /// and null in lists; bytes are null.
  public let values: JSONValue
  private let index: [String: Int]

  /// Opens a file and checks what it describes.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest number of bytes of all tensors together. Nil for eight times the size of
  ///     the file and 64 MiB: tensors may share elements, or repeat one many times.
  /// - Throws: `DataError` if the file cannot be read, is damaged, is of another kind, or holds what
  ///   only Python could rebuild.
  public init(path: String, limit: Int? = nil) throws(DataError) {
    try self.init(InputFile(path: path), limit: limit)
  }

  /// Checks what an open file describes.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - limit: As for a path.
  /// - Throws: As for a path.
  public init(_ file: InputFile, limit: Int? = nil) throws(DataError) {
    let contents = try PyTorchFile(file)
    var walk = Walk(contents, limit: limit ?? 8 * min(file.count, 1 << 50) + 1 << 26)
    values = try walk.visit(contents.root, path: "", depth: 0)
    entries = walk.entries
    index = walk.index
    self.file = file
  }

  /// The names of the tensors in the order in which they were saved.
  public var names: [String] { entries.map(\.name) }

  /// The tensor of a name as the file describes it; nil if there is none.
  public func entry(named name: String) -> Entry? { index[name].map { entries[$0] } }

  /// Reads one tensor.
  ///
  /// - Throws: `DataError` if there is none of that name, it is damaged, or the file cannot be read.
  public func tensor(named name: String) throws(DataError) -> Tensor {
    guard let entry = entry(named: name) else {
      throw DataError(noTensor: name, among: names, in: file.name)
    }
    return try tensor(entry)
  }

  /// Reads all tensors.
  ///
  /// - Throws: `DataError` if one is damaged, or the file cannot be read.
  public func tensors() throws(DataError) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for entry in entries { result[entry.name] = try tensor(entry) }
    return result
  }

  /// Reads the weights of the model: the tensors of the dictionary `state_dict`,
  /// `model_state_dict`, `state_dict_ema` or `model` where there is one, as training scripts save
  /// it, else all tensors.
  ///
  /// - Throws: As `tensors()`.
  public func weights() throws(DataError) -> [String: Tensor] {
    let prefixes = ["state_dict.", "model_state_dict.", "state_dict_ema.", "model."]
    // A model may have a part that is called "model": then there are tensors beside it.
    let prefix = prefixes.first { prefix in
      let isInside = { (name: String) in name.hasPrefix(prefix) }
      return names.contains(where: isInside) && (prefix != "model." || hasOptimizer)
    }
    guard let prefix else { return try tensors() }
    var result: [String: Tensor] = [:]
    for entry in entries where entry.name.hasPrefix(prefix) {
      result[String(entry.name.dropFirst(prefix.count))] = try tensor(entry)
    }
    return result
  }

  private var hasOptimizer: Bool {
    values["optimizer"] != nil || values["epoch"] != nil || values["args"] != nil
      || values["optimizer_state_dict"] != nil
  }

  private func tensor(_ entry: Entry) throws(DataError) -> Tensor {
    try Tensor(type: entry.type) { (target) throws(DataError) in
      let elements = StridedElements(entry.element, Array(entry.type.shape), entry.strides)
      if elements.isContiguous, !elements.grows {
        try file.read(at: entry.bytes.lowerBound, into: target)
        try check(entry, UnsafeRawBufferPointer(target))
      } else {
        let source = UnsafeMutableRawBufferPointer.allocate(
          byteCount: entry.bytes.count, alignment: 16)
        defer { source.deallocate() }
        try file.read(at: entry.bytes.lowerBound, into: source)
        try check(entry, UnsafeRawBufferPointer(source))
        elements.gather(UnsafeRawBufferPointer(source), into: target)
      }
      guard entry.type.dtype != .bool || target.allSatisfy({ $0 <= 1 }) else {
        throw DataError(
          file.name,
          "expected bytes of 0 or 1 in the bool tensor \(quoted(entry.name)), found others; the "
            + "file is damaged, get it again")
      }
    }
  }

  private func check(_ entry: Entry, _ bytes: UnsafeRawBufferPointer) throws(DataError) {
    guard let checksum = entry.checksum, crc32(0, of: bytes) != checksum else { return }
    throw DataError(
      file.name,
      "the checksum of the tensor \(quoted(entry.name)) is wrong: the file is damaged, get it again"
    )
  }
}

extension PyTorchCheckpoint {
  /// Finds tensors and values in what was saved. A small file can describe a huge tree by naming the
  /// same list again and again: the walk is bounded.
  private struct Walk {
    let contents: PyTorchFile
    let limit: Int
    var entries: [Entry] = []
    var index: [String: Int] = [:]
    private var visitCount = 0
    private var nameSize = 0
    private var byteCount = 0

    private static let maximumDepth = 64
    private static let maximumVisits = 1 << 21
    private static let maximumNameSize = 1 << 26

    init(_ contents: PyTorchFile, limit: Int) {
      self.contents = contents
      self.limit = limit
    }

    private func error(_ problem: String) -> DataError { DataError(contents.file.name, problem) }

    /// The values below one; tensors are noted.
    mutating func visit(
      _ value: PickleValue, path: String, depth: Int
    ) throws(DataError) -> JSONValue {
      visitCount += 1
      nameSize += path.utf8.count
      guard depth <= Self.maximumDepth, visitCount <= Self.maximumVisits,
        nameSize <= Self.maximumNameSize
      else {
        throw error(
          "expected containers at most \(Self.maximumDepth) deep with \(Self.maximumVisits) values "
            + "in all, found more; save model.state_dict() alone")
      }
      let machine = contents.machine
      switch value {
      case .none, .bytes, .global, .storage: return .null
      case .bool(let value): return .bool(value)
      case .integer(let value): return .integer(value)
      case .number(let value): return .number(value)
      case .string(let place): return .string(machine.strings[place])
      case .tensor(let place):
        try note(machine.tensors[place], name: path.isEmpty ? "tensor" : path)
        return .null
      case .list(let place), .tuple(let place), .set(let place):
        var elements: [JSONValue] = []
        for (position, element) in machine.containers[place].enumerated() {
          elements.append(try visit(element, path: join(path, "\(position)"), depth: depth + 1))
        }
        return .array(elements)
      case .dictionary(let place): return .object(try members(place, path: path, depth: depth))
      }
    }

    private mutating func members(
      _ place: Int, path: String, depth: Int
    ) throws(DataError) -> JSONObject {
      var object = JSONObject()
      let items = contents.machine.containers[place]
      for place in stride(from: 0, to: items.count, by: 2) {
        let key = try name(of: items[place])
        let value = try visit(items[place + 1], path: join(path, key), depth: depth + 1)
        if case .tensor = items[place + 1] { continue }
        guard object.insert(key, value) else { throw repeated(join(path, key)) }
      }
      return object
    }

    private func name(of key: PickleValue) throws(DataError) -> String {
      switch key {
      case .string(let place): return contents.machine.strings[place]
      case .integer(let value): return String(value)
      case .number(let value): return String(value)
      case .bool(let value): return value ? "True" : "False"
      case .none: return "None"
      default:
        throw error(
          "expected texts or numbers as keys of dictionaries, found something else; save "
            + "model.state_dict() alone")
      }
    }

    private func join(_ path: String, _ name: String) -> String {
      path.isEmpty ? name : path + "." + name
    }

    private func repeated(_ name: String) -> DataError {
      error("expected each name once, found \(quoted(name)) again; rename one of the two")
    }

    /// Checks a tensor against its storage.
    private mutating func note(_ tensor: PickleTensor, name: String) throws(DataError) {
      let storage = contents.machine.storages[tensor.storage]
      let width = tensor.element.byteCount
      guard let part = contents.parts[storage.key] else {
        throw error(
          "expected the elements of \(quoted(name)) in the storage \(quoted(storage.key)), found "
            + "none of that name; the file is damaged or incomplete, get it again")
      }
      guard let type = checkedType(tensor.sizes, tensor.element.dtype),
        tensor.strides.count == tensor.sizes.count,
        let place = Self.place(of: tensor, in: storage, of: part.bytes.count / width)
      else {
        throw error(
          "expected the tensor \(quoted(name)) within \(plural(part.bytes.count, "byte")), found "
            + "\(tensor.element) of shape \(bracketed(tensor.sizes)) with strides "
            + "\(bracketed(tensor.strides)) from element \(tensor.offset); the file is damaged, get "
            + "it again")
      }
      byteCount += min(type.byteCount, limit + 1)
      guard byteCount <= limit else {
        throw error(
          "expected tensors of at most \(plural(limit, "byte")), found more with \(quoted(name)), "
            + "\(type); save them with .clone(), or read them with a larger limit")
      }
      guard index.updateValue(entries.count, forKey: name) == nil else { throw repeated(name) }
      let start = part.bytes.lowerBound
      let bytes = start + place.lowerBound * width..<start + place.upperBound * width
      entries.append(
        Entry(
          name: name, type: type, element: tensor.element, strides: tensor.strides, bytes: bytes,
          checksum: bytes == part.bytes ? part.checksum : nil))
    }

    /// The elements of the storage from the first to the last of the tensor; nil where they do not
    /// lie inside.
    private static func place(
      of tensor: PickleTensor, in storage: PickleStorage, of partCount: Int
    ) -> Range<Int>? {
      let available = storage.element == nil ? partCount : min(storage.count, partCount)
      let (start, overflow) = tensor.offset.addingReportingOverflow(storage.viewOffset)
      guard !overflow, tensor.offset >= 0, start <= available else { return nil }
      if tensor.sizes.contains(0) { return start..<start }
      var last = start
      for (size, stride) in zip(tensor.sizes, tensor.strides) {
        guard stride >= 0 else { return nil }
        let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
        guard !overflow, reach < available - last else { return nil }
        last += reach
      }
      return last < available ? start..<last + 1 : nil
    }
  }
}
