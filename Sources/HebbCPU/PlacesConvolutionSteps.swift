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

  /// A buffer with the packed weight: kept from run to run, or packed by every run.
  private func packedPlaces(
    _ numbers: hebb_conv_places, _ geometry: ConvolutionGeometry, _ index: Int, isGradient: Bool
  ) -> Int {
    let weight = dense(view(of: index))
    let bytes = withUnsafePointer(to: numbers) {
      Int(hebb_conv_places_packed_bytes($0, isGradient))
    }
    let threads = Int32(threads)
    func pack(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
      withUnsafePointer(to: numbers) {
        hebb_conv_places_pack($0, isGradient, source, target, threads)
      }
    }
    let key = PackedPlaces(
      isGradient: isGradient, numbers: Array(weight.shape) + geometry.stride + geometry.padding)
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
    let (y, value) = imageTarget(epilogue.result)
    let threads = Int32(threads)
    let step = CallStep("convolution \(x.shape)") { addresses in
      withUnsafePointer(to: numbers) {
        hebb_conv_places_forward(
          $0, x.floats(addresses), addresses[weight].assumingMemoryBound(to: Float.self),
          after.at(addresses), y.floats(addresses), threads)
      }
    }
    add(step, reads: [x.buffer, weight] + after.buffers, writes: [y.buffer])
    if y.buffer != value.buffer { addCopy(from: y, to: value) }
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
    let (dx, value) = imageTarget(index)
    let threads = Int32(threads)
    let step = CallStep("convolutionInputGradient \(dx.shape)") { addresses in
      withUnsafePointer(to: numbers) {
        hebb_conv_places_input_gradient(
          $0, dy.floats(addresses), addresses[weight].assumingMemoryBound(to: Float.self),
          dx.floats(addresses), threads)
      }
    }
    add(step, reads: [dy.buffer, weight], writes: [dx.buffer])
    if dx.buffer != value.buffer { addCopy(from: dx, to: value) }
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
      weight[2] * weight[3] > 1, hebb_conv_places_weight_available(),
      geometry.stride.contains(where: { $0 > 1 }) || y[2] * y[3] <= 36
    else { return false }
    let numbers = numbers(geometry, x: shapes[0], weight: weight, y: y)
    let (x, dy) = (image(inputs[0]), image(inputs[1]))
    let dw = place(index)
    let threads = Int32(threads)
    let bytes = withUnsafePointer(to: numbers) {
      hebb_conv_places_weight_scratch_bytes($0, threads)
    }
    let scratch = scratch(byteCount: Int(bytes))
    let step = CallStep("convolutionWeightGradient \(dw.shape)") { addresses in
      withUnsafePointer(to: numbers) {
        hebb_conv_places_weight_gradient(
          $0, x.floats(addresses), dy.floats(addresses), dw.floats(addresses), addresses[scratch],
          threads)
      }
    }
    add(step, reads: [x.buffer, dy.buffer], writes: [dw.buffer, scratch])
    return true
  }
}
