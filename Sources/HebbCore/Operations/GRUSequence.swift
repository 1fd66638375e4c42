import Glibc

/// A gated recurrent unit over a whole sequence:
///
///     r, z = σ(p(t) + U h(t−1)) for each gate
///     n = tanh(p(t) + r m),  m = U h(t−1) + d
///     h(t) = (1 − z) n + z h(t−1)
///
/// Inputs: p, what r, z, n get from the inputs, `[times, batch, 3 hidden]`; U `[3 hidden, hidden]`; d
/// `[hidden]`; h before the first time, `[batch, hidden]`.
/// Result: h, r, z, n, m, each with the place of the first state, `[5, times + 1, batch, hidden]`.
///
/// A primitive for speed, as `LSTMSequence` is.
public struct GRUSequence: Primitive {
  /// Whether the sequence is read from its end.
  public let isReversed: Bool

  package init(isReversed: Bool) { self.isReversed = isReversed }

  /// The operation's name.
  public var name: String { "gruSequence" }

  /// The type of what is kept.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (p, u) = (inputs[0], inputs[1])
    guard p.dtype.isFloatingPoint, p.shape.rank == 3, u.shape.rank == 2,
      u.shape[0] == 3 * u.shape[1], p.shape[2] == u.shape[0]
    else {
      throw TensorError(
        "gruSequence: gates [times, batch, 3 hidden] and a weight [3 hidden, hidden] of "
          + "floating-point numbers do not fit as \(p) and \(u)")
    }
    let state = TensorType([p.shape[1], u.shape[1]], p.dtype)
    guard u.dtype == p.dtype, inputs[2] == TensorType([u.shape[1]], p.dtype), inputs[3] == state
    else {
      throw TensorError(
        "gruSequence: a bias [hidden] and h [batch, hidden], \(state), before the first time do not "
          + "fit as \(inputs[2]) and \(inputs[3])")
    }
    return TensorType([5, p.shape[0] + 1, p.shape[1], u.shape[1]], p.dtype)
  }

  /// One walk back for the cotangents of h, one product for that of U; composed where a gate's value has
  /// a cotangent, as in second derivatives.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let layout = SequenceLayout(times: inputs[0].shape[0], isReversed: isReversed)
    guard layout.times > 0, let parts = layout.cotangents(cotangent, ofParts: 1),
      let dh = parts[0]
    else { return compositionPullback(cotangent, inputs, composed) }
    let slopes = record(
      GRUSequenceGradient(isReversed: isReversed), Operands([dh, output, inputs[1]]))
    let (times, n) = (layout.times, inputs[1].shape[1])
    // m, r, z, n side by side: the product's rows come first, those of p last.
    let products = slopes[0..<times].slice(axis: 2, 0..<3 * n)
    let before = layout.cut(output, part: 0, layout.before)
    let du = matmul(joiningTimes(products).transposed(), joiningTimes(before))
    let turned = concatenate([inputs[1][2 * n..<3 * n], inputs[1][0..<2 * n]])
    let first = slopes[times].slice(axis: 1, 0..<n) + matmul(products[layout.order[0]], turned)
    return [
      slopes[0..<times].slice(axis: 2, n..<4 * n), concatenate([du[n..<3 * n], du[0..<n]]),
      products.slice(axis: 2, 0..<n).sum(axes: [0, 1]), first,
    ]
  }

  /// The same from other operations.
  func composed(_ inputs: [Tensor]) -> Tensor {
    let layout = SequenceLayout(times: inputs[0].shape[0], isReversed: isReversed)
    var h = inputs[3]
    var kept: [[Tensor]] = Array(repeating: [], count: 5)
    for time in layout.order {
      let p = inputs[0][time].split(3, axis: 1)
      let products = affine(h, inputs[1], nil).split(3, axis: 1)
      let (r, z) = (sigmoid(p[0] + products[0]), sigmoid(p[1] + products[1]))
      let m = products[2] + inputs[2]
      let n = tanh(p[2] + r * m)
      h = (1 - z) * n + z * h
      for (part, value) in [h, r, z, n, m].enumerated() { kept[part].append(value) }
    }
    let first = [inputs[3]] + Array(repeating: inputs[3].filled(with: 0), count: 4)
    return stack(zip(first, kept).map { layout.arranged($0, $1) })
  }

  /// Unit by unit.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (p, u) = (inputs[0], inputs[1])
    let (batch, hidden) = (type.shape[2], type.shape[3])
    let layout = SequenceLayout(times: type.shape[1] - 1, isReversed: isReversed)
    return layout.walk(type, from: [inputs[3]]) { time, sequence, unit, before in
      let products = (0..<3).map { gate in
        (0..<hidden).reduce(0.0) {
          $0 + before(0, $1) * u.real((gate * hidden + unit) * hidden + $1)
        }
      }
      let sums = (0..<3).map {
        p.real((time * batch + sequence) * 3 * hidden + $0 * hidden + unit)
      }
      let (r, z) = (logistic(sums[0] + products[0]), logistic(sums[1] + products[1]))
      let m = products[2] + inputs[2].real(unit)
      let n = Glibc.tanh(sums[2] + r * m)
      return [(1 - z) * n + z * before(0, unit), r, z, n, m]
    }
  }

  /// The direction is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(isReversed) }

  /// The products, and some operations for each unit.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    inputs[0].shape.elementCount * (2 * inputs[1].shape[1] + 5)
  }
}

/// What a `GRUSequence` passes back. Inputs: the cotangents of h, `[times, batch, hidden]`, what the
/// sequence kept, and U.
/// Result, `[times + 1, batch, 4 hidden]`: the cotangents of m, then those of p; and behind all times in
/// the first columns that of h before the first time, but for what comes through the product.
public struct GRUSequenceGradient: Primitive {
  /// Whether the sequence is read from its end.
  public let isReversed: Bool

  /// The operation's name.
  public var name: String { "gruSequenceGradient" }

  /// The type of the cotangents.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (dh, u) = (inputs[0].shape, inputs[2].shape)
    guard dh.rank == 3, inputs[1].shape == [5, dh[0] + 1, dh[1], dh[2]], u == [3 * dh[2], dh[2]]
    else {
      throw TensorError(
        "gruSequenceGradient: cotangents \(dh), kept \(inputs[1].shape) and weight \(u) do not fit")
    }
    return TensorType([dh[0] + 1, dh[1], 4 * dh[2]], inputs[0].dtype)
  }

  /// By the composition.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    compositionPullback(cotangent, inputs, composed)
  }

  func composed(_ inputs: [Tensor]) -> Tensor {
    let (dh, kept) = (inputs[0], inputs[1])
    let size = dh.shape[2]
    let turned = concatenate([inputs[2][2 * size..<3 * size], inputs[2][0..<2 * size]])
    let layout = SequenceLayout(times: dh.shape[0], isReversed: isReversed)
    var slopes: [Tensor] = Array(repeating: dh, count: layout.times)
    var (past, through): (Tensor?, Tensor?)
    for time in layout.order.reversed() {
      let after = (0..<5).map { kept[$0][layout.placeAfter(time)] }
      let (r, z, n, m) = (after[1], after[2], after[3], after[4])
      var slope = dh[time]
      if let past, let through { slope = slope + past + through }
      let dn = slope * (1 - z) * (1 - n * n)
      let dz = slope * (kept[0][layout.placeBefore(time)] - n) * z * (1 - z)
      let products = concatenate([dn * r, dn * m * r * (1 - r), dz], axis: 1)
      slopes[time] = concatenate([products, dn], axis: 1)
      past = slope * z
      through = matmul(products, turned)
    }
    let first = past ?? dh.filled(with: 0)
    return stack(slopes + [first.padded(before: [0, 0], after: [0, 3 * size])])
  }

  /// Unit by unit.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (u, hidden) = (inputs[2], type.shape[2] / 4)
    let layout = SequenceLayout(times: type.shape[0] - 1, isReversed: isReversed)
    return layout.walkBack(
      type, inputs[0], inputs[1],
      // The rows of n come first in the cotangents, last in U.
      weights: { unit in
        (0..<3 * hidden).map { u.real(($0 + 2 * hidden) % (3 * hidden) * hidden + unit) }
      }
    ) { moment, carry in
      let (r, z, n, m) = (moment.after[1], moment.after[2], moment.after[3], moment.after[4])
      let slope = moment.slope + carry
      carry = slope * z
      let dn = slope * (1 - z) * (1 - n * n)
      let dz = slope * (moment.before[0] - n) * z * (1 - z)
      return [dn * r, dn * m * r * (1 - r), dz, dn]
    }
  }

  /// The direction is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(isReversed) }

  /// The products, and some operations for each unit.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    inputs[0].shape.elementCount * (6 * inputs[2].shape[1] + 30)
  }
}

/// Reads a whole sequence with a gated recurrent unit, from what its gates get from the inputs.
///
/// - Parameters:
///   - projected: W x(t) + b of r, z, n side by side, `[times, batch, 3 hidden]`; what stands beside U in
///     r and z belongs in here too.
///   - weight: U of r, z, n one below the other, `[3 hidden, hidden]`.
///   - bias: d, which stands beside U in n, `[hidden]`.
///   - hidden: h before the first time, `[batch, hidden]`.
///   - reversed: Whether the sequence is read from its end.
/// - Returns: h after each time, `[times, batch, hidden]`.
/// - Note: Fast in single precision, correct and slow in others.
public func gruSequence(
  _ projected: Tensor, _ weight: Tensor, bias: Tensor, hidden: Tensor, reversed: Bool = false
) -> Tensor {
  let inputs = Operands([projected, weight, bias, hidden])
  let kept = record(GRUSequence(isReversed: reversed), inputs)
  let layout = SequenceLayout(times: projected.shape[0], isReversed: reversed)
  return layout.cut(kept, part: 0, layout.after)
}
