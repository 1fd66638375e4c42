import CHebbKernels
import HebbCore

/// Convolutions of few channels through loops of our own: row-major, vectors along the rows. oneDNN
/// pads such images to 16 channels and computes with the padding.
extension PlanBuilder {
  /// The numbers of a convolution that our own loops take; nil if it is one for oneDNN.
  private func smallConvolution(
    _ geometry: ConvolutionGeometry, x: Shape, weight: Shape, y: Shape
  ) -> hebb_conv_rows? {
    guard x.rank == 4 else { return nil }
    let isPlain = geometry.stride == [1, 1] && geometry.dilation == [1, 1] && geometry.groups == 1
    let isPadded = geometry.padding[0] < weight[2] && geometry.padding[1] < weight[3]
    guard isPlain, isPadded, weight[1] <= 16, weight[0] <= 32, hebb_vector_level() >= 3 else {
      return nil
    }
    return hebb_conv_rows(
      batch: Int64(x[0]), in: Int64(x[1]), out: Int64(y[1]), height: Int64(x[2]),
      width: Int64(x[3]), out_height: Int64(y[2]), out_width: Int64(y[3]),
      kernel_height: Int64(weight[2]), kernel_width: Int64(weight[3]),
      pad_top: Int64(geometry.padding[0]), pad_left: Int64(geometry.padding[1]))
  }

  private func addSmall(
    _ name: String, _ numbers: hebb_conv_rows, _ kind: hebb_conv_rows_kind, reads: [View],
    writes target: View,
    _ body: @escaping (Addresses, UnsafePointer<hebb_conv_rows>, UnsafeMutableRawPointer) -> Void
  ) {
    let bytes = withUnsafePointer(to: numbers) {
      hebb_conv_rows_scratch_bytes($0, kind, Int32(threads))
    }
    let scratch = scratch(byteCount: Int(bytes))
    let step = CallStep(name) { addresses in
      withUnsafePointer(to: numbers) { body(addresses, $0, addresses[scratch]) }
    }
    add(step, reads: reads.map(\.buffer), writes: [target.buffer, scratch])
  }

  /// Adds a convolution with bias and activation; false if oneDNN should do it.
  func emitSmallConvolution(
    _ geometry: ConvolutionGeometry, _ index: Int, _ inputs: [Int], _ epilogue: Epilogue
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = smallConvolution(
      geometry, x: shapes[0], weight: shapes[1], y: graph.values[index].type.shape)
    guard let numbers, epilogue.isPlain else { return false }
    let (x, weight) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let bias = epilogue.bias.map { dense(view(of: $0)) }
    let y = place(epilogue.result)
    let activation = hebb_activation(epilogue.activation)
    let threads = Int32(threads)
    let reads = [x, weight] + (bias.map { [$0] } ?? [])
    addSmall("convolution \(x.shape)", numbers, HEBB_CONV_ROWS_FORWARD, reads: reads, writes: y) {
      addresses, numbers, scratch in
      hebb_conv_rows_forward(
        numbers, x.floats(addresses), weight.floats(addresses),
        bias.map { $0.floats(addresses) }, activation, y.floats(addresses), scratch,
        threads)
    }
    return true
  }

  /// Adds an input gradient; false if oneDNN should do it.
  func emitSmallInputGradient(
    _ gradient: ConvolutionInputGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = smallConvolution(
      gradient.geometry, x: gradient.shape, weight: shapes[1], y: shapes[0])
    guard let numbers else { return false }
    let (dy, weight) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let dx = place(index)
    let threads = Int32(threads)
    addSmall(
      "convolutionInputGradient \(dx.shape)", numbers, HEBB_CONV_ROWS_INPUT_GRADIENT,
      reads: [dy, weight], writes: dx
    ) {
      hebb_conv_rows_input_gradient(
        $1, dy.floats($0), weight.floats($0), dx.floats($0), $2, threads)
    }
    return true
  }

  /// Adds a weight gradient; false if oneDNN should do it.
  func emitSmallWeightGradient(
    _ gradient: ConvolutionWeightGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let numbers = smallConvolution(
      gradient.geometry, x: shapes[0], weight: gradient.shape, y: shapes[1])
    guard let numbers else { return false }
    let (x, dy) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let dw = place(index)
    let threads = Int32(threads)
    addSmall(
      "convolutionWeightGradient \(dw.shape)", numbers, HEBB_CONV_ROWS_WEIGHT_GRADIENT,
      reads: [x, dy], writes: dw
    ) {
      hebb_conv_rows_weight_gradient(
        $1, x.floats($0), dy.floats($0), dw.floats($0), $2, threads)
    }
    return true
  }
}
