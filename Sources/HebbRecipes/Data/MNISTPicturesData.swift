import HebbCore
import HebbData
import HebbGenerative
import HebbIO
import HebbTraining

/// The pictures of MNIST as what should come out again.
public struct MNISTPicturesData: RecipeData {
  /// The size of the space between.
  public let latent: Int

  /// Pictures for a model with a space of this size between.
  public init(latent: Int) { self.latent = latent }

  /// `mnist-pictures`.
  public var name: String { "mnist-pictures" }

  /// What it is, in one line.
  public var summary: String { "the pictures of MNIST without labels; needs the files of mnist" }

  /// There are no classes.
  public var classNames: [String] { [] }

  /// The evidence lower bound.
  public var objective: any Objective { EvidenceLowerBound(latent: latent) }

  /// Reads the pictures.
  ///
  /// - Throws: `DataError` if no folder has them, or files are damaged.
  public func load(from location: DataLocation, seed: UInt64) throws -> LoadedData {
    let loaded = try MNISTData().load(from: location, seed: seed)
    guard let test = loaded.examples.test else { return loaded }
    return LoadedData(
      examples: TrainingData(
        training: Pictures(of: loaded.examples.training), test: Pictures(of: test)),
      origin: loaded.origin, completeCount: loaded.completeCount)
  }

  /// A picture in a PNG file, or an image of the test set.
  ///
  /// - Throws: `DataError` if it is neither.
  public func example(_ text: String, from data: () throws -> LoadedData) throws -> Example {
    if let (input, _) = try testExample(text, from: data) {
      return Example(input: input, truth: nil)
    }
    return Example(input: try GrayPicture.read(text, size: 28), truth: nil)
  }
}

/// A data set whose targets are its inputs, one row of numbers each.
private struct Pictures: Dataset {
  typealias Failure = any Error

  let count: Int
  private let pictures: AnyDataset

  init(of pictures: AnyDataset) {
    self.pictures = pictures
    count = pictures.count
  }

  func batch(at indices: [Int]) throws -> Batch {
    let batch = try pictures.batch(at: indices)
    return Batch(
      inputs: batch.inputs, targets: batch.inputs.reshaped(to: [batch.count, -1]), indices: indices)
  }
}

/// The negative evidence lower bound of variational autoencoders, in nats for each example.
public struct EvidenceLowerBound: Objective {
  /// The size of z.
  public let latent: Int

  /// An objective for spaces of this size.
  public init(latent: Int) { self.latent = latent }

  /// By loss.
  public var criterion: Criterion { Criterion("loss", isLargerBetter: false) }

  /// The bound, and its two terms.
  ///
  /// - Parameters:
  ///   - outputs: Logits, μ and ln σ² side by side, `[batch, inputs + 2 latent]`.
  ///   - targets: The pictures, `[batch, inputs]`.
  /// - Returns: `loss`, `reconstruction` and `divergence`.
  public func assess(_ outputs: Tensor, _ targets: Tensor) -> Assessment {
    let inputs = targets.shape[1]
    let terms = evidenceLowerBoundTerms(
      logits: outputs.slice(axis: 1, 0..<inputs), targets: targets,
      mean: outputs.slice(axis: 1, inputs..<inputs + latent),
      logVariance: outputs.slice(axis: 1, inputs + latent..<inputs + 2 * latent))
    let share = 1 / Double(max(targets.shape[0], 1))
    return Assessment(
      loss: (terms.reconstruction + terms.divergence) * share,
      sums: [("reconstruction", terms.reconstruction), ("divergence", terms.divergence)])
  }
}
