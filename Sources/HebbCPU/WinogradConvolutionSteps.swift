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
      hebb_conv_winograd_available()
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

  /// A buffer with the packed weight: kept from run to run, or packed by every run.
  private func packedFilters(
    _ numbers: hebb_conv_winograd, _ index: Int, isGradient: Bool
  ) -> Int {
    let weight = dense(view(of: index))
    let bytes = withUnsafePointer(to: numbers) { Int(hebb_conv_winograd_packed_bytes($0)) }
    let threads = Int32(threads)
    func pack(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
      withUnsafePointer(to: numbers) {
        hebb_conv_winograd_pack($0, isGradient, source, target, threads)
      }
    }
    let key = PackedFilters(isGradient: isGradient, shape: weight.shape)
    let kept = packedBuffer(weight, key: key, byteCount: bytes) {
      pack($0.assumingMemoryBound(to: Float.self), $1.assumingMemoryBound(to: Float.self))
    }
    if let kept { return kept }
    let buffer = scratch(byteCount: bytes)
    let step = CallStep("pack weight \(weight.shape)") {
      pack(weight.floats($0), $0[buffer].assumingMemoryBound(to: Float.self))
    }
    add(step, reads: [weight.buffer], writes: [buffer])
    return buffer
  }

  /// Adds the products of an image and packed filters.
  private func addWinograd(
    _ name: String, _ numbers: hebb_conv_winograd, _ x: View, filters: Int,
    after: ProductAfter = ProductAfter(), to y: View
  ) {
    let threads = Int32(threads)
    let bytes = withUnsafePointer(to: numbers) { hebb_conv_winograd_scratch_bytes($0, threads) }
    let scratch = scratch(byteCount: Int(bytes))
    let step = CallStep("\(name) \(x.shape)") { addresses in
      withUnsafePointer(to: numbers) {
        hebb_conv_winograd_run(
          $0, x.floats(addresses), addresses[filters].assumingMemoryBound(to: Float.self),
          after.at(addresses), y.floats(addresses), addresses[scratch], threads)
      }
    }
    add(step, reads: [x.buffer, filters] + after.buffers, writes: [y.buffer, scratch])
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
    let x = image(inputs[0])
    let filters = packedFilters(numbers, inputs[1], isGradient: false)
    let after = productAfter(epilogue)
    let (y, value) = imageTarget(epilogue.result)
    addWinograd("convolution", numbers, x, filters: filters, after: after, to: y)
    if y.buffer != value.buffer { addCopy(from: y, to: value) }
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
    let dy = image(inputs[0])
    let filters = packedFilters(numbers, inputs[1], isGradient: true)
    let (dx, value) = imageTarget(index)
    addWinograd("convolutionInputGradient", numbers, dy, filters: filters, to: dx)
    if dx.buffer != value.buffer { addCopy(from: dx, to: value) }
    return true
  }

  /// Adds a weight gradient; false if it is not one for minimal filtering.
  func emitWinogradWeightGradient(
    _ gradient: ConvolutionWeightGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = winogradConvolution(
      gradient.geometry, x: shapes[0], weight: gradient.shape, y: shapes[1])
    guard let numbers else { return false }
    let (x, dy) = (image(inputs[0]), image(inputs[1]))
    let dw = place(index)
    let threads = Int32(threads)
    let bytes = withUnsafePointer(to: numbers) {
      hebb_conv_winograd_weight_scratch_bytes($0, threads)
    }
    let scratch = scratch(byteCount: Int(bytes))
    let step = CallStep("convolutionWeightGradient \(dw.shape)") { addresses in
      withUnsafePointer(to: numbers) {
        hebb_conv_winograd_weight_gradient(
          $0, x.floats(addresses), dy.floats(addresses), dw.floats(addresses), addresses[scratch],
          threads)
      }
    }
    add(step, reads: [x.buffer, dy.buffer], writes: [dw.buffer, scratch])
    return true
  }
}
