import HebbCore

extension PrimitiveCase {
  /// Attention and the masks of dropout.
  static let attention: [PrimitiveCase] = [
    .init("attention of a common projection", [[2, 5, 12]]) { selfAttention($0[0]) },
    .init("attention of a common projection, dropped", [[2, 70, 24]]) {
      selfAttention($0[0], isCausal: true, dropout: 0.3)
    },
    .init("attention with a mask", [[2, 3, 5, 4], [3, 7, 4], [2, 1, 7, 2], [5, 7]]) {
      fused($0[0], $0[1], $0[2], mask: $0[3])
    },
    .init("keepMask", [[4, 5]], differentiable: false) {
      Tensor.keepMask($0[0].shape, dropping: 0.4, using: PhiloxGenerator(seed: 4))
    },
    .init("dropout", [[3, 50]]) { dropped(dropped($0[0] * 2, 0.3, seed: 5), 0.5, seed: 6) },
    .init("dropout, wide", [[3, 1100]]) { dropped($0[0], 0.3, seed: 5).sum(axes: [1]) },
    .init("dropout of a view", [[6, 35]]) { dropped($0[0].transposed(), 0.3, seed: 5) },
    .init("dropout of everything", [[4, 5]]) { dropped($0[0], 1, seed: 5) },
    .init("dropout of an image", [[2, 16, 9, 9], [16, 16, 3, 3]]) {
      let y = convolution($0[0], $0[1], nil, ConvolutionGeometry(padding: [1, 1]))
      return convolution(dropped(y, 0.3, seed: 5), $0[1])
    },
    .init("all parts of a split", [[3, 12]]) {
      let parts = $0[0].split(3, axis: 1)
      return parts[0] * sin(parts[1]) + square(parts[2])
    },
    .init("some parts of a split", [[3, 12]]) {
      let parts = $0[0].split(3, axis: 1)
      return parts[0] * sin(parts[2]) + parts[0]
    },
  ]

  private static func dropped(_ x: Tensor, _ probability: Double, seed: UInt64) -> Tensor {
    let mask = Tensor.keepMask(
      x.shape, dropping: probability, using: PhiloxGenerator(seed: seed))
    return select(mask, x * 1.5, x.filled(with: 0))
  }

  private static func fused(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, isCausal: Bool = false,
    dropout: Double = 0
  ) -> Tensor {
    var options = AttentionOptions()
    (options.scale, options.isCausal, options.dropout) = (0.5, isCausal, dropout)
    return HebbCore.attention(
      query, key, value, mask: mask, options, using: PhiloxGenerator(seed: 8))
  }

  private static func selfAttention(
    _ x: Tensor, isCausal: Bool = false, dropout: Double = 0
  ) -> Tensor {
    let (batch, time, width) = (x.shape[0], x.shape[1], x.shape[2] / 3)
    let heads = x.split(3, axis: 2).map {
      $0.reshaped(to: [batch, time, 2, width / 2]).permuted([0, 2, 1, 3])
    }
    return fused(heads[0], heads[1], heads[2], isCausal: isCausal, dropout: dropout)
      .permuted([0, 2, 1, 3]).reshaped(to: [batch, time, width])
  }
}
