import HebbCore
import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// CIFAR-10: colored pictures of 32 times 32 pixels in ten classes, 50,000 for training and 10,000
/// for the test; fewer where the folder has fewer.
///
/// Batches have inputs `float32[batch, 3, 32, 32]` in 0...1 and targets `int64[batch]`.
///
/// - SeeAlso: Krizhevsky 2009, "Learning multiple layers of features from tiny images"; the binary
///   version: records of one label and 3,072 pixels, red, green, blue.
public struct CIFAR10: Sendable {
  /// What the labels 0 to 9 stand for.
  public static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  /// The mean of each channel over the training images, in 0...1.
  public static let channelMeans = [0.4914, 0.4822, 0.4465]
  /// The standard deviation of each channel over the training images.
  public static let channelDeviations = [0.2470, 0.2435, 0.2616]

  /// The images to learn from.
  public let training: ArrayDataset
  /// The images to measure with.
  public let test: ArrayDataset
  /// The folder that they came from.
  public let folder: String

  private static let pixelCount = 3 * 32 * 32
  private static let recordSize = pixelCount + 1
  /// No file of the data set comes near.
  private static let limit = 1 << 28

  /// Reads `test_batch.bin` and those of `data_batch_1.bin` to `data_batch_5.bin` that are there, plain
  /// or gzip.
  ///
  /// - Parameters:
  ///   - folder: A folder that holds the files, or whose folder `cifar10` or `cifar-10-batches-bin`
  ///     does.
  ///   - scaling: What is done to the pixels.
  /// - Throws: `DataError` if a file is missing or damaged.
  public init(folder: String, scaling: InputScaling = .unitInterval) throws(DataError) {
    let folders = ["\(folder)/cifar10", "\(folder)/cifar-10-batches-bin", folder]
    let found = folders.first { Self.find("data_batch_1.bin", in: $0) != nil }
    guard let found else {
      throw DataError(
        folder,
        "expected data_batch_1.bin (or .gz) of CIFAR-10 there or in its folder cifar10, found none; "
          + "name the folder that has the binary version with --data")
    }
    guard let testPath = Self.find("test_batch.bin", in: found) else {
      throw DataError(
        found, "expected the file test_batch.bin or test_batch.bin.gz, found neither; download it")
    }
    let paths = (1...5).compactMap { Self.find("data_batch_\($0).bin", in: found) }
    training = try Self.read(paths, scaling)
    test = try Self.read([testPath], scaling)
    self.folder = found
  }

  private static func read(
    _ paths: [String], _ scaling: InputScaling
  ) throws(DataError) -> ArrayDataset {
    var (pixels, labels): ([UInt8], [Int64]) = ([], [])
    for path in paths {
      let bytes =
        path.hasSuffix(".gz")
        ? try Gzip.decompress(InputFile(path: path), limit: limit)
        : try FileReading.bytes(of: path, limit: limit)
      guard !bytes.isEmpty, bytes.count.isMultiple(of: recordSize) else {
        throw DataError(
          path,
          "expected records of \(recordSize) bytes, found \(bytes.count) bytes; the file is damaged "
            + "or not of the binary version")
      }
      pixels.reserveCapacity(pixels.count + bytes.count)
      for start in stride(from: 0, to: bytes.count, by: recordSize) {
        guard bytes[start] < classNames.count else {
          throw DataError(
            path,
            "expected labels below \(classNames.count), found \(bytes[start]) in record "
              + "\(start / recordSize); check that this is the right file")
        }
        labels.append(Int64(bytes[start]))
        pixels += bytes[(start + 1)..<(start + recordSize)]
      }
    }
    return ArrayDataset(
      inputs: Tensor(pixels, shape: [labels.count, 3, 32, 32]), targets: Tensor(labels),
      scaling: scaling)
  }

  private static func find(_ name: String, in folder: String) -> String? {
    ["\(folder)/\(name)", "\(folder)/\(name).gz"].first { access($0, F_OK) == 0 }
  }
}
