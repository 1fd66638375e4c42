import HebbCore

/// Sequences of different lengths as one tensor.
public struct PaddedSequences: Sendable {
  /// The sequences, `[batch, time, ...]`, each filled up behind its end.
  public let values: Tensor
  /// How long each sequence is, `int64[batch]`.
  public let lengths: Tensor

  /// Fills sequences up to the length of the longest one, or to a given length; what is longer is cut
  /// off.
  ///
  /// - Parameters:
  ///   - sequences: At least one, each `[time, ...]` with the same type and further axes.
  ///   - value: What is filled in.
  ///   - length: The length of all; nil for that of the longest.
  public init(_ sequences: [Tensor], value: Double = 0, length: Int? = nil) {
    precondition(!sequences.isEmpty, "PaddedSequences: at least one sequence is needed")
    let first = sequences[0]
    for (index, sequence) in sequences.enumerated() {
      precondition(
        sequence.rank > 0 && sequence.dtype == first.dtype
          && sequence.shape.dropFirst().elementsEqual(first.shape.dropFirst()),
        "PaddedSequences: sequence \(index) is \(sequence.type), the first is \(first.type)")
    }
    let longest = sequences.map { $0.shape[0] }.max() ?? 0
    let time = length ?? longest
    precondition(time >= 0, "PaddedSequences: the length is 0 or more, not \(time)")
    let shape = Shape([sequences.count, time] + first.shape.dropFirst())
    let filling = Tensor.full([1], value, dtype: first.dtype).withBytes { Array($0) }
    let step = Shape(first.shape.dropFirst()).elementCount * first.dtype.byteCount
    values = Tensor(type: TensorType(shape, first.dtype)) { target in
      for (row, sequence) in sequences.enumerated() {
        let rowBytes = target[(row * time * step)..<((row + 1) * time * step)]
        let own = UnsafeMutableRawBufferPointer(rebasing: rowBytes)
        let used = min(sequence.shape[0], time) * step
        sequence.withBytes { own.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<used])) }
        for place in used..<own.count { own[place] = filling[(place - used) % filling.count] }
      }
    }
    lengths = Tensor(sequences.map { Int64(min($0.shape[0], time)) })
  }

  /// 1 where a sequence has an element and 0 where it was filled up, `[batch, time]`.
  public func mask(dtype: DType = .float32) -> Tensor {
    let time = values.shape[1]
    let ones = lengths.integers().flatMap { length in
      (0..<time).map { $0 < length ? Float(1) : 0 }
    }
    return Tensor(ones, shape: [lengths.count, time]).cast(to: dtype)
  }
}

/// Sequences of different lengths with a target each; a batch is filled up to its longest one and
/// carries the lengths.
public struct RaggedDataset: Dataset {
  /// The sequences, each `[time, ...]`.
  public let sequences: [Tensor]
  /// The targets, `[count]` or `[count, ...]`.
  public let targets: Tensor
  /// What is filled in behind the end of a sequence.
  public let padding: Double

  /// Sequences with their targets.
  public init(_ sequences: [Tensor], targets: Tensor, padding: Double = 0) {
    precondition(
      targets.rank > 0 && targets.shape[0] == sequences.count,
      "RaggedDataset: \(sequences.count) sequences and targets \(targets.shape)")
    self.sequences = sequences
    self.targets = targets
    self.padding = padding
  }

  /// The number of sequences.
  public var count: Int { sequences.count }

  /// The examples of these indices, filled up.
  public func batch(at indices: [Int]) -> Batch {
    let padded = PaddedSequences(indices.map { sequences[$0] }, value: padding)
    let chosen = targets.gathering(Tensor(indices.map { Int64($0) })).evaluated()
    return Batch(inputs: padded.values, targets: chosen, indices: indices, lengths: padded.lengths)
  }
}
