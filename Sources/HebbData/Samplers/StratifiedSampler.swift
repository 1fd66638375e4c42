import HebbCore

/// All examples once, shuffled within their classes and dealt out so that every stretch of an epoch,
/// and so every batch, has the classes in nearly the proportions of the whole.
///
/// The j-th of the n examples of a class comes at (j + u) / n of the epoch, where u in 0..<1 is one
/// random number for the class.
public struct StratifiedSampler: Sampler, Hashable {
  /// The class of each example.
  public let labels: [Int]

  /// A sampler for examples of these classes.
  public init(labels: [Int]) { self.labels = labels }

  /// The number of examples.
  public var exampleCount: Int { labels.count }

  /// A permutation with the classes spread evenly.
  public func order(ofEpoch epoch: Int, seed: UInt64) -> [Int] {
    var generator = PhiloxGenerator(seed: seed).mixing("stratified").mixing(UInt64(epoch))
    var members: [Int: [Int]] = [:]
    for (index, label) in labels.enumerated() { members[label, default: []].append(index) }
    var places: [(place: Double, index: Int)] = []
    for label in members.keys.sorted() {
      let group = members[label] ?? []
      let offset = generator.nextUniform()
      for (position, choice) in generator.permutation(count: group.count).enumerated() {
        places.append(((Double(position) + offset) / Double(group.count), group[choice]))
      }
    }
    return places.sorted { ($0.place, $0.index) < ($1.place, $1.index) }.map(\.index)
  }
}
