import CHebbKernels
import COneDNN
import HebbCore

/// Matrix products with bias and activation in the same pass: on matrix tiles or vectors where they win, else through
/// oneDNN.
extension PlanBuilder {
  func emitMatMul(_ product: MatMul, _ index: Int, _ inputs: [Int], _ epilogue: Epilogue) {
    let type = graph.values[index].type
    let rank = type.shape.rank
    let a = productOperand(view(of: inputs[0]), rank: rank)
    let b = productOperand(view(of: inputs[1]), rank: rank)
    let bias = epilogue.bias.map { dense(view(of: $0)) }
    let target = place(epilogue.result)
    let operands = ProductOperands(
      a: a, b: b, bias: bias, target: target, activation: epilogue.activation,
      name: label("matmul", "\(a.shape) \(b.shape)"))
    if emitTiles(operands, product.precision) || emitSmallProduct(operands)
      || emitVectors(operands)
    {
      return
    }
    let depth = a.shape[a.shape.rank - 1]
    let threads = prepareThreads(multiplications: type.shape.elementCount * depth)
    let (description, reads, writes) = operands.described(ownsScratch: false)
    addDNN(operands.name, description, threads: threads, reads: reads, writes: writes)
  }

  /// An operand as oneDNN takes it: as many axes as the product, one of the last two contiguous,
  /// repeated outer axes of size 1.
  func productOperand(_ view: View, rank: Int) -> View {
    var view = view
    for axis in 0..<view.shape.rank - 2 where view.strides[axis] == 0 && view.shape[axis] > 1 {
      view.shape[axis] = 1
    }
    let last = view.shape.rank - 1
    let (rows, columns) = (view.shape[last - 1], view.shape[last])
    let (down, right) = (view.strides[last - 1], view.strides[last])
    let isRowMajor = (right == 1 || columns == 1) && (down >= columns || rows == 1)
    let isColumnMajor = (down == 1 || rows == 1) && (right >= rows || columns == 1)
    let outerIsPlain = (0..<last - 1).allSatisfy { view.shape[$0] == 1 || view.strides[$0] > 0 }
    if !(isRowMajor || isColumnMajor) || !outerIsPlain { view = dense(view) }
    // Steps along axes of size 1 mean nothing, but oneDNN reads them.
    if columns == 1, isColumnMajor, !isRowMajor { view.strides[last] = max(rows, 1) }
    if columns == 1, isRowMajor { view.strides[last] = 1 }
    if rows == 1, isRowMajor { view.strides[last - 1] = columns }
    let missing = rank - view.shape.rank
    guard missing > 0 else { return view }
    let size = view.shape.elementCount
    var result = view
    result.shape = Shape(Array(repeating: 1, count: missing) + Array(view.shape))
    result.strides = Strides(
      Array(repeating: max(size, 1), count: missing)
        + (0..<view.shape.rank).map { view.strides[$0] })
    return result
  }
}

/// A product in memory, and what follows it.
struct ProductOperands {
  /// The factors as `productOperand` gives them.
  var a: View
  var b: View
  /// One number for each column.
  var bias: View?
  var target: View
  var activation: Elementwise.Opcode?

  var name: String

  /// The product as our kernels take it.
  var layout: hebb_product {
    let last = target.shape.rank - 1
    var product = hebb_product()
    product.batches = Int64(target.shape.dropLast(2).reduce(1, *))
    (product.rows, product.columns) = (Int64(target.shape[last - 1]), Int64(target.shape[last]))
    product.depth = Int64(a.shape[last])
    // Steps along axes of size 1 mean nothing; a step of 1 says that an axis is dense.
    product.a_row = product.rows == 1 ? 1 : Int64(a.strides[last - 1])
    product.a_depth = product.depth == 1 ? 1 : Int64(a.strides[last])
    product.b_depth = product.depth == 1 ? 1 : Int64(b.strides[last - 1])
    product.b_column = product.columns == 1 ? 1 : Int64(b.strides[last])
    product.activation = hebb_activation(activation)
    return product
  }

  /// The product as a oneDNN primitive with its arguments.
  func described(
    ownsScratch: Bool
  ) -> (PrimitiveDescriptor, reads: [DNNStep.Argument], writes: [DNNStep.Argument]) {
    let source = MemoryDescriptor(a)
    let weights = MemoryDescriptor(b)
    let result = MemoryDescriptor(target)
    let rank = target.shape.rank
    let biasDescriptor = bias.map { _ in
      let shape = Array(repeating: 1, count: rank - 1) + [target.shape[rank - 1]]
      return MemoryDescriptor(
        shape, target.dtype, strides: Array(repeating: shape[rank - 1], count: rank - 1) + [1])
    }
    let attributes = PrimitiveAttributes([], activation, ownsScratch: ownsScratch)
    let description = PrimitiveDescriptor {
      dnnl_matmul_primitive_desc_create(
        $0, OneDNN.engine, source.handle, weights.handle, biasDescriptor?.handle, result.handle,
        attributes.handle)
    }
    guard let description else {
      preconditionFailure("oneDNN has no product of \(a.shape) and \(b.shape)")
    }
    var reads = [
      DNNStep.Argument(DNNL_ARG_SRC, source, a.buffer, a.byteOffset),
      DNNStep.Argument(DNNL_ARG_WEIGHTS, weights, b.buffer, b.byteOffset),
    ]
    if let bias, let biasDescriptor {
      reads.append(
        DNNStep.Argument(DNNL_ARG_BIAS, biasDescriptor, bias.buffer, bias.byteOffset))
    }
    let writes = [DNNStep.Argument(DNNL_ARG_DST, result, target.buffer, target.byteOffset)]
    return (description, reads, writes)
  }
}
