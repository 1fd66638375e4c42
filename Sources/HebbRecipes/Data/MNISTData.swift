import HebbCore
import HebbData
import HebbIO
import HebbTraining

/// MNIST, from a folder that has it.
public struct MNISTData: RecipeData {
  /// The data set.
  public init() {}

  /// `mnist`.
  public var name: String { "mnist" }

  /// What it is, in one line.
  public var summary: String { "70,000 gray pictures of handwritten digits, 28 x 28, 10 classes" }

  /// The ten digits.
  public var classNames: [String] { MNIST.classNames }

  /// Telling them apart.
  public var objective: any Objective { Classification(classNames: classNames) }

  /// Reads the images.
  ///
  /// - Throws: `DataError` if no folder has them, or files are damaged.
  public func load(from location: DataLocation, seed: UInt64) throws -> LoadedData {
    let images = try read(location)
    let counts =
      "\(NumberFormat.grouped(images.training.count)) training and "
      + "\(NumberFormat.grouped(images.test.count)) test images"
    return LoadedData(
      examples: TrainingData(training: images.training, test: images.test),
      origin: "MNIST in \(images.folder): \(counts)", completeCount: 60_000)
  }

  private func read(_ location: DataLocation) throws(DataError) -> MNIST {
    switch location {
    case .named(let folder): return try MNIST(folder: folder)
    case .searched(let folders):
      // The name alone does not tell the files from those of Fashion-MNIST.
      for folder in folders.flatMap({ ["\($0)/mnist", "\($0)/MNIST/raw"] })
      where Folder.isFolder(folder) {
        return try MNIST(folder: folder)
      }
      throw DataError(
        "expected the files of MNIST in a folder mnist of shared/data or ../shared/data, found none; "
          + "name their folder with --data")
    }
  }

  /// A picture in a PNG file, or an image of the test set.
  ///
  /// - Throws: `DataError` if it is neither.
  public func example(_ text: String, from data: () throws -> LoadedData) throws -> Example {
    if let (input, target) = try testExample(text, from: data) {
      return Example(input: input, truth: classNames[target.integers()[0]])
    }
    return Example(input: try GrayPicture.read(text, size: 28), truth: nil)
  }
}
