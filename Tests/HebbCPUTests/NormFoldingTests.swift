import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Convolutions that also do what stands behind them: norms with known statistics, residual sums,
/// activations. And weights that are packed once.
@Suite struct NormFoldingTests {
  /// What stands behind the convolution.
  struct Case: Sendable, CustomTestStringConvertible {
    var channels: Int
    var hasBias = false
    var hasResidual = false
    var hasActivation = true
    var stride = 1
    var keepsInner = false
    var dividesByDeviation = false

    var testDescription: String {
      "\(channels) channels, bias \(hasBias), residual \(hasResidual), activation "
        + "\(hasActivation), stride \(stride), keeps \(keepsInner), divides \(dividesByDeviation)"
    }

    static let all: [Case] = [
      Case(channels: 3), Case(channels: 24), Case(channels: 24, hasBias: true),
      Case(channels: 24, hasResidual: true), Case(channels: 20, hasBias: true, hasResidual: true),
      Case(channels: 24, hasResidual: true, hasActivation: false),
      Case(channels: 24, hasActivation: false), Case(channels: 33, stride: 2),
      Case(channels: 24, keepsInner: true), Case(channels: 24, dividesByDeviation: true),
      Case(channels: 5, hasBias: true, hasResidual: true, dividesByDeviation: true),
    ]
  }

  private func work(_ row: Case) -> [Tensor] {
    let n = row.channels
    let x = Tensor.sample([2, n, 9, 7], 1)
    let weight = Tensor.sample([n, n, 3, 3], 2)
    let geometry = ConvolutionGeometry(
      stride: [row.stride, row.stride], padding: [1, 1], dilation: [1, 1])
    let convolved = convolution(x, weight, row.hasBias ? .sample([n], 3) : nil, geometry)
    func perChannel(_ seed: UInt64) -> Tensor {
      Tensor.sample([n], seed).reshaped(to: [1, n, 1, 1])
    }
    let centered = convolved - perChannel(4)
    let variance = square(perChannel(5)) + 0.25
    var y: Tensor
    if row.dividesByDeviation {
      y = centered / sqrt(variance) + perChannel(7)
    } else {
      y = centered * (rsqrt(variance + 1e-5) * perChannel(6)) + perChannel(7)
    }
    if row.hasResidual { y = y + Tensor.sample(y.shape, 8) }
    if row.hasActivation { y = relu(y) }
    let others = row.keepsInner ? [centered] : []
    Tensor.evaluate([y] + others)
    return [y] + others
  }

  /// The oracle computes one operation after the other.
  @Test(arguments: Case.all) func agreesWithTheOracle(_ row: Case) {
    let expected = withReferenceBackend { work(row) }
    for (a, e) in zip(work(row), expected) { expectClose(a, e, within: 3e-6, "\(row)") }
  }

  /// Two convolutions of which one adds what the other gives, as where a residual block changes the shape.
  @Test func shortcutsWithConvolutions() {
    func block() -> Tensor {
      let x = Tensor.sample([2, 20, 6, 6], 1)
      let scale = Tensor.sample([1, 40, 1, 1], 2)
      let shift = Tensor.sample([1, 40, 1, 1], 3)
      let main = convolution(x, Tensor.sample([40, 20, 1, 1], 4)) * scale + shift
      let shortcut = convolution(x, Tensor.sample([40, 20, 1, 1], 5)) * shift + scale
      let sum = relu(main + shortcut)
      return relu(convolution(sum, Tensor.sample([40, 40, 1, 1], 6)) * scale + shift + sum)
        .evaluated()
    }
    let expected = withReferenceBackend { block() }
    expectClose(block(), expected, within: 5e-6)
  }

  /// Gradients go through known statistics as well: of images, weights and the norm's own numbers.
  @Test func gradientsAgreeWithTheOracle() {
    func slopes() -> [Tensor] {
      let x = Tensor.sample([2, 20, 5, 5], 1).source()
      let weight = Tensor.sample([24, 20, 3, 3], 2).source()
      let scale = Tensor.sample([1, 24, 1, 1], 3).source()
      let shift = Tensor.sample([1, 24, 1, 1], 4).source()
      let y = relu((convolution(x, weight) - 0.5 * shift) * scale + shift)
      let result = gradients(
        of: y, for: [x, weight, scale, shift], cotangent: .sample(y.shape, 5))
      Tensor.evaluate(result + [y])
      return result + [y]
    }
    let expected = withReferenceBackend { slopes() }
    for (a, e) in zip(slopes(), expected) { expectClose(a, e, within: 5e-6) }
  }

  /// A weight is packed by the first run and found by the next; when its memory is given to its successor,
  /// the next run sees the new numbers.
  @Test func packedWeightsFollowTheirNumbers() {
    let x = Tensor.sample([1, 32, 8, 8], 1).evaluated()
    var weight = Tensor.sample([32, 32, 3, 3], 2).evaluated()
    func use(_ weight: Tensor) -> Tensor {
      withoutGradients { convolution(x, weight) }.evaluated()
    }
    for step in 0..<3 {
      for _ in 0..<2 {
        let found = use(weight)
        let copy = Tensor(weight.floats(), shape: weight.shape)
        expectClose(found, withReferenceBackend { use(copy) }, within: 3e-6, "step \(step)")
      }
      // As an optimizer does it: nobody holds the old numbers, so the new ones take their place.
      weight = weight * -0.5 + 0.01
      Tensor.commit([weight], results: [])
    }
  }

  /// Weights of one plan are not taken for those of another model with the same shapes.
  @Test func packedWeightsBelongToTheirElements() {
    let x = Tensor.sample([1, 32, 8, 8], 1).evaluated()
    for seed: UInt64 in 2..<6 {
      let weight = Tensor.sample([32, 32, 1, 1], seed).evaluated()
      let found = withoutGradients { convolution(x, weight) }.evaluated()
      let expected = withReferenceBackend {
        withoutGradients { convolution(x, weight) }.evaluated()
      }
      expectClose(found, expected, within: 3e-6)
    }
  }
}
