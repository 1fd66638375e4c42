import HebbCore
import HebbIO

/// MNIST: gray pictures of 28 times 28 pixels of handwritten digits, 60,000 for training and 10,000
/// for the test.
///
/// Batches have inputs `float32[batch, 1, 28, 28]` in 0...1 and targets `int64[batch]`.
///
/// - SeeAlso: LeCun, Bottou, Bengio, Haffner 1998; https://yann.lecun.com/exdb/mnist.
public struct MNIST: Sendable {
  /// The digits.
  public static let classNames = (0...9).map(String.init)

  /// The images to learn from.
  public let training: ArrayDataset
  /// The images to measure with.
  public let test: ArrayDataset
  /// The folder that the files lie in.
  public let folder: String

  /// Where the files may lie, from a folder that somebody names.
  package static func places(in folder: String) -> [String] {
    [folder, "\(folder)/mnist", "\(folder)/MNIST/raw"]
  }

  /// Reads the four files of a folder, plain or gzip.
  ///
  /// - Parameter folder: A folder that holds `train-images-idx3-ubyte` and the other three, or
  ///   whose folder `mnist` (or torchvision's `MNIST/raw`) does.
  /// - Throws: `DataError` if a file is missing or damaged, or they do not belong together.
  public init(folder: String) throws(DataError) {
    guard let found = LabeledImageFiles.firstFolder(of: Self.places(in: folder)) else {
      throw DataError(
        folder,
        "expected the files of MNIST (train-images-idx3-ubyte.gz and three more) there or in its "
          + "folder mnist, found none; download them, for example from "
          + "https://github.com/rasbt/mnist-pngs, and name their folder")
    }
    func read(_ part: LabeledImageFiles.Part) throws(DataError) -> ArrayDataset {
      let files = try LabeledImageFiles(
        part, in: found, size: 28, classCount: Self.classNames.count)
      return ArrayDataset(
        inputs: files.images, targets: files.labels, inputShape: [1, 28, 28],
        scaling: .unitInterval)
    }
    training = try read(.training)
    test = try read(.test)
    self.folder = found
  }
}
