import Glibc

/// A long short-term memory over a whole sequence:
///
///     i, f, o = σ(p(t) + U h(t−1)) for each gate,  g = tanh(p(t) + U h(t−1))
///     c(t) = f c(t−1) + i g
///     h(t) = o tanh(c(t))
///
/// Inputs: p, what the gates i, f, g, o get from the inputs, `[times, batch, 4 hidden]`; U
/// `[4 hidden, hidden]`; h and c before the first time, `[batch, hidden]`.
/// Result: h, c, i, f, g, o, each with the place of the first state, `[6, times + 1, batch, hidden]`.
///
/// A primitive for speed: U is packed once for all times, cells work on sums in the cache, and U's
/// gradient is one product over all times.
public struct LSTMSequence: Primitive {
  /// Whether the sequence is read from its end.
  public let isReversed: Bool

  package init(isReversed: Bool) { self.isReversed = isReversed }

  /// The operation's name.
  public var name: String { "lstmSequence" }

  /// The type of what is kept.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (p, u) = (inputs[0], inputs[1])
    guard p.dtype.isFloatingPoint, p.shape.rank == 3, u.shape.rank == 2,
      u.shape[0] == 4 * u.shape[1], p.shape[2] == u.shape[0]
    else {
      throw TensorError(
        "lstmSequence: gates [times, batch, 4 hidden] and a weight [4 hidden, hidden] of "
          + "floating-point numbers do not fit as \(p) and \(u)")
    }
    let state = TensorType([p.shape[1], u.shape[1]], p.dtype)
    guard u.dtype == p.dtype, inputs[2] == state, inputs[3] == state else {
      throw TensorError(
        "lstmSequence: h and c before the first time are [batch, hidden], \(state), not "
          + "\(inputs[2]) and \(inputs[3])")
    }
    return TensorType([6, p.shape[0] + 1, p.shape[1], u.shape[1]], p.dtype)
  }

  /// One walk back for the cotangents of h and c, one product for that of U; composed where a gate's
  /// value has a cotangent, as in second derivatives.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let layout = SequenceLayout(times: inputs[0].shape[0], isReversed: isReversed)
    guard layout.times > 0, let parts = layout.cotangents(cotangent, ofParts: 2) else {
      return compositionPullback(cotangent, inputs, composed)
    }
    let states = layout.cut(output, part: 0, layout.after)
    var operands = [parts[0] ?? states.filled(with: 0), output, inputs[1]]
    if let cells = parts[1] { operands.append(cells) }
    let slopes = record(LSTMSequenceGradient(isReversed: isReversed), Operands(operands))
    let (times, hidden) = (layout.times, inputs[1].shape[1])
    let sums = slopes[0..<times]
    let before = layout.cut(output, part: 0, layout.before)
    return [
      sums, matmul(joiningTimes(sums).transposed(), joiningTimes(before)),
      matmul(sums[layout.order[0]], inputs[1]), slopes[times].slice(axis: 1, 0..<hidden),
    ]
  }

  /// The same from other operations.
  func composed(_ inputs: [Tensor]) -> Tensor {
    let layout = SequenceLayout(times: inputs[0].shape[0], isReversed: isReversed)
    var (h, c) = (inputs[2], inputs[3])
    var kept: [[Tensor]] = Array(repeating: [], count: 6)
    for time in layout.order {
      let gates = (inputs[0][time] + affine(h, inputs[1], nil)).split(4, axis: 1)
      let (i, f, g, o) = (sigmoid(gates[0]), sigmoid(gates[1]), tanh(gates[2]), sigmoid(gates[3]))
      c = f * c + i * g
      h = o * tanh(c)
      for (part, value) in [h, c, i, f, g, o].enumerated() { kept[part].append(value) }
    }
    let first = [inputs[2], inputs[3]] + Array(repeating: inputs[2].filled(with: 0), count: 4)
    return stack(zip(first, kept).map { layout.arranged($0, $1) })
  }

  /// Unit by unit.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (p, u) = (inputs[0], inputs[1])
    let (batch, hidden) = (type.shape[2], type.shape[3])
    let layout = SequenceLayout(times: type.shape[1] - 1, isReversed: isReversed)
    return layout.walk(type, from: [inputs[2], inputs[3]]) { time, sequence, unit, before in
      let sums = (0..<4).map { gate -> Double in
        let row = gate * hidden + unit
        return (0..<hidden).reduce(p.real((time * batch + sequence) * 4 * hidden + row)) {
          $0 + before(0, $1) * u.real(row * hidden + $1)
        }
      }
      let (i, f, o) = (logistic(sums[0]), logistic(sums[1]), logistic(sums[3]))
      let g = Glibc.tanh(sums[2])
      let c = f * before(1, unit) + i * g
      return [o * Glibc.tanh(c), c, i, f, g, o]
    }
  }

  /// The direction is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(isReversed) }

  /// The products, and some twenty operations for each unit.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    inputs[0].shape.elementCount * (2 * inputs[1].shape[1] + 5)
  }
}

/// What an `LSTMSequence` passes back. Inputs: the cotangents of h, `[times, batch, hidden]`, what the
/// sequence kept, U, and where there are any the cotangents of c.
/// Result, `[times + 1, batch, 4 hidden]`: the cotangents of p, and behind all times in the first columns
/// that of c before the first time.
public struct LSTMSequenceGradient: Primitive {
  /// Whether the sequence is read from its end.
  public let isReversed: Bool

  /// The operation's name.
  public var name: String { "lstmSequenceGradient" }

  /// The type of the cotangents.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (dh, u) = (inputs[0].shape, inputs[2].shape)
    guard dh.rank == 3, inputs[1].shape == [6, dh[0] + 1, dh[1], dh[2]], u == [4 * dh[2], dh[2]],
      inputs.count < 4 || inputs[3] == inputs[0]
    else {
      throw TensorError(
        "lstmSequenceGradient: cotangents \(dh), kept \(inputs[1].shape) and weight \(u) do not fit"
      )
    }
    return TensorType([dh[0] + 1, dh[1], 4 * dh[2]], inputs[0].dtype)
  }

  /// By the composition.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    compositionPullback(cotangent, inputs, composed)
  }

  func composed(_ inputs: [Tensor]) -> Tensor {
    let (dh, kept, u) = (inputs[0], inputs[1], inputs[2])
    let layout = SequenceLayout(times: dh.shape[0], isReversed: isReversed)
    var slopes: [Tensor] = Array(repeating: dh, count: layout.times)
    var (fromH, fromC): (Tensor?, Tensor?)
    for time in layout.order.reversed() {
      let after = (0..<6).map { kept[$0][layout.placeAfter(time)] }
      let (i, f, g, o) = (after[2], after[3], after[4], after[5])
      let t = tanh(after[1])
      let slope = fromH.map { dh[time] + $0 } ?? dh[time]
      var dc = slope * o * (1 - t * t)
      if let fromC { dc = dc + fromC }
      if inputs.count > 3 { dc = dc + inputs[3][time] }
      let before = kept[1][layout.placeBefore(time)]
      slopes[time] = concatenate(
        [
          dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g * g),
          slope * t * o * (1 - o),
        ], axis: 1)
      fromH = matmul(slopes[time], u)
      fromC = dc * f
    }
    let first = fromC ?? dh.filled(with: 0)
    return stack(slopes + [first.padded(before: [0, 0], after: [0, 3 * dh.shape[2]])])
  }

  /// Unit by unit.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (u, hidden) = (inputs[2], type.shape[2] / 4)
    let layout = SequenceLayout(times: type.shape[0] - 1, isReversed: isReversed)
    return layout.walkBack(
      type, inputs[0], inputs[1],
      weights: { unit in (0..<4 * hidden).map { u.real($0 * hidden + unit) } }
    ) { moment, carry in
      let (i, f, g, o) = (moment.after[2], moment.after[3], moment.after[4], moment.after[5])
      let t = Glibc.tanh(moment.after[1])
      var dc = moment.slope * o * (1 - t * t) + carry
      if inputs.count > 3 { dc += inputs[3].real(moment.place) }
      carry = dc * f
      return [
        dc * g * i * (1 - i), dc * moment.before[1] * f * (1 - f), dc * i * (1 - g * g),
        moment.slope * t * o * (1 - o),
      ]
    }
  }

  /// The direction is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(isReversed) }

  /// The products, and some operations for each unit.
  public func operationCount(_ inputs: Operands, _ result: TensorType) -> Int {
    inputs[0].shape.elementCount * (8 * inputs[2].shape[1] + 30)
  }
}

func logistic(_ x: Double) -> Double { 1 / (1 + Glibc.exp(-x)) }

/// Reads a whole sequence with a long short-term memory, from what its gates get from the inputs.
///
/// - Parameters:
///   - projected: W x(t) + b of the gates i, f, g, o side by side, `[times, batch, 4 hidden]`.
///   - weight: U of the gates one below the other, `[4 hidden, hidden]`.
///   - hidden: h before the first time, `[batch, hidden]`.
///   - cell: c before the first time, in the same shape.
///   - reversed: Whether the sequence is read from its end.
/// - Returns: h and c after each time, `[times, batch, hidden]`.
/// - Note: Fast in single precision, correct and slow in others.
public func lstmSequence(
  _ projected: Tensor, _ weight: Tensor, hidden: Tensor, cell: Tensor, reversed: Bool = false
) -> (hidden: Tensor, cell: Tensor) {
  let inputs = Operands([projected, weight, hidden, cell])
  let kept = record(LSTMSequence(isReversed: reversed), inputs)
  let layout = SequenceLayout(times: projected.shape[0], isReversed: reversed)
  return (
    layout.cut(kept, part: 0, layout.after), layout.cut(kept, part: 1, layout.after)
  )
}
