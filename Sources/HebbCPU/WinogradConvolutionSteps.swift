import CHebbKernels
import HebbCore

/// Convolutions with windows of 3 x 3 by Winograd's minimal filtering, and both their gradients.
extension PlanBuilder {
  /// Which weights are packed, and how.
  private struct PackedFilters: Hashable, Sendable {
    var isGradient: Bool
    var shape: Shape
  }

  /// The numbers of a convolution; nil where sums of products are as fast, measured on two cores of Emerald
  /// Rapids.
  private func winogradConvolution(
    _ geometry: ConvolutionGeometry, x: Shape, weight: Shape, y: Shape, isGradient: Bool = false,
    isKept: Bool = false
  ) -> hebb_conv_winograd? {
    let isPlain = geometry.stride == [1, 1] && geometry.dilation == [1, 1] && geometry.groups == 1
    guard isPlain, x.rank == 4, weight[2] == 3, weight[3] == 3,
      geometry.padding.allSatisfy({ $0 <= 2 }), hebb_winograd_allowed(),
      hebb_product_available()
    else { return nil }
    // Transforms cost as channels, sums as products of channels.
    guard min(weight[0], weight[1]) >= 32, weight[0] * weight[1] >= 2048 else { return nil }
    // Tiles of 2 x 2 places reach beyond odd sizes; each pays for a part of the weight's transform.
    let places = isGradient ? x : y
    let tiles = (places[2] + 1) / 2 * ((places[3] + 1) / 2)
    guard 3 * tiles <= places[2] * places[3], x[0] * tiles >= (isKept ? 40 : 96) else {
      return nil
    }
    var numbers = hebb_conv_winograd()
    numbers.batch = Int64(x[0])
    (numbers.in, numbers.out) = (Int64(weight[1]), Int64(weight[0]))
    (numbers.height, numbers.width) = (Int64(x[2]), Int64(x[3]))
    (numbers.out_height, numbers.out_width) = (Int64(y[2]), Int64(y[3]))
    (numbers.pad_top, numbers.pad_left) = (
      Int64(geometry.padding[0]), Int64(geometry.padding[1])
    )
    return isGradient ? hebb_conv_winograd_gradient(&numbers) : numbers
  }

  /// Adds the products of an image and packed filters.
  private func addWinograd(
    _ name: String, _ numbers: hebb_conv_winograd, _ x: View, weight: Int, isGradient: Bool,
    after: ProductAfter = ProductAfter(), to index: Int
  ) {
    let threads = Int32(threads)
    var numbers = numbers
    let filters = packedFilters(
      weight, key: PackedFilters(isGradient: isGradient, shape: graph.values[weight].type.shape),
      byteCount: hebb_conv_winograd_packed_bytes(&numbers)
    ) { [numbers] in
      var numbers = numbers
      hebb_conv_winograd_pack(&numbers, isGradient, $0, $1, threads)
    }
    let scratch = hebb_conv_winograd_scratch_bytes(&numbers, threads)
    let reads = [x.buffer, filters] + after.buffers
    addImage("\(name) \(x.shape)", index, reads: reads, scratch: scratch) {
      [numbers] addresses, y, scratch in
      var numbers = numbers
      hebb_conv_winograd_run(
        &numbers, x.floats(addresses), addresses.floats(filters), after.at(addresses), y, scratch,
        threads)
    }
  }

  /// Adds a convolution with what follows it; false if it is not one for minimal filtering.
  func emitWinogradConvolution(
    _ geometry: ConvolutionGeometry, _ index: Int, _ inputs: [Int], _ epilogue: Epilogue
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = winogradConvolution(
      geometry, x: shapes[0], weight: shapes[1], y: graph.values[index].type.shape,
      isKept: keptArgument(view(of: inputs[1])) != nil)
    guard var numbers else { return false }
    numbers.activation = hebb_activation(epilogue.activation)
    addWinograd(
      "convolution", numbers, image(inputs[0]), weight: inputs[1], isGradient: false,
      after: productAfter(epilogue), to: epilogue.result)
    return true
  }

  /// Adds an input gradient; false if it is not one for minimal filtering.
  func emitWinogradInputGradient(
    _ gradient: ConvolutionInputGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = winogradConvolution(
      gradient.geometry, x: graph.values[index].type.shape, weight: shapes[1], y: shapes[0],
      isGradient: true, isKept: keptArgument(view(of: inputs[1])) != nil)
    guard let numbers else { return false }
    addWinograd(
      "convolutionInputGradient", numbers, image(inputs[0]), weight: inputs[1], isGradient: true,
      to: index)
    return true
  }

  /// Adds a weight gradient; false if it is not one for minimal filtering.
  func emitWinogradWeightGradient(
    _ gradient: ConvolutionWeightGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = winogradConvolution(
      gradient.geometry, x: shapes[0], weight: gradient.shape, y: shapes[1])
    guard var numbers else { return false }
    let threads = Int32(threads)
    let scratch = hebb_conv_winograd_weight_scratch_bytes(&numbers, threads)
    addWeightGradient(index, x: image(inputs[0]), dy: image(inputs[1]), scratch: scratch) {
      [numbers] x, dy, dw, scratch in
      var numbers = numbers
      hebb_conv_winograd_weight_gradient(&numbers, x, dy, dw, scratch, threads)
    }
    return true
  }
}
