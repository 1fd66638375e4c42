import HebbIO

/// The folder that a run leaves: `config.json`, `metrics.jsonl`, `checkpoints/`, `report.html`.
public struct RunFolder: Sendable, Hashable {
  /// The path of the folder.
  public let path: String

  /// What is trained and how.
  public var configurationPath: String { "\(path)/config.json" }
  /// One line for each interval and epoch.
  public var metricsPath: String { "\(path)/metrics.jsonl" }
  /// The same as a table.
  public var tablePath: String { "\(path)/metrics.csv" }
  /// One folder for each saved state.
  public var checkpoints: CheckpointStore { CheckpointStore(folder: "\(path)/checkpoints") }
  /// Curves and pictures.
  public var reportPath: String { "\(path)/report.html" }

  private static let configurationLimit = 16 << 20

  /// Begins a run in a folder that is new or empty.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - configuration: What becomes `config.json`.
  /// - Returns: The folder.
  /// - Throws: `DataError` if the folder cannot be written or holds files already.
  public static func create(
    at path: String, configuration: JSONObject
  ) throws(DataError) -> RunFolder {
    try Folder.create(path)
    guard try Folder.names(in: path).isEmpty else {
      throw DataError(
        path,
        "expected a new or empty folder for the run, found one with files; choose another, or "
          + "continue that run with --resume")
    }
    let run = RunFolder(path: Folder.trimmed(path))
    try run.write(configuration)
    return run
  }

  /// Opens the folder of a run that has begun.
  ///
  /// - Throws: `DataError` if it is not the folder of a run.
  public static func open(_ path: String) throws(DataError) -> RunFolder {
    let run = RunFolder(path: Folder.trimmed(path))
    guard Folder.isFolder(path) else {
      throw DataError(path, "expected the folder of a run, found none; check the path")
    }
    guard Folder.isFile(run.configurationPath) else {
      throw DataError(
        path, "expected the folder of a run with its config.json, found none; check the path")
    }
    return run
  }

  /// What stands in `config.json`.
  ///
  /// - Throws: `DataError` if the file cannot be read or is no JSON object.
  public func configuration() throws(DataError) -> JSONObject {
    let bytes = try FileReading.bytes(of: configurationPath, limit: Self.configurationLimit)
    let json = try JSONValue(parsing: bytes, name: configurationPath, maximumDepth: 16)
    guard let object = json.objectValue else {
      throw DataError(
        configurationPath, "expected a JSON object, found something else; it is damaged")
    }
    return object
  }

  /// Replaces `config.json`.
  ///
  /// - Throws: `DataError` if it cannot be written.
  public func write(_ configuration: JSONObject) throws(DataError) {
    try AtomicFile.write(
      JSONValue.object(configuration).text(isIndented: true) + "\n", to: configurationPath)
  }

  private init(path: String) { self.path = path }
}
