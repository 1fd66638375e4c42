import Glibc

/// The logarithm of the sum of exponentials along the innermost axis, ln Σⱼ eˣʲ, or ln Σⱼ eˣʲ − b with a second
/// operand b `[..., 1]`: `[..., n]` → `[..., 1]`.
///
/// With b = x[label] that is a cross-entropy. Taken from the largest element before the logarithm is added, it keeps
/// the digits of a small loss beside large scores.
///
/// A primitive for stability, as `Softmax`, and because a cross-entropy over many classes needs no more: each row is
/// read once, and nothing as large as the scores is written.
public struct LogSumExp: Primitive {
  package init() {}

  /// The operation's name.
  public var name: String { "logSumExp" }

  /// The shape of the input with 1 as the last size: floating-point numbers, at least one axis.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard inputs[0].dtype.isFloatingPoint, inputs[0].shape.rank > 0 else {
      throw TensorError("logSumExp: needs floating-point numbers along an axis, not \(inputs[0])")
    }
    var shape = inputs[0].shape
    shape[shape.rank - 1] = 1
    let type = TensorType(shape, inputs[0].dtype)
    guard inputs.count == 1 || inputs[1] == type else {
      throw TensorError("logSumExp: what is subtracted must be \(type), not \(inputs[1])")
    }
    return type
  }

  /// dx = dy softmax(x) = dy e⁽ˣ⁻ᵇ⁾⁻ʸ, db = −dy.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    if inputs.count == 1 { return [exp(inputs[0] - output) * cotangent] }
    return [exp(inputs[0] - inputs[1] - output) * cotangent, -cotangent]
  }

  /// Row by row.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    let n = inputs[0].type.shape[type.shape.rank - 1]
    for r in 0..<result.count {
      let row = (r * n..<(r + 1) * n).map { inputs[0].real($0) }
      let largest = row.max() ?? -.infinity
      let shift = largest.isFinite ? largest : 0
      let total = row.reduce(0) { $0 + Glibc.exp($1 - shift) }
      let subtracted = inputs.count == 1 ? 0 : inputs[1].real(r)
      result.set(r, real: Glibc.log(total) + (shift - subtracted))
    }
    return result
  }

  /// There are no attributes.
  public func sign(_ signature: inout Signature) {}
}

/// ln Σ eˣ over `axes`, over all where it is nil, without overflow.
public func logSumExp(
  _ x: Tensor, axes: [Int]? = nil, keepingDimensions: Bool = false
) -> Tensor {
  if let axes, axes == [-1] || axes == [x.rank - 1] {
    let total = record(LogSumExp(), x)
    return keepingDimensions ? total : total.squeezingShape(at: -1)
  }
  let largest = stopGradient(x.max(axes: axes, keepingDimensions: true))
  let shift = select(isFinite(largest), largest, largest.filled(with: 0))
  let total = log(exp(x - shift).sum(axes: axes, keepingDimensions: true)) + shift
  return keepingDimensions ? total : total.sum(axes: axes)
}

/// ln Σ eˣ − b over the innermost axis, which is kept: `[..., n]` and b `[..., 1]` give `[..., 1]`.
package func logSumExp(_ x: Tensor, less b: Tensor) -> Tensor { record(LogSumExp(), x, b) }
