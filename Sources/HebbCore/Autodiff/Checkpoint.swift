/// The value of a function whose intermediate results are not kept for the gradient but computed again
/// when it is taken: memory for time (Chen et al. 2016).
///
/// Gradients flow to the inputs and to everything else that the function uses: parameters of a model
/// that it calls, for example.
///
/// ```swift
/// var x = images
/// for block in blocks { x = checkpoint(x) { block($0) } }
/// ```
///
/// - Parameters:
///   - inputs: What the function works on.
///   - function: It is called once now and once for each gradient, and has to give the same value each
///     time: dropout inside would draw other masks, and running statistics would be updated twice.
/// - Returns: The value of the function. It can be differentiated once.
public func checkpoint(
  _ inputs: [Tensor], _ function: @escaping ([Tensor]) -> Tensor
) -> Tensor {
  let points = inputs.map { $0.source() }
  let recorded = function(points)
  let dtype = Autocast.dtype
  let captured = sources(of: recorded, except: points)
  let rule = CustomGradient { cotangent, all, _ in
    // Tied to the cotangent, the second computation cannot begin before it is there; and it is not
    // the same as the first, whose results would be kept for it.
    let points = all.prefix(inputs.count).map { record(Await(), $0, cotangent).source() }
    let targets = points + Array(all.dropFirst(inputs.count))
    let again = withAutocast(dtype) { function(points) }
    let slopes = gradients(of: again, for: targets, cotangent: cotangent)
    // What comes before waits until everything here is done, so that its memory is free by then.
    let done = Array(slopes.dropFirst(inputs.count))
    return slopes.enumerated().map { index, slope in
      let origins = all + [cotangent] + (index < inputs.count ? done : [])
      return record(onceOnly, Operands([stopGradient(slope).node] + origins.map(\.node)))
    }
  }
  let value = stopGradient(recorded)
  return record(rule, Operands([value.node] + inputs.map(\.node) + captured.map(\.node)))
}

/// Stops where a checkpoint's gradient is differentiated: it ends at the points of the second
/// computation, and would be wrong.
private let onceOnly = CustomGradient { _, _, _ in
  trap(
    TensorError(
      "checkpoint: the gradient of a checkpoint has no derivative; leave checkpoint out where second "
        + "derivatives are taken"))
}

/// The value of a function of one tensor whose intermediate results are computed again for the
/// gradient; see `checkpoint` of several.
public func checkpoint(_ input: Tensor, _ function: @escaping (Tensor) -> Tensor) -> Tensor {
  checkpoint([input]) { function($0[0]) }
}

/// The first input, not before the second has been computed.
package struct Await: Primitive {
  package var name: String { "await" }

  package func type(of inputs: Operands) -> TensorType { inputs[0] }

  package func pullback(
    _ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor
  ) -> [Tensor?] { [cotangent, nil] }

  package func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray { inputs[0] }
}

/// The points behind a value to which gradients flow.
private func sources(of value: Tensor, except known: [Tensor]) -> [Tensor] {
  var found: [Node] = []
  Graph.withTraversal { traversal in
    for point in known { traversal.set(point.node, 0) }
    var stack = [value.node]
    while let node = stack.popLast() {
      guard node.isTracked, traversal.index(of: node) == nil else { continue }
      traversal.set(node, 0)
      if node.isSource {
        found.append(node)
      } else {
        node.inputs.forEach { stack.append($0) }
      }
    }
  }
  return found.map { Tensor($0) }
}
