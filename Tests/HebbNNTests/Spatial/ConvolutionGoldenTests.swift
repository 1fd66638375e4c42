import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// Convolutions and transposed convolutions against PyTorch, forward and every gradient.
@Suite struct ConvolutionGoldenTests {
  static let cases: [SpatialGolden] = [
    .convolution("conv1d") { x in
      convolution(x[0], x[1], x[2], .init(stride: [2], padding: [1]))
    },
    .convolution("conv1d_groups") { x in
      convolution(x[0], x[1], x[2], .init(padding: [2], dilation: [2], groups: 2))
    },
    .convolution("conv2d_depthwise") { x in
      convolution(x[0], x[1], x[2], .init(padding: [1, 1], groups: 3))
    },
    .convolution("conv3d") { x in
      convolution(x[0], x[1], x[2], .init(stride: [1, 2, 1], padding: [1, 0, 1]))
    },
    .convolution("conv3d_groups") { x in
      convolution(
        x[0], x[1], x[2], .init(padding: [1, 1], dilation: [1, 2, 1], groups: 2))
    },
    .convolution("conv_transpose1d") { x in
      transposedConvolution(
        x[0], x[1], x[2], .init(stride: [2], padding: [1]), outputPadding: [1])
    },
    .convolution("conv_transpose1d_dilation") { x in
      transposedConvolution(
        x[0], x[1], x[2], .init(padding: [1], dilation: [3]), outputPadding: [2])
    },
    .convolution("conv_transpose2d") { x in
      transposedConvolution(
        x[0], x[1], x[2], .init(stride: [2, 3], padding: [1, 0]), outputPadding: [1, 2])
    },
    .convolution("conv_transpose2d_groups") { x in
      transposedConvolution(
        x[0], x[1], x[2], .init(stride: [2, 2], padding: [1, 1], dilation: [1, 2], groups: 2))
    },
    .convolution("conv_transpose2d_plain") { x in
      transposedConvolution(x[0], x[1], x[2], .init(padding: [1, 1]))
    },
    .convolution("conv_transpose3d") { x in
      transposedConvolution(
        x[0], x[1], x[2], .init(stride: [2, 1, 2], padding: [0, 1, 1]), outputPadding: [1, 0, 0])
    },
  ]

  @Test(arguments: cases, Precision.both)
  func agreesWithPyTorch(_ row: SpatialGolden, _ precision: Precision) throws {
    try row.check(precision)
  }

  /// The layers, with PyTorch's names of the weights.
  @Test(arguments: Precision.both) func layersAgreeWithPyTorch(_ precision: Precision) throws {
    func golden(_ name: String) throws -> Golden { try Golden("spatial_convolutions", name) }
    var random = PhiloxGenerator(seed: 1)
    try expectGolden(
      golden("conv1d"),
      Conv1d(inputs: 3, outputs: 4, kernel: 3, stride: 2, padding: 1, using: &random), precision)
    try expectGolden(
      golden("conv3d"),
      Conv3d(
        inputs: 2, outputs: 3, kernel: [2, 3, 3],
        geometry: .init(stride: [1, 2, 1], padding: [1, 0, 1]), using: &random), precision)
    try expectGolden(
      golden("conv2d_same"),
      Conv2d(
        inputs: 2, outputs: 3, kernel: [2, 4], geometry: .init(dilation: [2, 1]), padding: .same,
        using: &random), precision)
    let modes: [ConvolutionPadding] = [.reflect(2, 1), .replicate(2, 1), .circular(2, 1)]
    for padding in modes {
      try expectGolden(
        golden("conv2d_\(padding.mode)"),
        Conv2d(inputs: 2, outputs: 3, kernel: 3, padding: padding, using: &random), precision)
    }
    try expectGolden(
      golden("conv_transpose1d"),
      ConvTranspose1d(
        inputs: 3, outputs: 4, kernel: 3, stride: 2, padding: 1, outputPadding: 1, using: &random),
      precision)
    try expectGolden(
      golden("conv_transpose2d"),
      ConvTranspose2d(
        inputs: 3, outputs: 2, kernel: [3, 2],
        geometry: .init(stride: [2, 3], padding: [1, 0]), outputPadding: [1, 2], using: &random),
      precision)
    try expectGolden(
      golden("conv_transpose2d_groups"),
      ConvTranspose2d(
        inputs: 4, outputs: 6, kernel: [3, 3],
        geometry: .init(stride: [2, 2], padding: [1, 1], dilation: [1, 2], groups: 2),
        using: &random), precision)
    try expectGolden(
      golden("conv_transpose3d"),
      ConvTranspose3d(
        inputs: 2, outputs: 3, kernel: [2, 3, 3],
        geometry: .init(stride: [2, 1, 2], padding: [0, 1, 1]), outputPadding: [1, 0, 0],
        using: &random), precision)
  }

  @Test(arguments: Precision.both) func separable(_ precision: Precision) throws {
    let inputs = ["input", "depthwise", "pointwise", "bias"]
    let row = SpatialGolden("separable_conv2d", in: "spatial_convolutions", inputs) { x in
      var random = PhiloxGenerator(seed: 1)
      let layer = SeparableConv2d(
        inputs: 2, outputs: 3, kernel: 3, padding: .zeros(1), multiplier: 2, using: &random)
      layer.cast(to: x[0].dtype)
      layer.depthwise.weight = x[1]
      layer.pointwise.weight = x[2]
      layer.pointwise.bias = x[3]
      return layer(x[0])
    }
    // The assigned weights are leaves of their own: only the input's gradient passes through.
    let golden = try Golden(row.file, row.name)
    let x = golden["input"].cast(to: precision.dtype).source()
    let others = inputs.dropFirst().map { golden[$0].cast(to: precision.dtype) }
    let y = row.function([x] + others)
    expectClose(y, golden["output"], within: precision.tolerance)
    let slope = gradients(
      of: y, for: [x], cotangent: golden["cotangent"].cast(to: precision.dtype))[0]
    expectClose(slope, golden["grad_input"], within: precision.tolerance)
  }

  @Test(arguments: Precision.both) func paddingLayers(_ precision: Precision) throws {
    func golden(_ name: String) throws -> Golden { try Golden("spatial_convolutions", name) }
    try expectGolden(golden("pad1d_reflect"), ReflectionPad1d([2, 1]), precision)
    try expectGolden(golden("pad1d_replicate"), ReplicationPad1d([2, 1]), precision)
    try expectGolden(golden("pad1d_circular"), CircularPad1d([2, 1]), precision)
    let sides = [2, 1, 0, 1, 1, 1]
    try expectGolden(golden("pad3d_reflect"), ReflectionPad3d(sides), precision)
    try expectGolden(golden("pad3d_replicate"), ReplicationPad3d(sides), precision)
    try expectGolden(golden("pad3d_circular"), CircularPad3d(sides), precision)
    try expectGolden(golden("pad2d_zeros"), ZeroPad2d([2, 1, 0, 3]), precision)
  }
}
