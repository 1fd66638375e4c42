import HebbCore
import HebbData
import HebbIO
import HebbTestSupport
import Testing

@Suite struct SplitTests {
  /// The system `train-val-test`: every example in one part, classes in proportion, and what stands in
  /// two parts is found.
  @Test func stratifiedPartsAndLeakage() throws {
    // 60, 30 and 10 examples.
    let labels = (0..<100).map { $0 < 60 ? 7 : $0 < 90 ? 3 : 5 }
    let split = try Split(stratifying: labels, validation: 0.2, test: 0.1, seed: 4)
    #expect((split.training + split.validation + split.test).sorted() == Array(0..<100))
    func sizes(_ part: [Int]) -> [Int] {
      [7, 3, 5].map { label in part.count { labels[$0] == label } }
    }
    #expect(sizes(split.training) == [42, 21, 7])
    #expect(sizes(split.validation) == [12, 6, 2])
    #expect(sizes(split.test) == [6, 3, 1])
    #expect(try Split(stratifying: labels, validation: 0.2, test: 0.1, seed: 4) == split)
    #expect(try Split(stratifying: labels, validation: 0.2, test: 0.1, seed: 5) != split)

    let inputs = Tensor.sample([100, 5], 1)
    let data = ArrayDataset(inputs: inputs, targets: Tensor(labels))
    let (training, test) = (data.subset(split.training), data.subset(split.test))
    #expect(try leakage(from: training, into: test).isEmpty)
    // Three examples of the test that were learned from.
    let leaking = data.subset(split.training + split.test.prefix(3))
    let pairs = try leakage(from: leaking, into: test)
    #expect(pairs.map(\.second) == [0, 1, 2])
    #expect(pairs.map(\.first) == (0..<3).map { split.training.count + $0 })
  }

  @Test func partsAtRandomHaveTheSizesAskedFor() throws {
    let split = try Split(count: 1000, validation: 0.2, seed: 1)
    #expect(split.training.count == 800 && split.validation.count == 200 && split.test.isEmpty)
    #expect(Set(split.training).isDisjoint(with: split.validation))
    // Not the first or last ones.
    #expect(split.validation.count { $0 < 500 } > 60 && split.validation.count { $0 >= 500 } > 60)
  }

  /// The system `public-private-test`: 1,000 models that guess one of ten classes. The best of them on
  /// the public half of the test looks good there and nowhere else; the best in validation gets the
  /// true number, a tenth, from both halves.
  @Test func theBestOnThePublicTestIsNoBetter() throws {
    var (chosen, shown, hidden) = ([0.0, 0], [0.0, 0], [0.0, 0])
    let repetitions = 5
    for repetition in 0..<repetitions {
      let seed = UInt64(repetition)
      // 200 examples each for validation, the public and the private half.
      let split = try Split(count: 700, validation: 2.0 / 7, test: 4.0 / 7, seed: seed)
      let (open, secret) = (Array(split.test.prefix(200)), Array(split.test.dropFirst(200)))
      #expect(split.validation.count == 200 && secret.count == 200)
      let labels = Tensor.randomIntegers([700], in: 0..<10, using: PhiloxGenerator(seed: seed))
      let guesses = Tensor.randomIntegers(
        [1000, 700], in: 0..<10, using: PhiloxGenerator(seed: seed, stream: 1))
      let hits = (guesses .== labels).cast(to: .float32)
      /// The score of each model.
      func scores(_ part: [Int]) -> Tensor { hits.gathering(Tensor(part), axis: 1).mean(axes: [1]) }
      let (validation, test) = (scores(split.validation), scores(open))
      let (onOpen, onSecret) = (test.doubles(), scores(secret).doubles())
      for (way, judged) in [validation, test].enumerated() {
        let best = judged.argMax().integers()[0]
        chosen[way] += judged.doubles()[best] / Double(repetitions)
        shown[way] += onOpen[best] / Double(repetitions)
        hidden[way] += onSecret[best] / Double(repetitions)
      }
    }
    // The deviation of a score is .021, of a mean over the repetitions .0095; the best of 1,000 is
    // more than three deviations off.
    #expect(chosen[0] > 0.15 && chosen[1] > 0.15)
    #expect(shown[1] - hidden[1] > 0.05)
    for honest in [shown[0], hidden[0], hidden[1]] { #expect(abs(honest - 0.1) < 0.03) }
  }

  @Test func impossibleSharesAreRefused() {
    expectError(
      "expected shares of 0 or more with a sum below 1, found 0.5 for validation and 0.5 for the "
        + "test; leave something to learn from"
    ) { _ = try Split(count: 10, validation: 0.5, test: 0.5, seed: 0) }
    expectError(
      "expected at least one example to learn from, found none of 0; use more data or smaller shares"
    ) { _ = try Split(count: 0, validation: 0.2, seed: 0) }
  }
}

@Suite struct KFoldTests {
  /// The system `k-fold`: the indices of scikit-learn's `KFold` and `StratifiedKFold`.
  @Test(arguments: [2, 3, 5]) func foldsAreThoseOfScikitLearn(count: Int) throws {
    let file = try golden("metrics")
    let labels = try #require(file["strata"]).integers()
    let folds = try KFold(count)
    let found = [
      ("k_fold", try folds.folds(of: labels.count)),
      ("stratified_k_fold", try folds.folds(stratifying: labels)),
    ]
    for (name, folds) in found {
      let parts = try #require(file["\(name)_\(count)"]).integers()
      #expect(folds.count == count)
      for (part, fold) in folds.enumerated() {
        #expect(fold.validation == parts.indices.filter { parts[$0] == part })
        #expect(fold.training == parts.indices.filter { parts[$0] != part })
      }
    }
  }

  @Test func shuffledFoldsArePartsToo() throws {
    let labels = (0..<40).map { $0 % 4 }
    let folds = try KFold(4, shufflingWith: 3)
    let plain = try folds.folds(of: 40)
    #expect(plain.flatMap(\.validation).sorted() == Array(0..<40))
    #expect(plain[0].validation != Array(0..<10))
    let stratified = try folds.folds(stratifying: labels)
    #expect(stratified.flatMap(\.validation).sorted() == Array(0..<40))
    for fold in stratified {
      for label in 0..<4 { #expect(abs(fold.validation.count { labels[$0] == label } - 2) <= 1) }
    }
    #expect(try KFold(4).folds(stratifying: labels) != stratified)
  }

  /// The use of it: the mean error over the parts that were left out chooses the degree of a
  /// polynomial; then all examples are learned from. 20 examples of a cubic function are too few to
  /// set some of them aside.
  @Test func foldsChooseAModel() throws {
    let count = 20
    let x = (0..<count).map { Double(($0 * 7) % count) / 10 - 0.95 }
    let y = x.enumerated().map { place, x in
      2 * x * x * x - x + 0.1 * Double((place * 13) % 7 - 3) / 3
    }
    func fit(_ rows: [Int], _ degree: Int) -> [Double] {
      let powers = rows.flatMap { row in (0...degree).map { power(x[row], $0) } }
      let matrix = Tensor(powers, shape: [rows.count, degree + 1])
      return ridgeRegression(matrix, Tensor(rows.map { y[$0] }), alpha: 1e-9).doubles()
    }
    func error(_ w: [Double], _ rows: [Int]) -> Double {
      rows.reduce(0) { sum, row in
        let value = w.indices.reduce(0) { $0 + w[$1] * power(x[row], $1) }
        return sum + (value - y[row]) * (value - y[row])
      } / Double(rows.count)
    }
    let folds = try KFold(5).folds(of: count)
    let errors = (0...12).map { degree in
      folds.reduce(0) { $0 + error(fit($1.training, degree), $1.validation) } / 5
    }
    let all = Array(0..<count)
    let best = try #require(errors.indices.min { errors[$0] < errors[$1] })
    #expect(best == 3, "\(errors)")
    // The error on what was learned from would have chosen the largest degree.
    #expect(error(fit(all, 12), all) < error(fit(all, 3), all))
    let final = fit(all, best)
    #expect(abs(final[3] - 2) < 0.3 && abs(final[1] + 1) < 0.3)
  }

  private func power(_ x: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * x }
  }

  @Test func tooFewExamplesAreRefused() {
    expectError("expected 2 or more parts for cross-validation, found 1; use more") {
      _ = try KFold(1)
    }
    expectError(
      "expected at least 5 examples, one for each part, found 4; use fewer parts"
    ) { _ = try KFold(5).folds(of: 4) }
    expectError(
      "expected at least 3 examples of each class, found a class with 1; use fewer parts"
    ) { _ = try KFold(3).folds(stratifying: [0, 0, 0, 1]) }
  }
}

/// The tensors of `Tests/Goldens/<file>.safetensors` (see Tools/golden).
private func golden(_ file: String) throws -> [String: Tensor] {
  var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  parts.removeLast(3)
  return try SafeTensors(path: "\(parts.joined(separator: "/"))/Goldens/\(file).safetensors")
    .tensors()
}
