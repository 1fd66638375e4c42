import HebbCore
import HebbData
import HebbIO
import HebbTraining

/// Fashion-MNIST, all of it where a folder has it, else the subset that is part of the project.
public struct FashionMNISTData: RecipeData {
  /// The data set.
  public init() {}

  /// `fashion-mnist`.
  public var name: String { "fashion-mnist" }

  /// What it is, in one line.
  public var summary: String {
    "70,000 gray pictures of clothes, 28 x 28, 10 classes (a subset of 9,000 is part of Hebb)"
  }

  /// The ten kinds of clothes.
  public var classNames: [String] { FashionMNIST.classNames }

  /// Telling them apart.
  public var objective: any Objective { Classification(classNames: classNames) }

  /// The number of training images of the complete data set.
  static let completeCount = 60_000

  /// Reads the images.
  ///
  /// - Throws: `DataError` if the named folder has none, or files are damaged.
  public func load(from location: DataLocation, seed: UInt64) throws -> LoadedData {
    let images = try read(location)
    let counts =
      "\(NumberFormat.grouped(images.training.count)) training and "
      + "\(NumberFormat.grouped(images.test.count)) test images"
    let origin =
      switch images.origin {
      case .folder(let folder): "Fashion-MNIST in \(folder): \(counts)"
      case .embeddedSubset: "the subset of Fashion-MNIST that is part of Hebb: \(counts)"
      }
    return LoadedData(
      examples: TrainingData(training: images.training, test: images.test), origin: origin,
      completeCount: Self.completeCount)
  }

  private func read(_ location: DataLocation) throws(DataError) -> FashionMNIST {
    switch location {
    case .named(let folder): return try FashionMNIST(folder: folder)
    case .searched(let folders):
      for folder in folders {
        let places = [folder, "\(folder)/fashion-mnist", "\(folder)/FashionMNIST/raw"]
        let names = ["train-images-idx3-ubyte.gz", "train-images-idx3-ubyte"]
        let isThere = places.contains { place in
          names.contains { Folder.isFile("\(place)/\($0)") }
        }
        if isThere { return try FashionMNIST(folder: folder) }
      }
      return try FashionMNIST.embeddedSubset()
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
