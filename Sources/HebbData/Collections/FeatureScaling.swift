import HebbCore

/// Features moved and scaled to mean 0 and standard deviation 1: x ← (x − μ) / σ.
///
/// μ and σ are measured on the training part alone; what is learned from must not know the test. A
/// feature that never changes is only moved (σ = 1), as scikit-learn's `StandardScaler` does.
public struct FeatureScaling: Sendable, Hashable {
  /// μ of each feature.
  public let means: [Double]
  /// σ of each feature, of the population (divided by the number of examples).
  public let deviations: [Double]

  /// A standardization with known numbers, as those of ImageNet's channels.
  public init(means: [Double], deviations: [Double]) {
    precondition(
      means.count == deviations.count && deviations.allSatisfy { $0 > 0 },
      "FeatureScaling: as many positive deviations as means are needed")
    (self.means, self.deviations) = (means, deviations)
  }

  /// Measures the features along an axis of the inputs, over all examples and other axes.
  ///
  /// - Parameters:
  ///   - dataset: The training part; read once, batch by batch.
  ///   - axis: The axis of the features in a batch: 1 for columns of a table and channels of images.
  ///   - batchSize: How many examples are read at once.
  /// - Throws: What reading the data throws.
  public init<Source: Dataset>(
    of dataset: Source, axis: Int = 1, batchSize: Int = 1024
  ) throws(Source.Failure) {
    // Means and squared deviations of batches are merged (Chan, Golub & LeVeque 1979): the sum of
    // squares alone loses all digits where the mean is large.
    var (means, squares, count) = ([Double](), [Double](), 0.0)
    for start in stride(from: 0, to: dataset.count, by: batchSize) {
      let indices = Array(start..<min(start + batchSize, dataset.count))
      let inputs = try dataset.batch(at: indices).inputs
      let (features, inner) = Self.sizes(inputs.shape, axis)
      let values = inputs.doubles()
      if means.isEmpty { (means, squares) = (Self.zeros(features), Self.zeros(features)) }
      let added = Double(values.count / max(features, 1))
      for feature in 0..<features {
        let outer = stride(from: feature * inner, to: values.count, by: features * inner)
        var sum = 0.0
        for base in outer { for place in base..<base + inner { sum += values[place] } }
        let mean = sum / max(added, 1)
        var square = 0.0
        for base in outer {
          for place in base..<base + inner {
            square += (values[place] - mean) * (values[place] - mean)
          }
        }
        let distance = mean - means[feature]
        let total = count + added
        means[feature] += distance * added / total
        squares[feature] += square + distance * distance * count * added / total
      }
      count += added
    }
    self.means = means
    deviations = squares.map { square in
      let deviation = (square / max(count, 1)).squareRoot()
      return deviation > 0 ? deviation : 1
    }
  }

  /// The inputs moved and scaled along an axis.
  public func callAsFunction(_ x: Tensor, axis: Int = 1) -> Tensor {
    precondition(
      x.shape[axis] == means.count,
      "FeatureScaling: \(means.count) features, axis \(axis) of \(x.shape) has \(x.shape[axis])")
    var shape = [Int](repeating: 1, count: x.rank)
    shape[axis] = means.count
    let mean = Tensor(means, shape: Shape(shape)).cast(to: x.dtype)
    let deviation = Tensor(deviations, shape: Shape(shape)).cast(to: x.dtype)
    return (x - mean) / deviation
  }

  private static func zeros(_ count: Int) -> [Double] { Array(repeating: 0, count: count) }

  private static func sizes(_ shape: Shape, _ axis: Int) -> (features: Int, inner: Int) {
    precondition(shape.rank > axis, "FeatureScaling: inputs \(shape) have no axis \(axis)")
    return (shape[axis], Shape(shape.dropFirst(axis + 1)).elementCount)
  }
}

extension Dataset {
  /// This data set with its inputs moved and scaled along an axis.
  public func standardized(
    by scaling: FeatureScaling, axis: Int = 1
  ) -> MappedDataset<Self> {
    mapped { (batch, _) throws(Failure) in
      Batch(
        inputs: scaling(batch.inputs, axis: axis).evaluated(), targets: batch.targets,
        indices: batch.indices, lengths: batch.lengths)
    }
  }
}
