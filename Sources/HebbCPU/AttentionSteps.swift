import CHebbKernels
import HebbCore

/// Attention in `float32`, through loops of our own that keep the scores in the cache. Queries, keys,
/// values and cotangents are read wherever their rows lie, heads of a common projection in place.
extension PlanBuilder {
  /// What forward and gradient have in common.
  private struct AttentionCall {
    var numbers: hebb_attention
    var layout = hebb_attention_layout()
    let q: View
    let k: View
    let v: View
    let mask: View?
    /// Key and step of dropout.
    let random: (View, View)?

    func memory(_ addresses: Addresses) -> hebb_attention_memory {
      var memory = hebb_attention_memory()
      memory.q = UnsafePointer(q.floats(addresses))
      memory.k = UnsafePointer(k.floats(addresses))
      memory.v = UnsafePointer(v.floats(addresses))
      memory.mask = mask.map { UnsafeRawPointer($0.address(addresses)) }
      if let (key, step) = random {
        memory.key = key.address(addresses).load(as: UInt64.self)
        memory.step = step.address(addresses).load(as: UInt64.self)
      }
      return memory
    }

    var reads: [View] {
      [q, k, v] + (mask.map { [$0] } ?? []) + (random.map { [$0.0, $0.1] } ?? [])
    }
  }

  private func attentionCall(
    _ options: AttentionOptions, _ sizes: AttentionSizes, _ inputs: [Int]
  ) -> AttentionCall {
    let extra = Array(inputs.suffix((options.hasMask ? 1 : 0) + (options.dropout > 0 ? 2 : 0)))
    let mask = options.hasMask ? maskRows(view(of: extra[0])) : nil
    var numbers = hebb_attention()
    numbers.outer_rank = Int32(sizes.outer.rank)
    withUnsafeMutableBytes(of: &numbers.outer) { bytes in
      let outer = bytes.bindMemory(to: Int64.self)
      for axis in 0..<sizes.outer.rank { outer[axis] = Int64(sizes.outer[axis]) }
    }
    (numbers.queries, numbers.keys) = (Int64(sizes.queries), Int64(sizes.keys))
    (numbers.size, numbers.value_size) = (Int64(sizes.size), Int64(sizes.valueSize))
    numbers.scale = Float(options.scale)
    numbers.causal = options.isCausal
    if let mask {
      numbers.mask = mask.dtype == .bool ? HEBB_ATTENTION_TRUTHS : HEBB_ATTENTION_NUMBERS
    }
    numbers.threshold = UInt32(options.threshold)
    numbers.kept_scale = Float(options.keptScale)
    var call = AttentionCall(
      numbers: numbers, q: vectorRows(view(of: inputs[0])), k: vectorRows(view(of: inputs[1])),
      v: vectorRows(view(of: inputs[2])), mask: mask,
      random: options.dropout > 0
        ? (view(of: extra[extra.count - 2]), view(of: extra[extra.count - 1])) : nil)
    call.layout.q = call.q.rows
    call.layout.k = call.k.rows
    call.layout.v = call.v.rows
    if let mask { call.layout.mask = mask.rows }
    return call
  }

  /// Adds an attention.
  func emitAttention(_ attention: Attention, _ index: Int, _ inputs: [Int]) {
    let sizes = AttentionSizes(attention.name, inputs.map { graph.values[$0].type })
    var call = attentionCall(attention.options, sizes, inputs)
    let result = place(index)
    let y = sizes.outputs(of: result)
    call.layout.y = y.rows
    let logarithms = sizes.outputCount
    addAttention(attention.name, sizes, call, reads: call.reads, writes: result, isGradient: false)
    {
      $0.y = y.floats($1)
      $0.logarithms = result.floats($1) + logarithms
    }
  }

  /// Adds the gradient of an attention.
  func emitAttentionGradient(_ gradient: AttentionGradient, _ index: Int, _ inputs: [Int]) {
    let sizes = AttentionSizes(gradient.name, inputs.map { graph.values[$0].type })
    var call = attentionCall(gradient.options, sizes, inputs)
    let results = dense(view(of: inputs[3]))
    let y = sizes.outputs(of: results)
    let dy = vectorRows(view(of: inputs[4]))
    let target = place(index)
    let slopes = sizes.gradients(of: target)
    (call.layout.y, call.layout.dy) = (y.rows, dy.rows)
    call.layout.dq = slopes[0].rows
    call.layout.dk = slopes[1].rows
    call.layout.dv = slopes[2].rows
    let logarithms = sizes.outputCount
    addAttention(
      gradient.name, sizes, call, reads: call.reads + [results, dy], writes: target,
      isGradient: true
    ) {
      $0.y = y.floats($1)
      $0.logarithms = results.floats($1) + logarithms
      $0.dy = UnsafePointer(dy.floats($1))
      $0.dq = slopes[0].floats($1)
      $0.dk = slopes[1].floats($1)
      $0.dv = slopes[2].floats($1)
    }
  }

  private func addAttention(
    _ name: String, _ sizes: AttentionSizes, _ call: AttentionCall, reads: [View],
    writes target: View, isGradient: Bool,
    _ results: @escaping (inout hebb_attention_memory, Addresses) -> Void
  ) {
    let threads = Int32(threads)
    let bytes = withUnsafePointer(to: call.numbers) {
      hebb_attention_scratch_bytes($0, isGradient, threads)
    }
    let scratch = scratch(byteCount: Int(bytes))
    let label = "\(name) \(sizes.outer) \(sizes.queries) \(sizes.keys) \(sizes.size)"
    let step = CallStep(label) { addresses in
      var memory = call.memory(addresses)
      results(&memory, addresses)
      withUnsafePointer(to: call.numbers) { numbers in
        withUnsafePointer(to: call.layout) { layout in
          let run = isGradient ? hebb_attention_gradient : hebb_attention_forward
          run(numbers, layout, &memory, addresses[scratch], threads)
        }
      }
    }
    add(step, reads: reads.map(\.buffer), writes: [target.buffer, scratch])
  }

  /// The value with the elements of each vector side by side.
  private func vectorRows(_ view: View) -> View {
    let last = view.shape.rank - 1
    return view.strides[last] == 1 || view.shape[last] == 1 ? view : dense(view)
  }

  /// A mask whose keys lie side by side, or are all the same.
  private func maskRows(_ view: View) -> View {
    let last = view.shape.rank - 1
    let isPlain = (0...1).contains(view.strides[last]) || view.shape[last] == 1
    return isPlain ? view : dense(view)
  }
}

extension AttentionSizes {
  /// The outputs `[..., heads, queries, value size]` in the vector of results.
  fileprivate func outputs(of result: View) -> View {
    part(of: result, from: 0, queries, valueSize)
  }

  /// The gradients of queries, keys and values in the result of the gradient.
  fileprivate func gradients(of result: View) -> [View] {
    if isJoint {
      return (0..<3).map { number in
        var part = result
        let axis = outer.rank
        part.offset += number * result.strides[axis]
        var order = Array(0..<axis - 1)
        order += [axis + 1, axis - 1, axis + 2]
        part.shape = Shape(order.map { result.shape[$0] })
        part.strides = Strides(order.map { result.strides[$0] })
        return part
      }
    }
    let heads = outer.elementCount
    let starts = [0, heads * queries * size, heads * (queries + keys) * size]
    return [
      part(of: result, from: starts[0], queries, size),
      part(of: result, from: starts[1], keys, size),
      part(of: result, from: starts[2], keys, valueSize),
    ]
  }

  /// Vectors that begin at an element and lie in the order `[..., rows, heads, size]`, seen as
  /// `[..., heads, rows, size]`.
  private func part(of whole: View, from start: Int, _ rows: Int, _ size: Int) -> View {
    var part = whole
    part.offset += start
    part.shape = Shape(Array(outer.dropLast()) + [rows, heads, size])
    part.strides = part.shape.rowMajorStrides
    let rank = part.shape.rank
    return part.permuted(Array(0..<rank - 3) + [rank - 2, rank - 3, rank - 1])
  }
}

extension View {
  /// The strides of rows along the last axis.
  fileprivate var rows: hebb_attention_rows {
    var rows = hebb_attention_rows()
    let rank = shape.rank
    rows.row = Int64(strides[rank - 2])
    rows.column = shape[rank - 1] == 1 ? 0 : Int64(strides[rank - 1])
    withUnsafeMutableBytes(of: &rows.outer) { bytes in
      let outer = bytes.bindMemory(to: Int64.self)
      for axis in 0..<rank - 2 { outer[axis] = Int64(strides[axis]) }
    }
    return rows
  }
}
