import CZlib
import HebbCore
import HebbIO

/// A saved state of training: a folder with `model.safetensors`, `optimizer.safetensors` and
/// `manifest.json`.
public struct Checkpoint: Sendable {
  /// The file with parameters and buffers.
  public static let modelName = "model.safetensors"
  /// The file with the optimizer's state.
  public static let optimizerName = "optimizer.safetensors"
  /// The file with averaged parameters, where a run has any.
  public static let averageName = "average.safetensors"
  /// The file that is written last and describes the others.
  public static let manifestName = "manifest.json"

  /// The folder.
  public let folder: String
  /// What stands in `manifest.json`.
  public let manifest: CheckpointManifest

  /// No manifest comes near.
  private static let manifestLimit = 16 << 20

  /// Opens a checkpoint and checks that its files are whole.
  ///
  /// - Throws: `DataError` if a file is missing, cannot be read, or is not as it was written.
  public init(folder: String) throws(DataError) {
    guard Folder.isFolder(folder) else {
      throw DataError(folder, "expected the folder of a checkpoint, found none; check the path")
    }
    let path = "\(folder)/\(Self.manifestName)"
    let bytes = try FileReading.bytes(of: path, limit: Self.manifestLimit)
    manifest = try CheckpointManifest(parsing: bytes, name: path)
    self.folder = folder
    var names = [Self.modelName, Self.optimizerName]
    if manifest.files.contains(where: { $0.name == Self.averageName }) {
      names.append(Self.averageName)
    }
    for name in names {
      guard let expected = manifest.files.first(where: { $0.name == name }) else {
        throw DataError(
          path,
          "expected the file \(name) in the list, found none; it is damaged, use another checkpoint"
        )
      }
      let file = try InputFile(path: "\(folder)/\(name)")
      guard file.count == expected.byteCount else {
        throw DataError(
          file.name,
          "expected \(expected.byteCount) bytes, found \(file.count); it is damaged or incomplete, "
            + "use another checkpoint")
      }
      guard try Self.checksum(of: file) == expected.checksum else {
        throw DataError(
          file.name,
          "expected the checksum in \(Self.manifestName), found another; it is damaged, use another "
            + "checkpoint")
      }
    }
  }

  /// Parameters and buffers by name.
  ///
  /// - Throws: `DataError` if the file cannot be read.
  public func modelState() throws(DataError) -> [String: Tensor] {
    try SafeTensors(path: "\(folder)/\(Self.modelName)").tensors()
  }

  /// The optimizer's state by name.
  ///
  /// - Throws: `DataError` if the file cannot be read.
  public func optimizerState() throws(DataError) -> [String: Tensor] {
    try SafeTensors(path: "\(folder)/\(Self.optimizerName)").tensors()
  }

  /// The averaged parameters by name; nil if the run has none.
  ///
  /// - Throws: `DataError` if the file cannot be read.
  public func averageState() throws(DataError) -> [String: Tensor]? {
    guard manifest.files.contains(where: { $0.name == Self.averageName }) else { return nil }
    return try SafeTensors(path: "\(folder)/\(Self.averageName)").tensors()
  }

  /// The CRC-32 of a file.
  static func checksum(of file: InputFile) throws(DataError) -> UInt32 {
    let size = 1 << 20
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    defer { buffer.deallocate() }
    var checksum: UInt = 0
    var position = 0
    while position < file.count {
      let count = min(size, file.count - position)
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
      try file.read(at: position, into: part)
      let bytes = part.bindMemory(to: UInt8.self)
      checksum = UInt(crc32(numericCast(checksum), bytes.baseAddress, UInt32(bytes.count)))
      position += part.count
    }
    return UInt32(truncatingIfNeeded: checksum)
  }
}
