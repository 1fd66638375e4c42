import HebbCore
import HebbData
import Testing

struct SyntheticLinearTests {
  @Test func shapesAreThoseOfTheBook() {
    let data = SyntheticLinear(seed: 1)
    #expect(data.training.count == 1_000)
    let batch = data.training.batch(at: [0, 999])
    #expect(batch.inputs.type == TensorType([2, 2], .float32))
    #expect(batch.targets.type == TensorType([2, 1], .float32))
    #expect(data.weights == [2, -3.4] && data.bias == 4.2 && data.noise == 0.01)
  }

  @Test func inputsAreNormal() {
    let data = SyntheticLinear(count: 50_000, seed: 2)
    let values = data.training.inputs.scalars(as: Float.self).map { Double($0) }
    let count = Double(values.count)
    // Moments of N(0, 1) within five standard errors.
    let errors = [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
    for (power, expected, variance) in errors {
      let moment = values.reduce(0) { sum, value in
        sum + (1...power).reduce(1) { product, _ in product * value }
      }
      #expect(abs(moment / count - expected) < 5 * (variance / count).squareRoot())
    }
    #expect(values.allSatisfy { $0.isFinite })
  }

  @Test func residualsAreTheNoise() {
    for noise in [0, 0.01, 0.5] {
      let data = SyntheticLinear(count: 10_000, noise: noise, seed: 3)
      let inputs = data.training.inputs.scalars(as: Float.self).map { Double($0) }
      let targets = data.training.targets.scalars(as: Float.self).map { Double($0) }
      let residuals = targets.indices.map { row in
        targets[row] - (2 * inputs[2 * row] - 3.4 * inputs[2 * row + 1] + 4.2)
      }
      let deviation = (residuals.reduce(0) { $0 + $1 * $1 } / 10_000).squareRoot()
      #expect(abs(deviation - noise) < 0.04 * noise + 1e-6)
      #expect(abs(residuals.reduce(0, +) / 10_000) < 0.05 * noise + 1e-6)
    }
  }

  @Test func seedDecides() {
    let first = SyntheticLinear(count: 5, seed: 1).training.inputs.scalars(as: Float.self)
    #expect(SyntheticLinear(count: 5, seed: 1).training.inputs.scalars(as: Float.self) == first)
    #expect(SyntheticLinear(count: 5, seed: 2).training.inputs.scalars(as: Float.self) != first)
    // More examples begin with the same ones.
    let more = SyntheticLinear(count: 9, seed: 1).training.inputs.scalars(as: Float.self)
    #expect(Array(more.prefix(10)) == first)
  }

  @Test func anyNumberOfWeights() {
    let data = SyntheticLinear(count: 3, weights: [1, 2, 3, 4, 5], bias: 0, noise: 0)
    #expect(data.training.inputs.shape == [3, 5])
    #expect(SyntheticLinear(count: 0).training.count == 0)
  }
}
