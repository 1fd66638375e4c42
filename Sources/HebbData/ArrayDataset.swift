import HebbCore

/// How stored numbers become inputs of a model.
public enum InputScaling: Sendable, Hashable {
  /// As they are, in their own type.
  case none
  /// Pixels in 0...255 become `float32` in 0...1, by division as torchvision's `ToTensor` does.
  case unitInterval
  /// Pixels in 0...255 become `float32`, (x / 255 - mean) / deviation.
  case standardized(mean: Float, deviation: Float)

  /// What each of the 256 pixel values becomes.
  var table: [Float] {
    (0..<256).map { pixel in
      let value = Float(pixel) / 255
      return if case .standardized(let mean, let deviation) = self {
        (value - mean) / deviation
      } else {
        value
      }
    }
  }
}

/// A data set in memory: one tensor of inputs, one of targets.
public struct ArrayDataset: Dataset {
  /// All inputs as they are stored, `[count, ...]`.
  public let inputs: Tensor
  /// All targets, `[count]` or `[count, ...]`.
  public let targets: Tensor
  /// The shape of one input in a batch.
  public let inputShape: Shape
  /// What is done to the inputs of a batch.
  public let scaling: InputScaling

  /// A data set of these tensors.
  ///
  /// - Parameters:
  ///   - inputs: `[count, ...]`; `uint8` where there is a scaling.
  ///   - targets: `[count]` or `[count, ...]`.
  ///   - inputShape: The shape of one input in a batch, with as many elements as are stored, for
  ///     example with an axis for the channel; nil for the stored one.
  ///   - scaling: What is done to the inputs when they are gathered.
  public init(
    inputs: Tensor, targets: Tensor, inputShape: Shape? = nil, scaling: InputScaling = .none
  ) {
    precondition(
      inputs.rank > 0 && targets.rank > 0 && inputs.shape[0] == targets.shape[0],
      "ArrayDataset: inputs \(inputs.shape) and targets \(targets.shape) differ in the first axis")
    precondition(
      scaling == .none || inputs.dtype == .uint8,
      "ArrayDataset: a scaling is for uint8 pixels, not \(inputs.dtype)")
    let storedShape = Shape(inputs.shape.dropFirst())
    self.inputs = inputs
    self.targets = targets
    self.inputShape = inputShape ?? storedShape
    self.scaling = scaling
    precondition(
      self.inputShape.elementCount == storedShape.elementCount,
      "ArrayDataset: inputs of shape \(storedShape) cannot be seen as \(self.inputShape)")
  }

  /// The number of examples.
  public var count: Int { inputs.shape[0] }

  /// The examples of these indices, inputs scaled.
  public func batch(at indices: [Int]) -> Batch {
    for index in indices {
      precondition(
        index >= 0 && index < count, "ArrayDataset: index \(index) of a data set of \(count)")
    }
    let rows = Shape([indices.count] + inputShape)
    let gatheredInputs =
      switch scaling {
      case .none: gathered(indices, of: inputs, as: rows)
      case .unitInterval, .standardized: gatheredPixels(indices, as: rows)
      }
    let targetRows = Shape([indices.count] + targets.shape.dropFirst())
    return Batch(
      inputs: gatheredInputs, targets: gathered(indices, of: targets, as: targetRows),
      indices: indices)
  }

  /// The first examples, at most `limit`.
  public func prefix(_ limit: Int) -> Subset<ArrayDataset> {
    Subset(self, indices: Array(0..<min(limit, count)))
  }

  private func gathered(_ indices: [Int], of tensor: Tensor, as shape: Shape) -> Tensor {
    tensor.withBytes { source in
      let size = source.count / max(tensor.shape[0], 1)
      return Tensor(type: TensorType(shape, tensor.dtype)) { target in
        guard size > 0 else { return }
        for (row, index) in indices.enumerated() {
          let bytes = UnsafeRawBufferPointer(rebasing: source[index * size..<(index + 1) * size])
          UnsafeMutableRawBufferPointer(rebasing: target[(row * size)...]).copyMemory(from: bytes)
        }
      }
    }
  }

  private func gatheredPixels(_ indices: [Int], as shape: Shape) -> Tensor {
    inputs.withBytes { source in
      let size = source.count / max(count, 1)
      return Tensor(type: TensorType(shape, .float32)) { target in
        scaling.table.withUnsafeBufferPointer { table in
          guard let pixels = source.bindMemory(to: UInt8.self).baseAddress,
            let values = target.bindMemory(to: Float.self).baseAddress,
            let table = table.baseAddress
          else { return }
          for (row, index) in indices.enumerated() {
            Self.lookUp(pixels + index * size, in: table, values + row * size, count: size)
          }
        }
      }
    }
  }

  /// One load per pixel is faster than a division, and exactly as good.
  private static func lookUp(
    _ pixels: UnsafePointer<UInt8>, in table: UnsafePointer<Float>,
    _ values: UnsafeMutablePointer<Float>, count: Int
  ) {
    for place in 0..<count { values[place] = table[Int(pixels[place])] }
  }
}
