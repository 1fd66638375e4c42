import CHebbKernels
import HebbCore

/// Pooling steps, in the layout in which the images lie.
extension PlanBuilder {
  /// The layout of an image: channels last where it lies so, row-major otherwise.
  func layout(of view: View) -> Layout {
    if view.isRowMajor { return .rowMajor }
    return view.hasStrides(Layout.channelsLast.strides(of: view.shape)) ? .channelsLast : .rowMajor
  }

  private func window(
    _ geometry: PoolGeometry, x: Shape, y: Shape, _ layout: Layout
  ) -> hebb_window {
    hebb_window(
      batch: Int64(x[0]), channels: Int64(x[1]), height: Int64(x[2]), width: Int64(x[3]),
      out_height: Int64(y[2]), out_width: Int64(y[3]), kernel_height: Int64(geometry.kernel[0]),
      kernel_width: Int64(geometry.kernel[1]), stride_height: Int64(geometry.stride[0]),
      stride_width: Int64(geometry.stride[1]), pad_top: Int64(geometry.padding[0]),
      pad_left: Int64(geometry.padding[1]), dilation_height: Int64(geometry.dilation[0]),
      dilation_width: Int64(geometry.dilation[1]), channels_last: layout == .channelsLast,
      count_padding: geometry.countsPadding)
  }

  /// Adds a pooling step; false for types that only the oracle knows.
  func emitPool(_ primitive: any Primitive, _ index: Int, _ inputs: [Int]) -> Bool {
    let source = view(of: inputs[0])
    guard Self.isPlain(source.dtype) else { return false }
    // The maximum is stored along with its indices.
    if primitive is PoolGather, poolsOwnMaximum(inputs) { return true }
    let isOutput = [index] + (maximumGather(of: index).map { [$0] } ?? [])
    let layout = isOutput.contains { graph.values[$0].isOutput } ? .rowMajor : layout(of: source)
    let x = rearranged(source, layout.strides(of: source.shape))
    let y = place(index, layout)
    let (isDouble, threads) = (source.dtype == .float64, Int32(threads))
    switch primitive {
    case let pool as AveragePool:
      let window = window(pool.geometry, x: x.shape, y: y.shape, layout)
      addCall(pool.name, [x], [y]) { addresses in
        withUnsafePointer(to: window) {
          hebb_average_pool($0, x.address(addresses), y.address(addresses), isDouble, threads)
        }
      }
    case let gradient as AveragePoolGradient:
      let window = window(gradient.geometry, x: y.shape, y: x.shape, layout)
      addCall(gradient.name, [x], [y]) { addresses in
        withUnsafePointer(to: window) {
          hebb_average_pool_gradient(
            $0, x.address(addresses), y.address(addresses), isDouble, threads)
        }
      }
    case let pool as MaxPoolIndices: emitMaxPool(pool, index, x, y, layout)
    case is PoolGather:
      let indices = rearranged(view(of: inputs[1]), layout.strides(of: y.shape))
      let whole = PoolGeometry(kernel: [1, 1])
      let window = window(whole, x: x.shape, y: y.shape, layout)
      addCall("poolGather", [x, indices], [y]) { addresses in
        let places = indices.address(addresses).assumingMemoryBound(to: Int32.self)
        withUnsafePointer(to: window) {
          hebb_pool_gather(
            $0, x.address(addresses), places, y.address(addresses), isDouble, threads)
        }
      }
    case is PoolScatter:
      let indices = rearranged(view(of: inputs[1]), layout.strides(of: x.shape))
      let window = window(PoolGeometry(kernel: [1, 1]), x: y.shape, y: x.shape, layout)
      addCall("poolScatter", [x, indices], [y]) { addresses in
        let places = indices.address(addresses).assumingMemoryBound(to: Int32.self)
        withUnsafePointer(to: window) {
          hebb_pool_scatter(
            $0, x.address(addresses), places, y.address(addresses), isDouble, threads)
        }
      }
    default: return false
    }
    return true
  }

  /// Whether a gather takes the maxima of the very tensor whose indices it is given.
  private func poolsOwnMaximum(_ inputs: [Int]) -> Bool {
    guard let (primitive, sources) = graph.values[inputs[1]].operation else { return false }
    return primitive is MaxPoolIndices && sources[0] == inputs[0]
  }

  /// Maximum pooling finds values and indices in one pass: the values go where the gather that
  /// follows would have put them.
  private func emitMaxPool(
    _ pool: MaxPoolIndices, _ index: Int, _ x: View, _ y: View, _ layout: Layout
  ) {
    let window = window(pool.geometry, x: x.shape, y: y.shape, layout)
    let isDouble = x.dtype == .float64
    let values: View
    if let gather = maximumGather(of: index) {
      values = place(gather, layout)
    } else {
      let type = TensorType(y.shape, x.dtype)
      values = View(buffer: scratch(byteCount: type.byteCount), type: type)
    }
    let threads = Int32(threads)
    if !isOutput(index), consumers[index].allSatisfy({ $0 == maximumGather(of: index) }) {
      // Nobody asks where the maxima are, as in use.
      addCall("maxPool", [x], [values]) { addresses in
        withUnsafePointer(to: window) {
          hebb_max_pool(
            $0, x.address(addresses), values.address(addresses), nil, isDouble, threads)
        }
      }
      return
    }
    addCall(pool.name, [x], [y, values]) { addresses in
      let indices = y.address(addresses).assumingMemoryBound(to: Int32.self)
      withUnsafePointer(to: window) {
        hebb_max_pool(
          $0, x.address(addresses), values.address(addresses), indices, isDouble, threads)
      }
    }
  }

  /// The gather that takes the maxima at the indices that `index` computes.
  private func maximumGather(of index: Int) -> Int? {
    guard graph.values[index].operation?.primitive is MaxPoolIndices else { return nil }
    return consumers[index].first {
      guard let (primitive, inputs) = graph.values[$0].operation else { return false }
      return primitive is PoolGather && inputs[1] == index && poolsOwnMaximum(inputs)
    }
  }
}
