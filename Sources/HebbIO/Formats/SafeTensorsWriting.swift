import HebbCore

extension SafeTensors {
  /// Writes tensors to a file, all or nothing.
  ///
  /// The same tensors give the same bytes: those with the largest elements come first, so that all
  /// are aligned, then by name, as the reference implementation orders them.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name.
  ///   - metadata: Texts about the file.
  ///   - path: The file; replaced if it exists.
  /// - Throws: `DataError` if a tensor is called `__metadata__`, or the file cannot be written;
  ///   then an old file is as it was.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String
  ) throws(DataError) {
    let plan = try Plan(tensors, metadata, name: path)
    try AtomicFile.write(to: path) { (writer) throws(DataError) in
      try writer.write(plan.header)
      for (_, tensor) in plan.tensors {
        try tensor.withBytes { (bytes) throws(DataError) in try writer.write(bytes) }
      }
    }
  }

  /// The bytes of a file with these tensors.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name.
  ///   - metadata: Texts about the file.
  /// - Returns: The bytes of the file.
  /// - Throws: `DataError` if a tensor is called `__metadata__`.
  public static func encode(
    _ tensors: [String: Tensor], metadata: [String: String] = [:]
  ) throws(DataError) -> [UInt8] {
    let plan = try Plan(tensors, metadata, name: "safetensors data")
    var bytes = plan.header
    for (_, tensor) in plan.tensors { tensor.withBytes { bytes += $0 } }
    return bytes
  }

  /// The header and the order of the tensors after it.
  private struct Plan {
    let header: [UInt8]
    let tensors: [(name: String, tensor: Tensor)]

    init(
      _ tensors: [String: Tensor], _ metadata: [String: String], name: String
    ) throws(DataError) {
      guard tensors["__metadata__"] == nil else {
        throw DataError(name, "a tensor cannot be called \"__metadata__\"; rename it")
      }
      let ranks = Dictionary(
        uniqueKeysWithValues: elementNames.enumerated().map { ($1.dtype, $0) })
      self.tensors = tensors.map { ($0.key, $0.value) }.sorted { a, b in
        let (first, second) = (ranks[a.1.dtype] ?? 0, ranks[b.1.dtype] ?? 0)
        return first != second ? first > second : a.0.utf8.lexicographicallyPrecedes(b.0.utf8)
      }
      var object = JSONObject()
      if !metadata.isEmpty {
        let sorted = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        object["__metadata__"] = .object(JSONObject(sorted.map { ($0.key, .string($0.value)) }))
      }
      var offset = 0
      for (name, tensor) in self.tensors {
        let end = offset + tensor.type.byteCount
        object[name] = [
          "dtype": .string(elementNames[ranks[tensor.dtype] ?? 0].name),
          "shape": .array(tensor.shape.map { .integer($0) }),
          "data_offsets": [.integer(offset), .integer(end)],
        ]
        offset = end
      }
      var text = Array(JSONValue.object(object).text().utf8)
      // The data begin at a multiple of eight bytes.
      while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
      header = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }
  }
}
