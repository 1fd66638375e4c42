import HebbCore
import HebbData
import HebbIO
import HebbTraining

/// CIFAR-10 or a part of it, from a folder that has it: its license keeps it out of the project.
///
/// Training pictures are shifted by up to 4 pixels and mirrored at random, anew in each pass; all are
/// normalized by the means and deviations that published weights expect, those of ImageNet.
public struct CIFAR10Data: RecipeData {
  /// The data set.
  public init() {}

  /// `cifar10`.
  public var name: String { "cifar10" }

  /// What it is, in one line.
  public var summary: String {
    "60,000 colored pictures, 32 x 32, 10 classes, or a subset of 10,000; from a folder (--data)"
  }

  /// The ten kinds of things.
  public var classNames: [String] { CIFAR10.classNames }

  /// Telling them apart.
  public var objective: any Objective { Classification(classNames: classNames) }

  /// The number of training images of the subset that recipes are checked with.
  static let subsetCount = 8_000

  private static let means = [0.485, 0.456, 0.406]
  private static let deviations = [0.229, 0.224, 0.225]

  private static func normalized(_ pictures: Tensor) -> Tensor {
    PictureTransforms.normalized(pictures, means: means, deviations: deviations)
  }

  /// Reads the images.
  ///
  /// - Throws: `DataError` if no folder has them, or files are damaged.
  public func load(from location: DataLocation, seed: UInt64) throws -> LoadedData {
    let images = try read(location)
    let training = images.training.mapped(seed: seed) { batch, random in
      let moved = PictureTransforms.shiftedAndFlipped(batch.inputs, padding: 4, using: &random)
      return Batch(
        inputs: Self.normalized(moved), targets: batch.targets, indices: batch.indices)
    }
    let test = images.test.mapped { batch, _ in
      Batch(
        inputs: Self.normalized(batch.inputs), targets: batch.targets, indices: batch.indices)
    }
    let counts =
      "\(NumberFormat.grouped(training.count)) training and "
      + "\(NumberFormat.grouped(test.count)) test images"
    var data = LoadedData(
      examples: TrainingData(training: training, test: test),
      origin: "CIFAR-10 in \(images.folder): \(counts)", completeCount: Self.subsetCount)
    data.pictures = AnyDataset(images.test)
    return data
  }

  private func read(_ location: DataLocation) throws(DataError) -> CIFAR10 {
    switch location {
    case .named(let folder): return try CIFAR10(folder: folder)
    case .searched(let folders):
      for folder in folders.flatMap({ ["\($0)/cifar10", "\($0)/cifar-10-batches-bin"] })
      where Folder.isFolder(folder) {
        return try CIFAR10(folder: folder)
      }
      throw DataError(
        "expected the binary files of CIFAR-10 in a folder cifar10 of shared/data or ../shared/data, "
          + "found none; they are not part of Hebb, whose license theirs does not allow: get "
          + "cifar-10-binary.tar.gz, or a subset in its format, and name the folder with --data")
    }
  }

  /// A picture in a PNG file, or an image of the test set.
  ///
  /// - Throws: `DataError` if it is neither.
  public func example(_ text: String, from data: () throws -> LoadedData) throws -> Example {
    if let (input, target) = try testExample(text, from: data) {
      return Example(input: input, truth: classNames[target.integers()[0]])
    }
    let picture = try PNG.read(text, as: .rgb, pixelLimit: 1 << 24)
    let (height, width) = (picture.shape[0], picture.shape[1])
    let pixels = picture.scalars(as: UInt8.self)
    let planes = (0..<3).flatMap { channel in
      let plane = stride(from: channel, to: pixels.count, by: 3).map { Float(pixels[$0]) / 255 }
      return GrayPicture.fit(plane, width: width, height: height, size: 32)
    }
    return Example(
      input: Self.normalized(Tensor(planes, shape: [1, 3, 32, 32])), truth: nil)
  }
}
