import Glibc

/// Softmax or its logarithm along the innermost axis:
/// yᵢ = eˣⁱ / Σⱼ eˣʲ, or xᵢ − ln Σⱼ eˣʲ.
///
/// A primitive for stability: the row's maximum is subtracted first.
public struct Softmax: Primitive {
  /// Whether the logarithm is taken.
  public let isLogarithmic: Bool

  package init(isLogarithmic: Bool) {
    self.isLogarithmic = isLogarithmic
  }

  /// The name of the kind.
  public var name: String { isLogarithmic ? "logSoftmax" : "softmax" }

  /// The type of the input: floating-point numbers, at least one axis.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard inputs[0].dtype.isFloatingPoint, inputs[0].shape.rank > 0 else {
      throw TensorError("\(name): needs floating-point numbers along an axis, not \(inputs[0])")
    }
    return inputs[0]
  }

  /// dx = y (dy − Σ dy y) for softmax, dy − softmax Σ dy for its logarithm.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    if isLogarithmic {
      return [cotangent - exp(output) * cotangent.sum(axes: [-1], keepingDimensions: true)]
    }
    let weighted = (cotangent * output).sum(axes: [-1], keepingDimensions: true)
    return [output * (cotangent - weighted)]
  }

  /// Row by row.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    let n = type.shape[type.shape.rank - 1]
    for start in stride(from: 0, to: result.count, by: max(n, 1)) {
      let row = (start..<start + n).map { inputs[0].real($0) }
      let largest = row.max() ?? 0
      let total = row.reduce(0) { $0 + Glibc.exp($1 - largest) }
      for i in 0..<n {
        let shifted = row[i] - largest
        let y = isLogarithmic ? shifted - Glibc.log(total) : Glibc.exp(shifted) / total
        result.set(start + i, real: y)
      }
    }
    return result
  }

  /// The kind is the only attribute.
  public func sign(_ signature: inout Signature) { signature.append(isLogarithmic) }
}

private func alongAxis(_ x: Tensor, _ axis: Int, _ body: (Tensor) -> Tensor) -> Tensor {
  let position = axis < 0 ? axis + x.rank : axis
  precondition(position >= 0 && position < x.rank, "softmax: no axis \(axis) in \(x.shape)")
  if position == x.rank - 1 { return body(x) }
  return body(x.transposed(position, -1)).transposed(position, -1)
}

/// Positive numbers that sum to 1 along an axis: eˣⁱ / Σⱼ eˣʲ.
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  alongAxis(x, axis) { record(Softmax(isLogarithmic: false), $0) }
}

/// The logarithm of softmax along an axis, xᵢ − ln Σⱼ eˣʲ, without overflow.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  alongAxis(x, axis) { record(Softmax(isLogarithmic: true), $0) }
}
