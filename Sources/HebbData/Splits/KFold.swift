import HebbCore
import HebbIO

/// One of the ways to leave a part out: what is learned from, and what is measured with.
public struct Fold: Sendable, Hashable {
  /// The numbers of the examples to learn from, ascending.
  public let training: [Int]
  /// The numbers of the examples to measure with, ascending.
  public let validation: [Int]
}

/// Cross-validation: the data in k parts of nearly equal size, each of which is left out once.
///
/// Agrees with scikit-learn's `KFold` and `StratifiedKFold` where nothing is shuffled.
///
/// - SeeAlso: Stone 1974, "Cross-validatory choice and assessment of statistical predictions".
public struct KFold: Sendable, Hashable {
  /// k, the number of parts.
  public let count: Int
  /// What a shuffle before is made from; nil for none.
  public let seed: UInt64?

  /// Cross-validation with this many parts.
  ///
  /// - Throws: `DataError` if there are fewer than two parts.
  public init(_ count: Int, shufflingWith seed: UInt64? = nil) throws(DataError) {
    guard count >= 2 else {
      throw DataError("expected 2 or more parts for cross-validation, found \(count); use more")
    }
    self.count = count
    self.seed = seed
  }

  /// The folds of so many examples: consecutive stretches, of which the first n mod k have one more.
  ///
  /// - Throws: `DataError` if there are fewer examples than parts.
  public func folds(of exampleCount: Int) throws(DataError) -> [Fold] {
    try demand(exampleCount)
    var order = Array(0..<exampleCount)
    if let seed {
      var generator = PhiloxGenerator(seed: seed).mixing("k-fold")
      order = generator.permutation(count: exampleCount)
    }
    let (size, rest) = exampleCount.quotientAndRemainder(dividingBy: count)
    var parts = [Int](repeating: 0, count: exampleCount)
    var start = 0
    for part in 0..<count {
      let end = start + size + (part < rest ? 1 : 0)
      for place in start..<end { parts[order[place]] = part }
      start = end
    }
    return folds(ofParts: parts)
  }

  /// The folds of examples with these classes, which every part has in nearly equal proportions.
  ///
  /// - Throws: `DataError` if a class has fewer examples than there are parts.
  public func folds(stratifying labels: [Int]) throws(DataError) -> [Fold] {
    try demand(labels.count)
    // Classes are numbered by their first appearance, as scikit-learn does.
    var numbers: [Int: Int] = [:]
    let classes = labels.map { label -> Int in
      let number = numbers[label] ?? numbers.count
      numbers[label] = number
      return number
    }
    let sorted = classes.sorted()
    var sizes = [Int](repeating: 0, count: numbers.count)
    for number in classes { sizes[number] += 1 }
    if let smallest = sizes.min(), smallest < count {
      throw DataError(
        "expected at least \(count) examples of each class, found a class with \(smallest); use "
          + "fewer parts")
    }
    // Part i takes of each class what every k-th place of the sorted classes has, from place i.
    var waiting = [[Int]](repeating: [], count: numbers.count)
    for part in 0..<count {
      for place in stride(from: part, to: sorted.count, by: count) {
        waiting[sorted[place]].append(part)
      }
    }
    if let seed {
      var generator = PhiloxGenerator(seed: seed).mixing("stratified k-fold")
      waiting = waiting.map { parts in
        generator.permutation(count: parts.count).map { parts[$0] }
      }
    }
    var used = [Int](repeating: 0, count: numbers.count)
    let parts = classes.map { number -> Int in
      defer { used[number] += 1 }
      return waiting[number][used[number]]
    }
    return folds(ofParts: parts)
  }

  private func demand(_ exampleCount: Int) throws(DataError) {
    guard exampleCount >= count else {
      throw DataError(
        "expected at least \(count) examples, one for each part, found \(exampleCount); use fewer "
          + "parts")
    }
  }

  private func folds(ofParts parts: [Int]) -> [Fold] {
    (0..<count).map { part in
      Fold(
        training: parts.indices.filter { parts[$0] != part },
        validation: parts.indices.filter { parts[$0] == part })
    }
  }
}
