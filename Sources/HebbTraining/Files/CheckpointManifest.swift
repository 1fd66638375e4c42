import HebbData
import HebbIO

/// What stands beside the tensors of a checkpoint: where training was, and what it needs to go on
/// exactly as if it had not been interrupted.
public struct CheckpointManifest: Sendable, Hashable {
  /// The version of the format that this code writes, and the only one that it reads.
  public static let schema = 1

  /// A file of the checkpoint with its size and checksum.
  public struct File: Sendable, Hashable {
    /// The name in the checkpoint's folder.
    public let name: String
    /// The size in bytes.
    public let byteCount: Int
    /// The CRC-32 of the contents.
    public let checksum: UInt32
  }

  /// The best result so far and the checkpoint that has it.
  public struct Best: Sendable, Hashable {
    /// The measure by which results are compared, such as `test_accuracy`.
    public var metric: String
    /// Its value.
    public var value: Double
    /// The number of steps at which it was reached.
    public var step: Int

    /// A result and where it was reached.
    public init(metric: String, value: Double, step: Int) {
      self.metric = metric
      self.value = value
      self.step = step
    }
  }

  /// What is trained and how: the run's `config.json`, as it was when training began.
  public var configuration: JSONObject
  /// What all random numbers of the run are made from.
  public var seed: UInt64
  /// Where training stands in the data.
  public var position: DataPosition
  /// The number of optimizer steps done.
  public var step: Int
  /// The learning rate of the last step.
  public var rate: Double
  /// Seconds that training has taken until here.
  public var seconds: Double
  /// What has been measured in this epoch.
  public var epochMetrics: MetricSums
  /// What has been measured since the last line of the log.
  public var windowMetrics: MetricSums
  /// How many bytes of `metrics.jsonl` belong to what has been done.
  public var logByteCount: Int
  /// The best result so far.
  public var best: Best?
  /// The best value that early stopping compares with and how long it has waited; nil without.
  public var stopping: Stopping?
  /// The other files of the checkpoint.
  public var files: [File]

  /// What early stopping remembers.
  public struct Stopping: Sendable, Hashable {
    /// The value that the next ones are compared with; nil before the first.
    public var best: Double?
    /// The number of measurings since it was found.
    public var waited: Int
  }

  /// The manifest of a beginning: nothing done yet.
  public init(configuration: JSONObject = JSONObject(), seed: UInt64 = 0) {
    self.configuration = configuration
    self.seed = seed
    position = DataPosition()
    step = 0
    rate = 0
    seconds = 0
    epochMetrics = MetricSums()
    windowMetrics = MetricSums()
    logByteCount = 0
    best = nil
    files = []
  }
}

extension CheckpointManifest {
  /// The manifest as JSON.
  public var json: JSONValue {
    let best = best.map { best -> JSONValue in
      [
        "metric": .string(best.metric), "value": .number(best.value), "step": .integer(best.step),
      ]
    }
    let stopping = stopping.map { stopping -> JSONValue in
      [
        "best": stopping.best.map { .number($0) } ?? .null, "waited": .integer(stopping.waited),
      ]
    }
    let files = files.map { file -> JSONValue in
      [
        "name": .string(file.name), "bytes": .integer(file.byteCount),
        "crc32": .integer(Int(file.checksum)),
      ]
    }
    return [
      "schema": .integer(Self.schema),
      "configuration": .object(configuration),
      // A string, because JSON readers elsewhere keep integers only up to 2⁵³.
      "seed": .string(String(seed)),
      "epoch": .integer(position.epoch),
      "batch": .integer(position.batch),
      "step": .integer(step),
      "rate": .number(rate),
      "seconds": .number(seconds),
      "epoch_metrics": epochMetrics.json,
      "window_metrics": windowMetrics.json,
      "log_bytes": .integer(logByteCount),
      "best": best ?? .null,
      "stopping": stopping ?? .null,
      "files": .array(files),
    ]
  }

  /// Reads a manifest.
  ///
  /// - Parameters:
  ///   - bytes: The contents of the file.
  ///   - name: The file, for errors.
  /// - Throws: `DataError` if it is not a manifest of this version.
  public init(parsing bytes: [UInt8], name: String) throws(DataError) {
    let json = try JSONValue(parsing: bytes, name: name, maximumDepth: 16, maximumCount: 100_000)
    let reader = Reader(json: json, name: name)
    let schema = try reader.integer("schema")
    guard schema == Self.schema else {
      throw DataError(
        name,
        "expected a checkpoint of version \(Self.schema), found version \(schema); use the version of "
          + "Hebb that wrote it")
    }
    configuration = try reader.required("configuration", "an object", \.objectValue)
    seed = try reader.required("seed", "a number as string") { $0.stringValue.flatMap(UInt64.init) }
    position = DataPosition(
      epoch: try reader.integer("epoch"), batch: try reader.integer("batch"))
    step = try reader.integer("step")
    rate = try reader.required("rate", "a number", \.doubleValue)
    seconds = try reader.required("seconds", "a number", \.doubleValue)
    epochMetrics = try reader.required("epoch_metrics", "sums and their count") {
      MetricSums(json: $0)
    }
    windowMetrics = try reader.required("window_metrics", "sums and their count") {
      MetricSums(json: $0)
    }
    logByteCount = try reader.integer("log_bytes")
    best = try reader.required("best", "null or a metric with value and step") { json -> Best?? in
      if json == .null { return .some(nil) }
      guard let metric = json["metric"]?.stringValue, let value = json["value"]?.doubleValue,
        let step = json["step"]?.integerValue
      else { return nil }
      return Best(metric: metric, value: value, step: step)
    }
    // Checkpoints of earlier versions do not have it.
    if let value = json["stopping"], value != .null {
      guard let waited = value["waited"]?.integerValue, waited >= 0 else {
        throw DataError(
          name,
          "expected null or a count as \"stopping\" of a checkpoint's manifest, found something "
            + "else; it is damaged, use another checkpoint")
      }
      stopping = Stopping(best: value["best"]?.doubleValue, waited: waited)
    }
    files = try reader.required("files", "files with name, bytes and crc32") { json in
      guard let elements = json.arrayValue else { return nil }
      let files = elements.compactMap(File.init)
      return files.count == elements.count ? files : nil
    }
  }

  /// Looks up members and says what is wrong with them.
  private struct Reader {
    let json: JSONValue
    let name: String

    func required<T>(
      _ key: String, _ what: String, _ convert: (JSONValue) -> T?
    ) throws(DataError) -> T {
      if let value = json[key].flatMap(convert) { return value }
      throw DataError(
        name,
        "expected \(what) as \"\(key)\" of a checkpoint's manifest, found "
          + (json[key] == nil ? "nothing" : "something else")
          + "; it is damaged, use another checkpoint")
    }

    /// A count: 0 or more.
    func integer(_ key: String) throws(DataError) -> Int {
      try required(key, "a whole number, 0 or more,") { json in
        json.integerValue.flatMap { $0 >= 0 ? $0 : nil }
      }
    }
  }
}

extension CheckpointManifest.File {
  /// Reads an element of `files`; the name must be one in the same folder.
  fileprivate init?(_ json: JSONValue) {
    guard let name = json["name"]?.stringValue, !name.isEmpty, !name.hasPrefix("."),
      !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }),
      let byteCount = json["bytes"]?.integerValue, byteCount >= 0,
      let checksum = json["crc32"]?.integerValue.flatMap(UInt32.init(exactly:))
    else { return nil }
    self.init(name: name, byteCount: byteCount, checksum: checksum)
  }
}
