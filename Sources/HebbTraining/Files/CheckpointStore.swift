import HebbCore
import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The checkpoints of a run: one folder for each, named by its step.
///
/// A checkpoint is written under a temporary name, forced to the disk and renamed, so that whatever
/// happens meanwhile, those that were there stay as they were.
public struct CheckpointStore: Sendable {
  /// The folder that holds the checkpoints.
  public let folder: String

  /// Called before each file is written; a test lets it fail.
  package var willWrite: @Sendable (_ path: String) throws(DataError) -> Void = { _ in }

  /// A store in a folder, which is created when the first checkpoint is saved.
  public init(folder: String) { self.folder = folder }

  private static let prefix = "step-"
  private static let temporaryPrefix = ".tmp-"

  /// The steps of the checkpoints that are there, ascending; whole or not.
  public var steps: [Int] {
    let names = (try? Folder.names(in: folder)) ?? []
    return names.compactMap(Self.step(ofName:)).sorted()
  }

  /// The folder of the checkpoint of a step.
  public func path(ofStep step: Int) -> String { "\(folder)/\(Self.name(ofStep: step))" }

  /// Opens the newest checkpoint.
  ///
  /// - Throws: `DataError` if there is none, or it is damaged; then the sentence names the one before.
  public func latest() throws(DataError) -> Checkpoint {
    guard let step = steps.last else {
      throw DataError(
        folder,
        "expected at least one checkpoint, found none; start the run again without --resume")
    }
    do throws(DataError) {
      return try Checkpoint(folder: path(ofStep: step))
    } catch {
      let whole = steps.dropLast().last { (try? Checkpoint(folder: path(ofStep: $0))) != nil }
      guard let whole else { throw error }
      throw DataError(
        "\(error.description); \(path(ofStep: whole)) is whole, name it to go on from there")
    }
  }

  /// Saves a checkpoint, all or nothing, and then removes old ones.
  ///
  /// - Parameters:
  ///   - manifest: What to save beside the tensors; its list of files is filled in here.
  ///   - model: Parameters and buffers by name.
  ///   - optimizer: The optimizer's state by name.
  ///   - average: Averaged parameters by name; nil for none.
  ///   - count: How many of the newest checkpoints are kept, 1 or more; the best is kept besides.
  /// - Returns: The folder of the checkpoint.
  /// - Throws: `DataError` if the folder cannot be written or the disk is full; then the checkpoints
  ///   that were there are as they were.
  @discardableResult
  public func save(
    _ manifest: CheckpointManifest, model: [String: Tensor], optimizer: [String: Tensor],
    average: [String: Tensor]? = nil, keeping count: Int
  ) throws(DataError) -> String {
    try Folder.create(folder)
    let final = path(ofStep: manifest.step)
    let name = Self.name(ofStep: manifest.step)
    let temporary = "\(folder)/\(Self.temporaryPrefix)\(name)-\(getpid())"
    Folder.removeFlat(temporary)
    do throws(DataError) {
      try Folder.create(temporary)
      var parts = [(Checkpoint.modelName, model), (Checkpoint.optimizerName, optimizer)]
      if let average { parts.append((Checkpoint.averageName, average)) }
      try write(manifest, parts, to: temporary)
      try Folder.synchronize(temporary)
      // A checkpoint of the same step, as after resuming from an earlier one, makes room.
      let old = "\(folder)/\(Self.temporaryPrefix)old-\(name)"
      if Folder.isFolder(final) {
        Folder.removeFlat(old)
        try Folder.rename(final, to: old)
      }
      try Folder.rename(temporary, to: final)
      Folder.removeFlat(old)
    } catch {
      Folder.removeFlat(temporary)
      throw error
    }
    try Folder.synchronize(folder)
    removeOld(keeping: count, best: manifest.best?.step)
    return final
  }

  /// Removes what interrupted runs have left half written, and checkpoints of later steps, which
  /// belong to a future that is now computed again.
  package func prepare(resumingAt step: Int) {
    for name in (try? Folder.names(in: folder)) ?? [] where name.hasPrefix(Self.temporaryPrefix) {
      Folder.removeFlat("\(folder)/\(name)")
    }
    for later in steps where later > step { Folder.removeFlat(path(ofStep: later)) }
  }

  private func write(
    _ manifest: CheckpointManifest, _ parts: [(String, [String: Tensor])], to target: String
  ) throws(DataError) {
    var manifest = manifest
    manifest.files = []
    for (name, tensors) in parts {
      let path = "\(target)/\(name)"
      try willWrite(path)
      try SafeTensors.write(tensors, metadata: ["format": "pt"], to: path)
      let file = try InputFile(path: path)
      manifest.files.append(
        CheckpointManifest.File(
          name: name, byteCount: file.count, checksum: try Checkpoint.checksum(of: file)))
    }
    let path = "\(target)/\(Checkpoint.manifestName)"
    try willWrite(path)
    try AtomicFile.write(manifest.json.text(isIndented: true) + "\n", to: path)
  }

  private func removeOld(keeping count: Int, best: Int?) {
    for step in steps.dropLast(max(count, 1)) where step != best {
      Folder.removeFlat(path(ofStep: step))
    }
  }

  private static func name(ofStep step: Int) -> String {
    let digits = String(step)
    return prefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  private static func step(ofName name: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let digits = name.dropFirst(prefix.count)
    guard digits.count >= 8, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
    return Int(digits)
  }
}
