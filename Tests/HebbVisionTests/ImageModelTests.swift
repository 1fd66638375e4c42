import HebbCPU
import HebbCore
import HebbNN
import HebbVision
import Testing

/// Parameter counts and output shapes of the models for images.
@Suite struct ImageModelTests {
  @Test func parameterCountsAreTheBooks() {
    #expect(LeNetReLU(seed: 1).parameterCount == 61_706)
    #expect(LeNetBatchNorm(seed: 1).parameterCount == 44_878)
    #expect(MaxoutMLP(seed: 1).parameterCount == 741_130)
    // The note's AlexNet (d2l §8.1).
    #expect(AlexNet(seed: 1).parameterCount == 46_764_746)
  }

  @Test func shapesAreTheBooks() {
    let images = Tensor.zeros([2, 1, 28, 28])
    #expect(LeNetReLU(seed: 1)(images).shape == [2, 10])
    #expect(LeNetBatchNorm(seed: 1)(images).shape == [2, 10])
    #expect(MaxoutMLP(seed: 1)(images).shape == [2, 10])
    let large = Tensor.zeros([1, 1, 224, 224])
    var sizes: [Shape] = []
    let model = AlexNet(seed: 1)
    _ = model.features.layers.reduce(large) { x, layer in
      let y = layer(x)
      sizes.append(y.shape)
      return y
    }
    // As d2l §8.1 prints them.
    #expect(sizes[0] == [1, 96, 54, 54] && sizes[2] == [1, 96, 26, 26])
    #expect(sizes[3] == [1, 256, 26, 26] && sizes[5] == [1, 256, 12, 12])
    #expect(sizes[6] == [1, 384, 12, 12] && sizes[12] == [1, 256, 5, 5])
  }

  /// The book's network learns: the units of the hidden layers keep their order by seed, and dropout
  /// is off in use.
  @Test func multiLayerNetFollowsItsOptions() {
    let plain = MultiLayerNet(sizes: [6, 5, 4], start: .he, seed: 1)
    #expect(plain.norms.isEmpty && plain.dropouts.isEmpty)
    #expect(plain.layers.allSatisfy { $0.bias?.doubles().allSatisfy { $0 == 0 } == true })
    let x = Tensor.normal([3, 6], using: PhiloxGenerator(seed: 2))
    let dropping = MultiLayerNet(sizes: [6, 5, 4], start: .he, dropout: 0.5, seed: 1)
    dropping.eval()
    plain.eval()
    // In use the hidden units are scaled by 1 - p, as the book has it.
    let hidden = relu(plain.layers[0](x)) * 0.5
    let expected = plain.layers[1](hidden).doubles()
    #expect(zip(dropping(x).doubles(), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    let squares = plain.layers.reduce(0) { $0 + square($1.weight).sum().item() }
    #expect(abs(plain.penalty(0.2).item() - 0.1 * squares) < 1e-5)
  }
}
