import HebbCore
import HebbIO

/// Fashion-MNIST: gray pictures of 28 times 28 pixels of clothes in ten classes, 60,000 for
/// training and 10,000 for the test.
///
/// Batches have inputs `float32[batch, 1, 28, 28]` in 0...1 and targets `int64[batch]`.
///
/// - SeeAlso: Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747;
///   https://github.com/zalandoresearch/fashion-mnist.
public struct FashionMNIST: Sendable {
  /// What the labels 0 to 9 stand for.
  public static let classNames = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]

  /// Where the data came from.
  public enum Origin: Sendable, Hashable {
    /// The files of a folder.
    case folder(String)
    /// The subset that is part of the project.
    case embeddedSubset
  }

  /// The images to learn from.
  public let training: ArrayDataset
  /// The images to measure with.
  public let test: ArrayDataset
  /// Where they came from.
  public let origin: Origin

  /// Reads the four files of a folder, plain or gzip.
  ///
  /// - Parameter folder: A folder that holds `train-images-idx3-ubyte` and the other three, or
  ///   whose folder `fashion-mnist` (or torchvision's `FashionMNIST/raw`) does.
  /// - Throws: `DataError` if a file is missing or damaged, or they do not belong together.
  public init(folder: String) throws(DataError) {
    let folders = [folder, "\(folder)/fashion-mnist", "\(folder)/FashionMNIST/raw"]
    guard let found = LabeledImageFiles.firstFolder(of: folders) else {
      throw DataError(
        folder,
        "expected the files of Fashion-MNIST (train-images-idx3-ubyte.gz and three more) there or "
          + "in its folder fashion-mnist, found none; download them from "
          + "https://github.com/zalandoresearch/fashion-mnist or name no folder to use a subset")
    }
    try self.init(filesIn: found, origin: .folder(found))
  }

  /// Reads the subset that is part of the project: 7,000 images for training and 2,000 for the
  /// test, as many of each class.
  ///
  /// - Returns: The subset.
  /// - Throws: `DataError` if the executable has been moved away from its resources.
  public static func embeddedSubset() throws(DataError) -> FashionMNIST {
    let folder = try ResourceFolder.path(of: "fashion-mnist")
    return try FashionMNIST(filesIn: folder, origin: .embeddedSubset)
  }

  private init(filesIn folder: String, origin: Origin) throws(DataError) {
    func read(_ part: LabeledImageFiles.Part) throws(DataError) -> ArrayDataset {
      let files = try LabeledImageFiles(
        part, in: folder, size: 28, classCount: Self.classNames.count)
      return ArrayDataset(
        inputs: files.images, targets: files.labels, inputShape: [1, 28, 28],
        scaling: .unitInterval)
    }
    training = try read(.training)
    test = try read(.test)
    self.origin = origin
  }
}
