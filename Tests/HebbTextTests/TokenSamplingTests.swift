import HebbCPU
import HebbCore
import HebbNN
import HebbText
import Testing

@Suite struct TokenSamplingTests {
  /// How often each of four tokens comes in 4,000 draws.
  private func shares(_ sampling: TokenSampling, _ scores: [Double]) -> [Double] {
    var random = PhiloxGenerator(seed: sampling.seed)
    var counts = Array(repeating: 0, count: scores.count)
    for _ in 0..<4000 { counts[sampling.choose(from: scores, using: &random)] += 1 }
    return counts.map { Double($0) / 4000 }
  }

  /// ln 1, ln 2, ln 3, ln 4: probabilities .1 to .4; the deviation of a share is .008 at most.
  private let scores = [0, 0.693147, 1.098612, 1.386294]

  @Test func sharesAreThoseOfSoftmax() {
    for (share, expected) in zip(shares(TokenSampling(), scores), [0.1, 0.2, 0.3, 0.4]) {
      #expect(abs(share - expected) < 0.03)
    }
    // Squares: 1, 4, 9, 16 of 30.
    let cold = shares(TokenSampling(temperature: 0.5), scores)
    for (share, expected) in zip(cold, [1.0 / 30, 4.0 / 30, 9.0 / 30, 16.0 / 30]) {
      #expect(abs(share - expected) < 0.03)
    }
  }

  @Test func onlyTheLikeliestAreChosen() {
    let shares = shares(TokenSampling(top: 2, seed: 5), scores)
    #expect(shares[0] == 0 && shares[1] == 0)
    #expect(abs(shares[2] - 3.0 / 7) < 0.03)
    #expect(self.shares(TokenSampling(temperature: 0), scores) == [0, 0, 0, 1])
    #expect(self.shares(TokenSampling(top: 1), scores) == [0, 0, 0, 1])
    // Of equal scores the first; as many as are asked for, wherever they stand.
    let many = self.shares(TokenSampling(top: 3, seed: 6), [0, 2, 5, 1, 5, 5, 5, 4])
    #expect(many.indices.filter { many[$0] > 0 } == [2, 4, 5])
    let two = self.shares(TokenSampling(top: 2, seed: 6), [3, 0, 1, 2, 9, 3.5])
    #expect(two.indices.filter { two[$0] > 0 } == [4, 5])
    #expect(self.shares(TokenSampling(temperature: 0), [1, 1, 1, 1]) == [1, 0, 0, 0])
  }

  /// Generation takes at each step a token by its score after the last `context` ones, computed
  /// here without filling up and without what was kept: room for keys and values grows, is full, and the
  /// window moves.
  @Test(arguments: [(6, 9), (80, 90)]) func generatesWhatTheModelSays(context: Int, count: Int) {
    let form = GPT2Form.nano(vocabulary: 13, context: context, width: 8, layers: 2, heads: 2)
    let model = GPT2LanguageModel(form, seed: 4).eval()
    // Larger weights, so that no two scores are near.
    for (_, box) in model.namedParameters() { box.tensor = box.tensor.map { $0 * 5 } }
    func expected(_ sampling: TokenSampling) -> [Int] {
      var random = PhiloxGenerator(seed: sampling.seed)
      var text = [3, 1]
      for _ in 0..<count {
        let window = text.suffix(context).map { Int64($0) }
        let scores = model(Tensor(window, shape: [1, window.count]))[0][window.count - 1]
        text.append(sampling.choose(from: scores.doubles(), using: &random))
      }
      return Array(text.dropFirst(2))
    }
    // The likeliest, and draws that follow every change of the probabilities.
    for sampling in [TokenSampling(temperature: 0), TokenSampling(temperature: 2, seed: 8)] {
      let text = expected(sampling)
      #expect(model.generate(after: [3, 1], count: count, sampling) == text)
      #expect(Set([3, 1] + text).count > 2)
    }
    let warm = TokenSampling(temperature: 1, seed: 9)
    let first = model.generate(after: [3, 1], count: 9, warm)
    #expect(model.generate(after: [3, 1], count: 9, warm) == first)
    #expect(model.generate(after: [3, 1], count: 9, TokenSampling(seed: 10)) != first)
  }

  /// Texts of all lengths within a room take the same plans.
  @Test func textsShareTheirPlans() {
    let form = GPT2Form.nano(vocabulary: 13, context: 64, width: 8, layers: 1, heads: 2)
    let model = GPT2LanguageModel(form, seed: 4).eval()
    // The first use also makes the weights.
    _ = model.generate(after: [3, 1], count: 1)
    _ = model.generate(after: [3, 1], count: 50)
    let before = Hebb.compiledPlanCount
    _ = model.generate(after: [1, 2, 3, 4, 5], count: 45, TokenSampling(seed: 1))
    #expect(Hebb.compiledPlanCount == before)
  }
}
