import CHebbKernels
import HebbCore

/// Convolutions with 1 x 1 windows: products of the channels at each place.
extension PlanBuilder {
  /// The product of `rows` places; nil where oneDNN is as fast.
  private func pointProduct(
    _ geometry: ConvolutionGeometry, weight: Shape, places: Shape, turned: Bool
  ) -> hebb_product? {
    guard geometry.groups == 1, weight[2...].allSatisfy({ $0 == 1 }),
      geometry.padding.allSatisfy({ $0 == 0 })
    else { return nil }
    let (out, input) = (Int64(weight[0]), Int64(weight[1]))
    var product = hebb_product()
    product.batches = 1
    product.rows = Int64(places[0] * places[2...].reduce(1, *))
    (product.columns, product.depth) = turned ? (input, out) : (out, input)
    (product.a_row, product.a_depth) = (product.depth, 1)
    (product.b_depth, product.b_column) = turned ? (input, 1) : (1, input)
    // Of few places, oneDNN reads weights that it has packed once.
    return product.rows >= 512 && Self.vectorsWin(product) ? product : nil
  }

  /// The places of an image that a convolution with strides reads, channels last.
  private func readPlaces(_ geometry: ConvolutionGeometry, of image: View, _ y: Shape) -> View {
    if geometry.stride.allSatisfy({ $0 == 1 }) { return image }
    let read = image.sliced(
      starts: Array(repeating: 0, count: y.rank),
      sizes: Shape([y[0], image.shape[1]] + Array(y[2...])),
      steps: [1, 1] + geometry.stride)
    return rearranged(read, Layout.channelsLast.strides(of: read.shape))
  }

  /// Adds a convolution with what follows it; false if oneDNN should do it.
  func emitPointConvolution(
    _ geometry: ConvolutionGeometry, _ index: Int, _ inputs: [Int], _ epilogue: Epilogue
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    let type = graph.values[index].type
    guard type.dtype == .float32,
      var product = pointProduct(geometry, weight: shapes[1], places: type.shape, turned: false)
    else { return false }
    product.activation = hebb_activation(epilogue.activation)
    let x = readPlaces(geometry, of: image(inputs[0]), type.shape)
    let weight = dense(view(of: inputs[1]))
    let (y, value) = imageTarget(epilogue.result)
    add(
      VectorProductStep(
        "convolution \(shapes[0])", product, a: x, b: weight,
        after: productAfter(epilogue), target: y, scratch: vectorScratch(product),
        threads: threads))
    if y.buffer != value.buffer { addCopy(from: y, to: value) }
    return true
  }

  /// Adds an input gradient; false if oneDNN should do it.
  func emitPointInputGradient(
    _ gradient: ConvolutionInputGradient, _ index: Int, _ inputs: [Int]
  ) -> Bool {
    let shapes = inputs.map { graph.values[$0].type.shape }
    guard graph.values[index].type.dtype == .float32,
      gradient.geometry.stride.allSatisfy({ $0 == 1 }),
      let product = pointProduct(
        gradient.geometry, weight: shapes[1], places: shapes[0], turned: true)
    else { return false }
    let (dy, weight) = (image(inputs[0]), dense(view(of: inputs[1])))
    let (dx, value) = imageTarget(index)
    add(
      VectorProductStep(
        "convolutionInputGradient \(dx.shape)", product, a: dy, b: weight, target: dx,
        scratch: vectorScratch(product), threads: threads))
    if dx.buffer != value.buffer { addCopy(from: dx, to: value) }
    return true
  }
}
