import COneDNN
import HebbCore

/// Convolutions and their gradients through oneDNN: images channels last, weights as it prefers.
extension PlanBuilder {
  /// The numbers of a convolution as oneDNN counts them.
  private struct Geometry {
    var strides: dnnl_dims_t
    var dilations: dnnl_dims_t
    var before: dnnl_dims_t
    var after: dnnl_dims_t

    init(_ geometry: ConvolutionGeometry, x: Shape, weight: Shape, y: Shape) {
      strides = paddedDims(geometry.stride)
      dilations = paddedDims(geometry.dilation.map { $0 - 1 })
      before = paddedDims(geometry.padding)
      // What the window really covers: a remainder at the end is negative padding.
      after = paddedDims(
        geometry.stride.indices.map { axis in
          let reach = geometry.dilation[axis] * (weight[2 + axis] - 1) + 1
          return (y[2 + axis] - 1) * geometry.stride[axis] + reach - x[2 + axis]
            - geometry.padding[axis]
        })
    }

    func with<R>(
      _ body: (
        _ strides: UnsafePointer<Int64>, _ dilations: UnsafePointer<Int64>,
        _ before: UnsafePointer<Int64>, _ after: UnsafePointer<Int64>
      ) -> R
    ) -> R {
      var copy = self
      return withDims(&copy.strides) { strides in
        withDims(&copy.dilations) { dilations in
          withDims(&copy.before) { before in
            withDims(&copy.after) { body(strides, dilations, before, $0) }
          }
        }
      }
    }
  }

  /// The weight `[out, in / groups, kh, kw]` as oneDNN sees it: groups are an axis of their own.
  private func weightView(_ view: View, _ groups: Int) -> View {
    let dense = dense(view)
    if groups == 1 { return dense }
    let shape = dense.shape
    return dense.reshaped(to: Shape([groups, shape[0] / groups] + Array(shape[1...]))) ?? dense
  }

  private func anyLayout(_ view: View) -> MemoryDescriptor {
    MemoryDescriptor(Array(view.shape), view.dtype, strides: nil)
  }

  func image(_ index: Int) -> View {
    let view = view(of: index)
    return rearranged(view, Layout.channelsLast.strides(of: view.shape))
  }

  private func argument(_ role: Int32, _ view: View) -> DNNStep.Argument {
    DNNStep.Argument(role, MemoryDescriptor(view), view.buffer, view.byteOffset)
  }

  /// Where an image is computed: channels last, in memory of its own if the value is an output.
  func imageTarget(_ index: Int) -> (computed: View, value: View) {
    let value = place(index, .channelsLast)
    let type = graph.values[index].type
    let strides = Layout.channelsLast.strides(of: type.shape)
    if value.hasStrides(strides) {
      var computed = value
      computed.strides = strides
      return (computed, value)
    }
    var computed = View(buffer: scratch(byteCount: type.byteCount), type: type)
    computed.strides = strides
    return (computed, value)
  }

  /// Threads for a convolution of so many products.
  private func prepareThreads(weight: Shape, y: Shape) -> Int32 {
    prepareThreads(multiplications: y.elementCount * weight[1...].reduce(1, *))
  }

  private func forwardDescription(
    _ geometry: Geometry, _ x: MemoryDescriptor, _ weight: MemoryDescriptor,
    _ bias: MemoryDescriptor?, _ y: MemoryDescriptor, _ attributes: PrimitiveAttributes
  ) -> PrimitiveDescriptor? {
    geometry.with { strides, dilations, before, after in
      PrimitiveDescriptor {
        dnnl_convolution_forward_primitive_desc_create(
          $0, OneDNN.engine, dnnl_forward_training, dnnl_convolution_direct, x.handle,
          weight.handle, bias?.handle, y.handle, strides, dilations, before, after,
          attributes.handle)
      }
    }
  }

  func emitConvolution(
    _ geometry: ConvolutionGeometry, _ index: Int, _ inputs: [Int], _ epilogue: Epilogue
  ) {
    let x = image(inputs[0])
    let weight = weightView(view(of: inputs[1]), geometry.groups)
    let bias = epilogue.bias.map { dense(view(of: $0)) }
    let (y, value) = imageTarget(epilogue.result)
    let numbers = Geometry(
      geometry, x: x.shape, weight: graph.values[inputs[1]].type.shape, y: y.shape)
    let threads = prepareThreads(weight: graph.values[inputs[1]].type.shape, y: y.shape)
    let biasDescriptor =
      epilogue.scale != nil
      ? nil : bias.map { _ in MemoryDescriptor([y.shape[1]], y.dtype, strides: [1]) }
    let (source, target) = (argument(DNNL_ARG_SRC, x), argument(DNNL_ARG_DST, y))
    let operands = postOperands(epilogue, bias)
    let attributes = PrimitiveAttributes(
      operands.map { ($0.kind, $0.argument.descriptor) }, epilogue.activation)
    let description = preferringKernels { isFree in
      forwardDescription(
        numbers, isFree ? anyLayout(x) : source.descriptor, anyLayout(weight), biasDescriptor,
        isFree ? anyLayout(y) : target.descriptor, attributes)
    }
    var reads = [
      reordered(source, to: description.memory(dnnl_query_src_md)),
      packed(
        view(of: inputs[1]), argument(DNNL_ARG_WEIGHTS, weight),
        to: description.memory(dnnl_query_weights_md)),
    ]
    reads += operands.map(\.argument)
    if let bias, let biasDescriptor {
      reads.append(
        DNNStep.Argument(DNNL_ARG_BIAS, biasDescriptor, bias.buffer, bias.byteOffset))
    }
    addDNN(
      "convolution \(x.shape)", description, threads: threads, reads: reads, to: target,
      in: description.memory(dnnl_query_dst_md))
    if y.buffer != value.buffer { addCopy(from: y, to: value) }
  }

  /// What a convolution multiplies its result by and adds to it, as arguments of oneDNN. Without a scale
  /// the bias is its own.
  private func postOperands(
    _ epilogue: Epilogue, _ bias: View?
  ) -> [(kind: dnnl_alg_kind_t, argument: DNNStep.Argument)] {
    var operands: [(kind: dnnl_alg_kind_t, view: View)] = []
    func perChannel(_ view: View) -> View {
      let rank = graph.values[epilogue.result].type.shape.rank
      let shape = [1, view.shape.elementCount] + Array(repeating: 1, count: rank - 2)
      return view.reshaped(to: Shape(shape)) ?? view
    }
    if let scale = epilogue.scale {
      operands.append((dnnl_binary_mul, perChannel(dense(view(of: scale)))))
      if let bias { operands.append((dnnl_binary_add, perChannel(bias))) }
    }
    if let residual = epilogue.residual { operands.append((dnnl_binary_add, image(residual))) }
    return operands.enumerated().map { number, operand in
      let role = Int32(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE) * Int32(number + 1) | DNNL_ARG_SRC_1
      return (operand.kind, argument(role, operand.view))
    }
  }

  func emitInputGradient(
    _ gradient: ConvolutionInputGradient, _ index: Int, _ inputs: [Int]
  ) {
    let dy = image(inputs[0])
    let weight = weightView(view(of: inputs[1]), gradient.geometry.groups)
    let (dx, value) = imageTarget(index)
    let numbers = Geometry(
      gradient.geometry, x: dx.shape, weight: graph.values[inputs[1]].type.shape, y: dy.shape)
    let threads = prepareThreads(weight: graph.values[inputs[1]].type.shape, y: dy.shape)
    let (source, target) = (argument(DNNL_ARG_DIFF_DST, dy), argument(DNNL_ARG_DIFF_SRC, dx))
    let wanted = anyLayout(weight)
    let attributes = PrimitiveAttributes()
    let description = preferringKernels { isFree in
      let image = isFree ? anyLayout(dx) : target.descriptor
      let cotangent = isFree ? anyLayout(dy) : source.descriptor
      let hint = forwardDescription(numbers, image, wanted, nil, cotangent, attributes)
      return numbers.with { strides, dilations, before, after in
        PrimitiveDescriptor {
          dnnl_convolution_backward_data_primitive_desc_create(
            $0, OneDNN.engine, dnnl_convolution_direct, image.handle, wanted.handle,
            cotangent.handle, strides, dilations, before, after, hint?.handle, attributes.handle)
        }
      }
    }
    let reads = [
      reordered(source, to: description.memory(dnnl_query_diff_dst_md)),
      reordered(
        argument(DNNL_ARG_WEIGHTS, weight), to: description.memory(dnnl_query_weights_md)),
    ]
    addDNN(
      "convolutionInputGradient \(dx.shape)", description, threads: threads, reads: reads,
      to: target, in: description.memory(dnnl_query_diff_src_md))
    if dx.buffer != value.buffer { addCopy(from: dx, to: value) }
  }

  func emitWeightGradient(
    _ gradient: ConvolutionWeightGradient, _ index: Int, _ inputs: [Int]
  ) {
    let (x, dy) = (image(inputs[0]), image(inputs[1]))
    let value = place(index)
    let dw = weightView(value, gradient.geometry.groups)
    let numbers = Geometry(gradient.geometry, x: x.shape, weight: gradient.shape, y: dy.shape)
    let threads = prepareThreads(weight: gradient.shape, y: dy.shape)
    let (source, cotangent) = (argument(DNNL_ARG_SRC, x), argument(DNNL_ARG_DIFF_DST, dy))
    let wanted = anyLayout(dw)
    let attributes = PrimitiveAttributes()
    let description = preferringKernels { isFree in
      let image = isFree ? anyLayout(x) : source.descriptor
      let output = isFree ? anyLayout(dy) : cotangent.descriptor
      let hint = forwardDescription(numbers, image, wanted, nil, output, attributes)
      return numbers.with { strides, dilations, before, after in
        PrimitiveDescriptor {
          dnnl_convolution_backward_weights_primitive_desc_create(
            $0, OneDNN.engine, dnnl_convolution_direct, image.handle, wanted.handle, nil,
            output.handle, strides, dilations, before, after, hint?.handle, attributes.handle)
        }
      }
    }
    let reads = [
      reordered(source, to: description.memory(dnnl_query_src_md)),
      reordered(cotangent, to: description.memory(dnnl_query_diff_dst_md)),
    ]
    addDNN(
      "convolutionWeightGradient \(dw.shape)", description, threads: threads, reads: reads,
      to: argument(DNNL_ARG_DIFF_WEIGHTS, dw), in: description.memory(dnnl_query_diff_weights_md))
  }

  /// A description for images channels last; with layouts of oneDNN's own choice where it has only
  /// its plain loops for those.
  private func preferringKernels(
    _ describe: (_ isFree: Bool) -> PrimitiveDescriptor?
  ) -> PrimitiveDescriptor {
    if let description = describe(false), !description.implementation.hasPrefix("ref") {
      return description
    }
    guard let description = describe(true) ?? describe(false) else {
      preconditionFailure("oneDNN has no such convolution")
    }
    return description
  }
}
