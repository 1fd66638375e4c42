import HebbCore

/// Data sets one after the other, numbered through.
public struct ConcatenatedDataset<Part: Dataset>: Dataset {
  /// The data sets in their order.
  public let parts: [Part]
  /// The number of the first example of each part, and the number of all.
  private let starts: [Int]

  /// These data sets, of which all have inputs and targets of the same shapes and types.
  public init(_ parts: [Part]) {
    self.parts = parts
    starts = parts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
  }

  /// The number of all examples.
  public var count: Int { starts.last ?? 0 }

  /// The examples of these indices.
  ///
  /// - Throws: What the parts throw.
  public func batch(at indices: [Int]) throws(Part.Failure) -> Batch {
    try joined(indices) { (part, own) throws(Part.Failure) in try part.batch(at: own) }
  }

  /// The examples of these indices as they are in a pass.
  ///
  /// - Throws: What the parts throw.
  public func batch(at indices: [Int], epoch: Int) throws(Part.Failure) -> Batch {
    try joined(indices) { (part, own) throws(Part.Failure) in
      try part.batch(at: own, epoch: epoch)
    }
  }

  /// Reads each stretch of indices that lie in one part, and joins them.
  private func joined(
    _ indices: [Int], _ read: (Part, [Int]) throws(Part.Failure) -> Batch
  ) throws(Part.Failure) -> Batch {
    var pieces: [Batch] = []
    var rest = indices[...]
    while let first = rest.first {
      let part = part(of: first)
      let own = rest.prefix { self.part(of: $0) == part }
      pieces.append(try read(parts[part], own.map { $0 - starts[part] }))
      rest = rest.dropFirst(own.count)
    }
    guard let first = pieces.first else { return try read(parts[0], []) }
    guard pieces.count > 1 else {
      return Batch(
        inputs: first.inputs, targets: first.targets, indices: indices, lengths: first.lengths)
    }
    let lengths = pieces.compactMap(\.lengths)
    return Batch(
      inputs: concatenate(pieces.map(\.inputs)).evaluated(),
      targets: concatenate(pieces.map(\.targets)).evaluated(), indices: indices,
      lengths: lengths.count == pieces.count ? concatenate(lengths).evaluated() : nil)
  }

  private func part(of index: Int) -> Int {
    precondition(
      index >= 0 && index < count, "ConcatenatedDataset: index \(index) of a data set of \(count)")
    return (starts.firstIndex { $0 > index } ?? parts.count) - 1
  }
}
