import HebbCore
import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Pictures in folders, one for each class, as torchvision's `ImageFolder`:
/// `FOLDER/cat/1.png`, `FOLDER/dog/2.png`. The classes are the names of the folders in alphabetical
/// order; names that begin with a period are skipped.
///
/// Pictures are PNG files of one size, read when a batch asks for them. Batches have inputs
/// `float32[batch, channels, height, width]` in 0...1 and targets `int64[batch]`.
public struct ImageFolder: Dataset {
  /// The names of the classes.
  public let classNames: [String]
  /// The paths of the pictures, class after class.
  public let paths: [String]
  /// The class of each picture.
  public let labels: [Int]
  /// What the pictures are converted to.
  public let channels: PNG.Channels
  /// The height and width that all pictures must have.
  public var size: (height: Int, width: Int) { (pictureShape[0], pictureShape[1]) }
  /// `[height, width]` or `[height, width, channels]`.
  private let pictureShape: Shape

  private static let maximumCount = 10_000_000

  /// Lists a folder and looks at its first picture.
  ///
  /// - Parameters:
  ///   - folder: The folder with a folder for each class.
  ///   - channels: What the pictures are converted to.
  /// - Throws: `DataError` if the folder cannot be read, or there are no pictures in it.
  public init(_ folder: String, channels: PNG.Channels = .rgb) throws(DataError) {
    var classNames: [String] = []
    var paths: [String] = []
    var labels: [Int] = []
    for name in try Self.names(in: folder) where Self.isFolder("\(folder)/\(name)") {
      let files = try Self.names(in: "\(folder)/\(name)").filter {
        $0.lowercased().hasSuffix(".png")
      }
      guard !files.isEmpty else {
        throw DataError(
          "\(folder)/\(name)",
          "expected PNG pictures in the folder of each class, found none; convert the pictures to "
            + "PNG, or remove the folder")
      }
      paths += files.map { "\(folder)/\(name)/\($0)" }
      labels += files.map { _ in classNames.count }
      classNames.append(name)
      guard paths.count <= Self.maximumCount else {
        throw DataError(
          folder, "expected at most \(Self.maximumCount) pictures, found more; split the folder")
      }
    }
    guard let first = paths.first else {
      throw DataError(
        folder,
        "expected a folder of PNG pictures for each class, found no folder; put the pictures into "
          + "folders named by their class")
    }
    pictureShape = try PNG.read(first, as: channels).shape
    self.classNames = classNames
    self.paths = paths
    self.labels = labels
    self.channels = channels
  }

  /// The number of pictures.
  public var count: Int { paths.count }

  /// Reads the pictures of these indices.
  ///
  /// - Throws: `DataError` if one cannot be read, is damaged, or has another size than the first.
  public func batch(at indices: [Int]) throws(DataError) -> Batch {
    for index in indices {
      precondition(index >= 0 && index < count, "ImageFolder: picture \(index) of \(count)")
    }
    let (height, width) = size
    var pictures: [Tensor] = []
    for index in indices {
      let picture = try PNG.read(paths[index], as: channels)
      guard picture.shape == pictureShape else {
        throw DataError(
          paths[index],
          "expected a picture of shape \(pictureShape), as the first one, found \(picture.shape); "
            + "scale all pictures to one size, and choose gray or rgb")
      }
      pictures.append(picture)
    }
    let depth = pictureShape.rank > 2 ? pictureShape[2] : 1
    let plane = height * width
    var values = [Float](repeating: 0, count: pictures.count * depth * plane)
    let table = InputScaling.unitInterval.table
    for (number, picture) in pictures.enumerated() {
      picture.withBytes { pixels in
        for place in 0..<plane {
          for channel in 0..<depth {
            values[(number * depth + channel) * plane + place] =
              table[Int(pixels[place * depth + channel])]
          }
        }
      }
    }
    return Batch(
      inputs: Tensor(values, shape: [pictures.count, depth, height, width]),
      targets: Tensor(indices.map { Int64(labels[$0]) }), indices: indices)
  }

  /// The names in a folder, sorted, without those that begin with a period.
  private static func names(in path: String) throws(DataError) -> [String] {
    guard !path.isEmpty, !path.utf8.contains(0), let folder = opendir(path) else {
      throw DataError(path, "expected a folder that can be read, found none; check the path")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix("."), names.count <= maximumCount { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
