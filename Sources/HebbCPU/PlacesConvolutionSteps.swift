import CHebbKernels
import HebbCore

/// Convolutions as products of the places that windows read: for results of few places, where oneDNN's
/// kernels wait for weights or compute with the zeros beyond the borders; and gradients of weights.
extension PlanBuilder {
  /// Which weights are packed, and how.
  private struct PackedPlaces: Hashable, Sendable {
    var isGradient: Bool
    var numbers: [Int]
  }

  /// The numbers of a convolution; nil where oneDNN is as fast, measured with version 3.2 on two cores of
  /// Emerald Rapids.
  private func placesConvolution(
    _ geometry: ConvolutionGeometry, x: Shape, weight: Shape, y: Shape, isKept: Bool
  ) -> hebb_conv_places? {
    guard geometry.groups == 1, x.rank == 4, min(weight[0], weight[1]) >= 32 else { return nil }
    let places = y[2] * y[3]
    // A block of rows is six images at one position, so that it can leave taps out.
    let isPoint = weight[2] * weight[3] == 1
    let leavesOut = x[0] >= 6 && !isPoint && places <= 64
    // Of few places, the time is that in which weights come from memory.
    let most = isPoint ? 196 : 64
    guard leavesOut || (isKept && x[0] * places <= most) else { return nil }
    var numbers = numbers(geometry, x: x, weight: weight, y: y)
    return hebb_conv_places_available(&numbers) ? numbers : nil
  }

  private func numbers(
    _ geometry: ConvolutionGeometry, x: Shape, weight: Shape, y: Shape
  ) -> hebb_conv_places {
    func axis(_ i: Int) -> hebb_conv_axis {
      hebb_conv_axis(
        size: Int64(x[2 + i]), out_size: Int64(y[2 + i]), kernel: Int64(weight[2 + i]),
        stride: Int64(geometry.stride[i]), pad: Int64(geometry.padding[i]),
        dilation: Int64(geometry.dilation[i]))
    }
    var numbers = hebb_conv_places()
    numbers.batch = Int64(x[0])
    (numbers.in, numbers.out) = (Int64(weight[1]), Int64(weight[0]))
    (numbers.height, numbers.width) = (axis(0), axis(1))
    return numbers
  }

  private func packedPlaces(
    _ numbers: hebb_conv_places, _ geometry: ConvolutionGeometry, _ index: Int, isGradient: Bool
  ) -> Int {
    let threads = Int32(threads)
    var numbers = numbers
    let key = PackedPlaces(
      isGradient: isGradient,
      numbers: Array(graph.values[index].type.shape) + geometry.stride + geometry.padding)
    return packedFilters(
      index, key: key, byteCount: hebb_conv_places_packed_bytes(&numbers, isGradient)
    ) { [numbers] in
      var numbers = numbers
      hebb_conv_places_pack(&numbers, isGradient, $0, $1, threads)
    }
  }

  /// Adds a convolution with what follows it; false if oneDNN should do it.
  func emitPlacesConvolution(
    _ geometry: ConvolutionGeometry, _ index: Int, _ inputs: [Int], _ epilogue: Epilogue
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = placesConvolution(
      geometry, x: shapes[0], weight: shapes[1], y: graph.values[index].type.shape,
      isKept: keptArgument(view(of: inputs[1])) != nil)
    guard var numbers else { return false }
    numbers.activation = hebb_activation(epilogue.activation)
    let x = image(inputs[0])
    let weight = packedPlaces(numbers, geometry, inputs[1], isGradient: false)
    let after = productAfter(epilogue)
    let threads = Int32(threads)
    let reads = [x.buffer, weight] + after.buffers
    addImage("convolution \(x.shape)", epilogue.result, reads: reads) {
      [numbers] addresses, y, _ in
      var numbers = numbers
      hebb_conv_places_forward(
        &numbers, x.floats(addresses), addresses.floats(weight), after.at(addresses), y, threads)
    }
    return true
  }

  /// Adds an input gradient; false if oneDNN should do it.
  func emitPlacesInputGradient(
    _ gradient: ConvolutionInputGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = placesConvolution(
      gradient.geometry, x: graph.values[index].type.shape, weight: shapes[1], y: shapes[0],
      isKept: keptArgument(view(of: inputs[1])) != nil)
    guard let numbers else { return false }
    let dy = image(inputs[0])
    let weight = packedPlaces(numbers, gradient.geometry, inputs[1], isGradient: true)
    let threads = Int32(threads)
    let name = "convolutionInputGradient \(graph.values[index].type.shape)"
    addImage(name, index, reads: [dy.buffer, weight]) { addresses, dx, _ in
      var numbers = numbers
      hebb_conv_places_input_gradient(
        &numbers, dy.floats(addresses), addresses.floats(weight), dx, threads)
    }
    return true
  }

  /// Adds a weight gradient; false if oneDNN should do it, which is slow with strides and with few places,
  /// measured with version 3.2 on two cores of Emerald Rapids.
  func emitPlacesWeightGradient(
    _ gradient: ConvolutionWeightGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let (geometry, weight, y) = (gradient.geometry, gradient.shape, shapes[1])
    guard geometry.groups == 1, y.rank == 4, min(weight[0], weight[1]) >= 64,
      weight[2] * weight[3] > 1, hebb_product_available(),
      geometry.stride.contains(where: { $0 > 1 }) || y[2] * y[3] <= 36
    else { return false }
    var numbers = numbers(geometry, x: shapes[0], weight: weight, y: y)
    let threads = Int32(threads)
    let scratch = hebb_conv_places_weight_scratch_bytes(&numbers, threads)
    addWeightGradient(index, x: image(inputs[0]), dy: image(inputs[1]), scratch: scratch) {
      [numbers] x, dy, dw, scratch in
      var numbers = numbers
      hebb_conv_places_weight_gradient(&numbers, x, dy, dw, scratch, threads)
    }
    return true
  }
}
