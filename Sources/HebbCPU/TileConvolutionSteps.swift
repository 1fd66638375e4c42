import CHebbKernels
import HebbCore

/// Convolutions and their gradients on the processor's matrix tiles.
extension PlanBuilder {
  /// A plan of the kernels for one operation; nil where oneDNN should do it.
  private func tilePlan(
    _ geometry: ConvolutionGeometry, _ precision: MatrixPrecision, _ kind: hebb_tile_conv_kind,
    x: Shape, weight: Shape, y: Shape
  ) -> TileConvolution? {
    guard x.rank == 4, geometry.groups == 1, hebb_tiles_available() else { return nil }
    var numbers = hebb_tile_conv(
      batch: Int64(x[0]), in: Int64(x[1]), out: Int64(y[1]), height: Int64(x[2]),
      width: Int64(x[3]), out_height: Int64(y[2]), out_width: Int64(y[3]),
      kernel_height: Int64(weight[2]), kernel_width: Int64(weight[3]),
      stride_y: Int64(geometry.stride[0]), stride_x: Int64(geometry.stride[1]),
      pad_top: Int64(geometry.padding[0]), pad_left: Int64(geometry.padding[1]),
      dilation_y: Int64(geometry.dilation[0]), dilation_x: Int64(geometry.dilation[1]))
    let parts = Int32(precision.rawValue)
    guard hebb_tile_conv_wins(&numbers, kind, parts),
      let handle = hebb_tile_conv_create(&numbers, kind, parts, Int32(threads))
    else { return nil }
    return TileConvolution(handle)
  }

  /// Adds a convolution with what follows it; false if oneDNN should do it.
  func emitTileConvolution(
    _ convolution: Convolution, _ index: Int, _ inputs: [Int], _ epilogue: Epilogue
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let plan = tilePlan(
      convolution.geometry, convolution.precision, HEBB_TILE_CONV_FORWARD, x: shapes[0],
      weight: shapes[1], y: graph.values[index].type.shape)
    guard let plan else { return false }
    let (x, weight) = (image(inputs[0]), dense(view(of: inputs[1])))
    let after = productAfter(epilogue)
    let activation = hebb_activation(epilogue.activation)
    let reads = [x.buffer, weight.buffer] + after.buffers
    let scratch = hebb_tile_conv_scratch_bytes(plan.handle)
    addImage("convolution \(x.shape) on tiles", epilogue.result, reads: reads, scratch: scratch) {
      addresses, y, scratch in
      hebb_tile_conv_forward(
        plan.handle, x.floats(addresses), weight.floats(addresses), after.at(addresses),
        activation, y, scratch)
    }
    return true
  }

  /// Adds an input gradient; false if oneDNN should do it.
  func emitTileInputGradient(
    _ gradient: ConvolutionInputGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let plan = tilePlan(
      gradient.geometry, gradient.precision, HEBB_TILE_CONV_INPUT_GRADIENT, x: gradient.shape,
      weight: shapes[1],
      y: shapes[0])
    guard let plan else { return false }
    let (dy, weight) = (image(inputs[0]), dense(view(of: inputs[1])))
    let name = "convolutionInputGradient \(gradient.shape) on tiles"
    let scratch = hebb_tile_conv_scratch_bytes(plan.handle)
    addImage(name, index, reads: [dy.buffer, weight.buffer], scratch: scratch) {
      hebb_tile_conv_input_gradient(
        plan.handle, dy.floats($0), weight.floats($0), $1, $2)
    }
    return true
  }

  /// Adds a weight gradient; false if oneDNN should do it.
  func emitTileWeightGradient(
    _ gradient: ConvolutionWeightGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let plan = tilePlan(
      gradient.geometry, gradient.precision, HEBB_TILE_CONV_WEIGHT_GRADIENT, x: shapes[0],
      weight: gradient.shape,
      y: shapes[1])
    guard let plan else { return false }
    let scratch = hebb_tile_conv_scratch_bytes(plan.handle)
    addWeightGradient(index, x: image(inputs[0]), dy: image(inputs[1]), scratch: scratch) {
      hebb_tile_conv_weight_gradient(plan.handle, $0, $1, $2, $3)
    }
    return true
  }
}

/// Owns a plan of the kernels.
private final class TileConvolution: @unchecked Sendable {
  let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { hebb_tile_conv_destroy(handle) }
}
