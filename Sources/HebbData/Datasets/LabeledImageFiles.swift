import HebbCore
import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Images and labels in two IDX files, as the MNIST family has them for each part.
struct LabeledImageFiles {
  /// The part of a data set: the beginning of its files' names.
  enum Part: String, CaseIterable {
    case training = "train"
    case test = "t10k"

    var imagesName: String { "\(rawValue)-images-idx3-ubyte" }
    var labelsName: String { "\(rawValue)-labels-idx1-ubyte" }
  }

  /// No file of the family comes near.
  private static let limit = 1 << 30

  /// Gray pixels, `uint8[count, height, width]`.
  let images: Tensor
  /// Classes, `int64[count]`.
  let labels: Tensor

  /// Reads two files and checks that they belong together.
  ///
  /// - Parameters:
  ///   - imagesPath: The images, plain or gzip.
  ///   - labelsPath: The labels, plain or gzip.
  ///   - size: The height and width that images must have.
  ///   - classCount: What labels must be below.
  /// - Throws: `DataError` if a file cannot be read, or they do not fit together.
  init(
    images imagesPath: String, labels labelsPath: String, size: Int, classCount: Int
  ) throws(DataError) {
    let images = try IDX.read(imagesPath, limit: Self.limit)
    let labels = try IDX.read(labelsPath, limit: Self.limit)
    let shape = images.shape
    guard images.dtype == .uint8, shape.rank == 3, shape[0] > 0, shape[1] == size, shape[2] == size
    else {
      throw DataError(
        imagesPath,
        "expected uint8 images of \(size) times \(size) pixels, found \(images.type); check that "
          + "this is the right file")
    }
    guard labels.dtype == .uint8, labels.shape == [shape[0]] else {
      throw DataError(
        labelsPath,
        "expected \(shape[0]) uint8 labels, one for each image, found \(labels.type); check that "
          + "the two files belong together")
    }
    let classes = labels.scalars(as: UInt8.self)
    if let place = classes.firstIndex(where: { $0 >= classCount }) {
      throw DataError(
        labelsPath,
        "expected labels below \(classCount), found \(classes[place]) at position \(place); check "
          + "that this is the right file")
    }
    self.images = images
    self.labels = Tensor(classes.map { Int64($0) })
  }

  /// Reads a part from a folder.
  ///
  /// - Parameters:
  ///   - part: Which one.
  ///   - folder: The folder that holds the files, with `.gz` at the end or without.
  ///   - size: The height and width that images must have.
  ///   - classCount: What labels must be below.
  /// - Throws: `DataError` if a file is missing, cannot be read, or does not fit.
  init(_ part: Part, in folder: String, size: Int, classCount: Int) throws(DataError) {
    try self.init(
      images: Self.find(part.imagesName, in: folder),
      labels: Self.find(part.labelsName, in: folder),
      size: size, classCount: classCount)
  }

  /// The first of several folders that has one of the files; nil if none has.
  static func firstFolder(of folders: [String]) -> String? {
    folders.first { folder in
      Part.allCases.contains { part in
        [part.imagesName, part.labelsName].contains { (try? find($0, in: folder)) != nil }
      }
    }
  }

  /// The path of a file, uncompressed or not.
  private static func find(_ name: String, in folder: String) throws(DataError) -> String {
    for candidate in ["\(folder)/\(name)", "\(folder)/\(name).gz"]
    where access(candidate, F_OK) == 0 {
      return candidate
    }
    throw DataError(
      folder, "expected the file \(name) or \(name).gz, found neither; download the missing file")
  }
}
