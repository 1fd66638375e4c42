import HebbCore
import HebbIO

/// MNIST: gray pictures of 28 times 28 pixels of handwritten digits, 60,000 for training and 10,000
/// for the test.
///
/// Batches have inputs `float32[batch, 1, 28, 28]` in 0...1 and targets `int64[batch]`.
///
/// - SeeAlso: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
///   recognition".
public struct MNIST: Sendable {
  /// What the labels stand for.
  public static let classNames = (0...9).map(String.init)

  /// The images to learn from.
  public let training: ArrayDataset
  /// The images to measure with.
  public let test: ArrayDataset
  /// The folder that they came from.
  public let folder: String

  /// Reads the four files of a folder, plain or gzip.
  ///
  /// - Parameters:
  ///   - folder: A folder that holds `train-images-idx3-ubyte` and the other three, or whose folder
  ///     `mnist` (or torchvision's `MNIST/raw`) does.
  ///   - scaling: What is done to the pixels.
  /// - Throws: `DataError` if a file is missing or damaged, or they do not belong together.
  public init(folder: String, scaling: InputScaling = .unitInterval) throws(DataError) {
    // The data sets of the family have the same names of files: a folder of this name comes first.
    let folders = ["\(folder)/mnist", "\(folder)/MNIST/raw", folder]
    guard let found = LabeledImageFiles.firstFolder(of: folders) else {
      throw DataError(
        folder,
        "expected the files of MNIST (train-images-idx3-ubyte.gz and three more) there or in its "
          + "folder mnist, found none; name the folder that has them with --data")
    }
    func read(_ part: LabeledImageFiles.Part) throws(DataError) -> ArrayDataset {
      let files = try LabeledImageFiles(
        part, in: found, size: 28, classCount: Self.classNames.count)
      return ArrayDataset(
        inputs: files.images, targets: files.labels, inputShape: [1, 28, 28], scaling: scaling)
    }
    training = try read(.training)
    test = try read(.test)
    self.folder = found
  }
}
