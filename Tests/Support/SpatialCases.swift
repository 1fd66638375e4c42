import HebbCore

extension PrimitiveCase {
  /// Convolutions, pools, resizing.
  static let spatial: [PrimitiveCase] = convolutions + pools + samplings

  private static let convolutions: [PrimitiveCase] = [
    .init("convolution of lines", [[2, 3, 9], [4, 3, 3], [4]]) {
      convolution($0[0], $0[1], $0[2], ConvolutionGeometry(stride: [2], padding: [1]))
    },
    .init("convolution of volumes", [[1, 2, 3, 4, 4], [3, 2, 2, 3, 3], [3]]) {
      convolution(
        $0[0], $0[1], $0[2], ConvolutionGeometry(stride: [1, 2, 1], padding: [1, 0, 1]))
    },
    .init("convolution of volumes in groups", [[1, 4, 2, 3, 4], [2, 2, 2, 2, 2], [2]]) {
      let geometry = ConvolutionGeometry(padding: [1, 1], dilation: [1, 2, 1], groups: 2)
      return sigmoid(convolution($0[0], $0[1], $0[2], geometry))
    },
    .init(
      "convolution of many volumes", [[2, 17, 3, 4, 4], [18, 17, 2, 2, 2], [18]],
      differentiable: false
    ) {
      relu(convolution($0[0], $0[1], $0[2]) + 0.003) * 2
    },
    .init("convolution depthwise", [[2, 20, 6, 5], [20, 1, 3, 3]]) {
      convolution($0[0], $0[1], nil, ConvolutionGeometry(padding: [1, 1], groups: 20))
    },
    .init("convolution depthwise of lines", [[2, 6, 9], [12, 1, 3]]) {
      convolution($0[0], $0[1], nil, ConvolutionGeometry(padding: [1], groups: 6))
    },
    .init("transposed convolution", [[2, 3, 4, 5], [3, 2, 3, 3], [2]]) {
      let geometry = ConvolutionGeometry(stride: [2, 1], padding: [1, 1])
      return transposedConvolution($0[0], $0[1], $0[2], geometry, outputPadding: [1, 0])
    },
    .init("transposed convolution of lines", [[2, 2, 5], [2, 3, 3]]) {
      transposedConvolution(
        $0[0], $0[1], nil, ConvolutionGeometry(padding: [1], dilation: [3]), outputPadding: [2])
    },
    .init("transposed convolution of volumes", [[1, 4, 2, 3, 2], [4, 2, 2, 2, 3]]) {
      let geometry = ConvolutionGeometry(stride: [2, 2], groups: 2)
      return transposedConvolution($0[0], $0[1], nil, geometry)
    },
  ]

  private static let pools: [PrimitiveCase] = [
    .init("averagePool inside", [[2, 3, 6, 7]]) {
      averagePool(
        $0[0],
        PoolGeometry(
          kernel: [3, 2], stride: [2, 2], padding: [1, 1], ceilMode: true, countsPadding: false))
    },
    .init("averagePool over the end", [[1, 2, 6, 8]]) {
      averagePool(
        $0[0], PoolGeometry(kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: true))
    },
    .init("averagePool dilated", [[1, 2, 7, 8]]) {
      averagePool($0[0], PoolGeometry(kernel: [2, 3], stride: [1, 2], dilation: [3, 2]))
    },
    .init("averagePool of convolution", [[2, 2, 7, 6], [17, 2, 2, 2]]) {
      averagePool(
        convolution($0[0], $0[1]),
        PoolGeometry(
          kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: true, countsPadding: false))
        * 2
    },
    .init("averagePool of volumes", [[1, 2, 4, 5, 6]]) {
      averagePool($0[0], PoolGeometry(kernel: [2, 3, 2], stride: [2, 2, 1], padding: [1, 1, 0]))
    },
    .init("maxPool dilated over the end", [[2, 2, 8, 7]]) {
      maxPool(
        $0[0],
        PoolGeometry(
          kernel: [3, 2], stride: [2, 2], padding: [1, 1], dilation: [2, 3], ceilMode: true))
    },
    .init("maxPool of dilated convolution", [[2, 2, 8, 7], [17, 2, 2, 2]]) {
      maxPool(
        convolution($0[0], $0[1]),
        PoolGeometry(kernel: [2, 2], stride: [1, 2], dilation: [2, 2], ceilMode: true)) * 2
    },
    .init("maxPool of lines", [[2, 3, 9]]) {
      maxPool($0[0], PoolGeometry(kernel: [3], stride: [2]))
    },
    .init("maxPool of volumes", [[1, 2, 4, 5, 6]]) {
      maxPool($0[0], PoolGeometry(kernel: [2, 3, 2], stride: [2, 2, 1], padding: [1, 1, 0]))
    },
    .init("maxUnpool", [[2, 2, 6, 7]]) {
      let (values, indices) = maxPoolWithIndices($0[0], PoolGeometry(kernel: [2, 2]))
      return maxUnpool(values, indices, size: [6, 7])
    },
    .init("lpPool", [[2, 2, 6]], prepare: positive) {
      lpPool($0[0], p: 3, PoolGeometry(kernel: [2]))
    },
    .init("adaptiveAveragePool", [[2, 2, 7, 5]]) { adaptiveAveragePool($0[0], to: [3, 6]) },
    .init("adaptiveMaxPool", [[2, 2, 7, 5]]) { adaptiveMaxPool($0[0], to: [3, 4]) },
  ]

  private static let samplings: [PrimitiveCase] = [
    .init("unfold", [[2, 2, 5, 6]]) {
      unfold($0[0], kernel: [2, 3], ConvolutionGeometry(stride: [1, 2], padding: [1, 0]))
    },
    .init("fold", [[2, 12, 12]]) {
      fold(
        $0[0], to: [5, 6], kernel: [2, 3], ConvolutionGeometry(stride: [2, 1], padding: [1, 0]))
    },
    .init("resized linear", [[2, 2, 4, 5]]) { resized($0[0], to: [7, 3], by: .linear) },
    .init("resized cubic", [[1, 2, 4, 5]]) {
      resized($0[0], to: [7, 3], by: .cubic, alignCorners: true)
    },
    .init("resized nearest", [[1, 2, 2, 3, 4]]) { resized($0[0], to: [3, 2, 7]) },
    .init("gridSample", [[2, 2, 4, 5], [2, 3, 3, 2]]) {
      gridSample($0[0], $0[1] * 0.7 + 0.013, padding: .zeros)
    },
    .init("gridSample reflected", [[1, 2, 3, 2, 3], [1, 2, 3, 2, 3]]) {
      gridSample($0[0], $0[1] * 0.9 + 0.013, padding: .reflection, alignCorners: true)
    },
    .init("affineGrid", [[2, 2, 3]]) { affineGrid($0[0], size: [3, 4]) },
    .init("pixelShuffle", [[1, 8, 2, 3]]) {
      pixelUnshuffle(pixelShuffle($0[0], factor: 2) * 3, factor: 2)
    },
    .init("localResponseNorm", [[2, 7, 3]]) {
      localResponseNorm($0[0], size: 4, alpha: 0.3, beta: 0.6, k: 1.5)
    },
  ]
}
