import CHebbKernels
import HebbCore

/// Operations that are not loops over elements: each primitive's own step. What has no step here is
/// left to its oracle, see `OracleFallbacks`.
extension PlanBuilder {
  func emitOperation(_ index: Int, _ epilogue: Epilogue) {
    guard let (primitive, inputs) = graph.values[index].operation else { return }
    let type = graph.values[index].type
    // Nothing to compute, but the memory has to be there.
    if type.shape.elementCount == 0 {
      _ = place(epilogue.result)
      return
    }
    let isEmpty = inputs.contains { graph.values[$0].type.shape.elementCount == 0 }
    switch primitive {
    case let product as MatMul where !isEmpty && OneDNN.dataType(type.dtype) != nil:
      emitMatMul(product, index, inputs, epilogue)
    case is MatMul where !isEmpty && type.dtype == .float64:
      emitDoubleMatMul(index, inputs)
    case let transform as FourierTransform where !isEmpty:
      emitFourierTransform(transform, index, inputs)
    case is CustomGradient, is Await: addCopy(from: view(of: inputs[0]), to: place(index))
    case let convolution as Convolution where !isEmpty && OneDNN.dataType(type.dtype) != nil:
      if type.dtype != .float32 {
        emitConvolution(convolution.geometry, index, inputs, epilogue)
      } else if !emitSmallConvolution(convolution.geometry, index, inputs, epilogue),
        !emitTileConvolution(convolution, index, inputs, epilogue),
        !emitWinogradConvolution(convolution.geometry, index, inputs, epilogue),
        !emitPlacesConvolution(convolution.geometry, index, inputs, epilogue),
        !emitPointConvolution(convolution.geometry, index, inputs, epilogue)
      {
        emitConvolution(convolution.geometry, index, inputs, epilogue)
      }
    case let gradient as ConvolutionInputGradient
    where !isEmpty && OneDNN.dataType(type.dtype) != nil:
      if type.dtype != .float32 {
        emitInputGradient(gradient, index, inputs)
      } else if !emitSmallInputGradient(gradient, index, inputs),
        !emitTileInputGradient(gradient, index, inputs),
        !emitWinogradInputGradient(gradient, index, inputs),
        !emitPlacesInputGradient(gradient, index, inputs),
        !emitPointInputGradient(gradient, index, inputs)
      {
        emitInputGradient(gradient, index, inputs)
      }
    case let gradient as ConvolutionWeightGradient
    where !isEmpty && OneDNN.dataType(type.dtype) != nil:
      if type.dtype != .float32 {
        emitWeightGradient(gradient, index, inputs)
      } else if !emitSmallWeightGradient(gradient, index, inputs),
        !emitTileWeightGradient(gradient, index, inputs),
        !emitWinogradWeightGradient(gradient, index, inputs),
        !emitPlacesWeightGradient(gradient, index, inputs)
      {
        emitWeightGradient(gradient, index, inputs)
      }
    case let softmax as Softmax where Self.isPlain(type.dtype):
      emitSoftmax(softmax, index, inputs)
    case is LogSumExp where Self.isPlain(type.dtype) && hasElements(inputs[0]):
      emitLogSumExp(index, inputs)
    case let norm as LayerNormalization where Self.isPlain(type.dtype) && !isEmpty:
      emitLayerNormalization(norm, index, inputs)
    case let gradient as LayerNormalizationGradient
    where Self.isPlain(type.dtype) && hasElements(inputs[1]):
      emitLayerNormalizationGradient(gradient, index, inputs)
    case let attention as Attention where !isEmpty && type.dtype == .float32:
      emitAttention(attention, index, inputs)
    case let gradient as AttentionGradient where !isEmpty && type.dtype == .float32:
      emitAttentionGradient(gradient, index, inputs)
    case let reduction as ArgReduce: emitArgReduce(reduction, index, inputs)
    case is AveragePool, is AveragePoolGradient, is MaxPoolIndices, is PoolGather, is PoolScatter:
      if isEmpty || !emitPool(primitive, index, inputs) { emitOracle(primitive, index, inputs) }
    case let gather as Gather: emitGather(gather.axis, index, inputs)
    case let scatter as ScatterAdd where Self.isPlain(type.dtype):
      emitScatterAdd(scatter.axis, index, inputs)
    case let take as TakeAlong: emitTakeAlong(take.axis, index, inputs)
    case let put as PutAlongAdd where Self.isPlain(type.dtype):
      emitPutAlong(put.axis, index, inputs)
    case let numbers as RandomNumbers: emitRandomNumbers(numbers, index, inputs)
    case let mask as KeepMask: emitKeepMask(mask, index, inputs)
    case let join as Concatenate: emitConcatenate(join, index, inputs)
    case let insert as SliceInsert: emitSliceInsert(insert, index, inputs)
    case is Iota: emitIota(index)
    default:
      if emitSelection(primitive, index, inputs) { return }
      if !isEmpty {
        if emitSequence(primitive, index, inputs) { return }
        // To look for a conformance takes longer than all of the above.
        if let kernel = primitive as? any MatrixKernel {
          return emitMatrices(kernel, index, inputs)
        }
      }
      emitOracle(primitive, index, inputs)
    }
  }

  static func isPlain(_ dtype: DType) -> Bool { dtype == .float32 || dtype == .float64 }

  /// Runs the oracle on plain arrays.
  func emitOracle(_ primitive: any Primitive, _ index: Int, _ inputs: [Int]) {
    let operands = inputs.map { dense(view(of: $0)) }
    let types = inputs.map { graph.values[$0].type }
    let target = place(index)
    let type = graph.values[index].type
    OracleFallbacks.note(primitive, type.dtype)
    let step = CallStep("\(primitive.name) (oracle)") { addresses in
      let arrays = zip(operands, types).map { HostArray($0.address(addresses), $1) }
      primitive.reference(arrays, type).write(to: target.address(addresses))
    }
    add(step, reads: operands.map(\.buffer), writes: [target.buffer])
  }

  /// Adds a step on row-major operands.
  func addCall(
    _ name: String, _ operands: [View], _ targets: [View], _ body: @escaping (Addresses) -> Void
  ) {
    add(CallStep(name, body), reads: operands.map(\.buffer), writes: targets.map(\.buffer))
  }

  private func emitArgReduce(_ reduction: ArgReduce, _ index: Int, _ inputs: [Int]) {
    let x = dense(view(of: inputs[0]))
    let y = place(index)
    let (outer, n, inner) = Self.around(reduction.axis, x.shape)
    let threads = Int32(threads)
    addCall(reduction.name, [x], [y]) {
      hebb_arg_reduce(
        x.address($0), y.address($0).assumingMemoryBound(to: Int64.self), outer, n, inner,
        reduction.isMinimum, Int32(x.dtype.rawValue), threads)
    }
  }

  /// The number of elements before, along and after an axis.
  static func around(_ axis: Int, _ shape: Shape) -> (outer: Int64, n: Int64, inner: Int64) {
    (
      Int64(shape[..<axis].reduce(1, *)), Int64(shape[axis]),
      Int64(shape[(axis + 1)...].reduce(1, *))
    )
  }

  private func emitRandomNumbers(_ numbers: RandomNumbers, _ index: Int, _ inputs: [Int]) {
    let (key, step) = (view(of: inputs[0]), view(of: inputs[1]))
    let y = place(index)
    let count = Int64(y.shape.elementCount)
    let (isDouble, threads) = (y.dtype == .float64, Int32(threads))
    addCall(numbers.name, [key, step], [y]) { addresses in
      let key = key.address(addresses).load(as: UInt64.self)
      let step = step.address(addresses).load(as: UInt64.self)
      let target = y.address(addresses)
      switch numbers.distribution {
      case .uniform: hebb_philox_uniform(key, step, target, count, isDouble, threads)
      case .normal: hebb_philox_normal(key, step, target, count, isDouble, threads)
      }
    }
  }

  private func emitKeepMask(_ mask: KeepMask, _ index: Int, _ inputs: [Int]) {
    let (key, step) = (view(of: inputs[0]), view(of: inputs[1]))
    let threshold = UInt32(mask.threshold)
    func stream(_ addresses: Addresses) -> hebb_philox_stream {
      hebb_philox_stream(
        key: key.address(addresses).load(as: UInt64.self),
        step: step.address(addresses).load(as: UInt64.self), threshold: threshold, first: 0)
    }
    if isGenerated[index] {
      let type = graph.values[index].type
      let size = MemoryLayout<hebb_philox_stream>.size
      let view = View(buffer: addBuffer(.arena, byteCount: size), type: type)
      settle(index, view)
      addCall(mask.name, [key, step], [view]) {
        view.address($0).storeBytes(of: stream($0), as: hebb_philox_stream.self)
      }
      return
    }
    let y = place(index)
    let (count, threads) = (Int64(y.shape.elementCount), Int32(threads))
    addCall(mask.name, [key, step], [y]) {
      let stream = stream($0)
      hebb_philox_keep(
        stream.key, stream.step, stream.threshold, y.address($0), count, threads)
    }
  }

  private func emitConcatenate(_ join: Concatenate, _ index: Int, _ inputs: [Int]) {
    if !isOutput(index), let whole = adjacent(inputs, join.axis, graph.values[index].type.shape) {
      settle(index, whole)
      return
    }
    let target = place(index)
    var start = 0
    for input in inputs {
      let source = view(of: input)
      var part = target
      part.offset += start * target.strides[join.axis]
      part.shape = source.shape
      start += source.shape[join.axis]
      if source.shape.elementCount > 0 { addCopy(from: source, to: part) }
    }
  }

  /// The values as one, where they lie in memory as if they had been cut out of it.
  private func adjacent(_ values: [Int], _ axis: Int, _ shape: Shape) -> View? {
    var whole = view(of: values[0])
    guard whole.shape[axis] > 1 else { return nil }
    var start = 0
    for value in values {
      let part = view(of: value)
      guard part.buffer == whole.buffer, part.hasStrides(whole.strides),
        part.offset == whole.offset + start * whole.strides[axis]
      else { return nil }
      start += part.shape[axis]
    }
    whole.shape = shape
    return whole
  }

  private func emitSliceInsert(_ insert: SliceInsert, _ index: Int, _ inputs: [Int]) {
    let source = view(of: inputs[0])
    let target = place(index)
    let byteCount = graph.values[index].type.byteCount
    addCall("zeros", [], [target]) { addresses in
      target.address(addresses).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
    guard source.shape.elementCount > 0 else { return }
    let part = target.sliced(starts: insert.starts, sizes: source.shape, steps: insert.steps)
    addCopy(from: source, to: part)
  }

  private func emitIota(_ index: Int) {
    let target = place(index)
    let (count, dtype) = (target.shape.elementCount, target.dtype)
    addCall("iota", [], [target]) { addresses in
      let base = target.address(addresses)
      for i in 0..<count {
        let value: Scalar = dtype.isFloatingPoint ? .real(Double(i)) : .integer(Int64(i))
        value.write(to: base + i * dtype.byteCount, as: dtype)
      }
    }
  }
}

/// Copies a view into another of the same shape.
final class CopyStep: Step, @unchecked Sendable {
  private let source: View
  private let target: View
  private let dimensions: [Int64]
  private let sourceStrides: [Int64]
  private let targetStrides: [Int64]
  private let threads: Int32

  init(from source: View, to target: View, _ threads: Int) {
    self.source = source
    self.target = target
    self.threads = Int32(threads)
    dimensions = source.shape.map(Int64.init)
    sourceStrides = (0..<source.shape.rank).map { Int64(source.strides[$0]) }
    targetStrides = (0..<target.shape.rank).map { Int64(target.strides[$0]) }
  }

  override var label: String { "copy \(target.shape)" }

  override var traffic: (read: Int, written: Int)? {
    let bytes = target.shape.elementCount * target.dtype.byteCount
    return (bytes, bytes)
  }

  override func run(_ addresses: Addresses) {
    // The target took over the source's memory, where it lies in the same way.
    if addresses[source.buffer] == addresses[target.buffer] { return }
    hebb_copy_strided(
      source.address(addresses), sourceStrides, target.address(addresses), targetStrides,
      dimensions, Int32(dimensions.count), Int64(source.dtype.byteCount), threads)
  }
}
