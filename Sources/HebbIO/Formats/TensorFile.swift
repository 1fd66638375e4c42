import HebbCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Named tensors in a file of any format that Hebb knows.
public enum TensorFile {
  /// The formats.
  public enum Format: String, Sendable, CaseIterable {
    /// Hugging Face's safetensors.
    case safeTensors = "safetensors"
    /// Several NumPy arrays.
    case npz
    /// One NumPy array.
    case npy
    /// A checkpoint of PyTorch, which can only be read.
    case pyTorch = "PyTorch checkpoint"

    /// The format that a path's end stands for; nil for an unknown one.
    public init?(path: String) {
      let name = path.split(separator: "/").last ?? ""
      guard let period = name.lastIndex(of: ".") else { return nil }
      switch name[name.index(after: period)...].lowercased() {
      case "safetensors": self = .safeTensors
      case "npz": self = .npz
      case "npy": self = .npy
      case "pt", "pth", "th", "bin", "ckpt": self = .pyTorch
      default: return nil
      }
    }

    /// The format of a file, from its first bytes.
    ///
    /// - Throws: `DataError` if the file cannot be read or is of none of the formats.
    public init(of file: InputFile) throws(DataError) {
      let start = try file.bytes(in: 0..<min(9, file.count))
      if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
        self = .npy
      } else if start.starts(with: [0x50, 0x4b]) {
        let isPyTorch = try ZipArchive(file).entries.contains { $0.name.hasSuffix("/data.pkl") }
        self = isPyTorch ? .pyTorch : .npz
      } else if start.count == 9, start[8] == UInt8(ascii: "{") {
        self = .safeTensors
      } else if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
        self = .pyTorch
      } else {
        throw DataError(
          file.name,
          "expected a file of safetensors, npz, npy or PyTorch, found none of them; check that this "
            + "is the right file")
      }
    }
  }

  /// The name of the only tensor of a `.npy` file.
  public static let soleName = "input"

  /// Reads all tensors of a file; its first bytes tell the format.
  ///
  /// - Parameter path: The file.
  /// - Returns: The tensors by name; that of a `.npy` file is called `input`.
  /// - Throws: `DataError` if the file cannot be read, is damaged or of none of the formats.
  public static func read(_ path: String) throws(DataError) -> [String: Tensor] {
    let file = try InputFile(path: path)
    return switch try Format(of: file) {
    case .safeTensors: try SafeTensors(file).tensors()
    case .npz: try NPZ.read(file)
    case .npy: [soleName: try NPY.read(file)]
    case .pyTorch: try PyTorchCheckpoint(file).tensors()
    }
  }

  /// Reads the weights of a model: of a checkpoint of PyTorch, its `state_dict` alone where it has
  /// one; of other files all tensors.
  ///
  /// - Throws: As `read`.
  public static func readWeights(_ path: String) throws(DataError) -> [String: Tensor] {
    let file = try InputFile(path: path)
    guard try Format(of: file) == .pyTorch else { return try read(path) }
    return try PyTorchCheckpoint(file).weights()
  }

  /// Writes tensors, all or nothing, in the format that the path's end stands for.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name; one alone for `.npy`.
  ///   - path: The file; replaced if it exists.
  /// - Throws: `DataError` if there is no such format or it cannot be written, if it does not have an
  ///   element type, or the file cannot be written.
  public static func write(_ tensors: [String: Tensor], to path: String) throws(DataError) {
    switch try writableFormat(of: path) {
    case .safeTensors: try SafeTensors.write(tensors, metadata: ["format": "pt"], to: path)
    case .npz: try NPZ.write(tensors, to: path)
    default:
      guard tensors.count == 1, let tensor = tensors.values.first else {
        throw DataError(
          path,
          "expected one tensor for a .npy file, found \(tensors.count); write a .npz file instead")
      }
      try NPY.write(tensor, to: path)
    }
  }

  /// The format in which `write` would write to a path.
  ///
  /// - Throws: `DataError` if there is none.
  @discardableResult
  public static func writableFormat(of path: String) throws(DataError) -> Format {
    guard let format = Format(path: path), format != .pyTorch else {
      throw DataError(
        path,
        "expected a name that ends with .safetensors, .npz or .npy, the formats that can be written, "
          + "found another end; choose one of them")
    }
    return format
  }

  /// Whether two paths lead to the same file, also through links.
  public static func isSame(_ first: String, _ second: String) -> Bool {
    var (a, b) = (stat(), stat())
    guard stat(first, &a) == 0, stat(second, &b) == 0 else { return false }
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino
  }
}
