import Glibc

/// Running sums, products or log-sums of exponentials along an axis: y[t] combines x[0] ... x[t].
///
/// Primitives, because composed of others they would take as many passes as the axis is long.
public struct Scan: Primitive {
  /// What is done with the elements.
  public enum Kind: Int, Sendable, CaseIterable {
    case sum, product, logSumExp
  }

  /// What is done with the elements.
  public let kind: Kind
  /// The axis.
  public let axis: Int
  /// Whether it runs from the end: y[t] combines x[t] ... x[n − 1].
  public let isReversed: Bool

  package init(kind: Kind, axis: Int, isReversed: Bool) {
    self.kind = kind
    self.axis = axis
    self.isReversed = isReversed
  }

  /// The name of the kind.
  public var name: String {
    switch kind {
    case .sum: "cumulativeSum"
    case .product: "cumulativeProduct"
    case .logSumExp: "cumulativeLogSumExp"
    }
  }

  /// The type of the input.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let x = inputs[0]
    guard axis >= 0, axis < x.shape.rank else {
      throw TensorError("\(name): axis \(axis) does not exist in shape \(x.shape)")
    }
    guard x.dtype != .bool, kind != .logSumExp || x.dtype.isFloatingPoint else {
      throw TensorError(
        "\(name): \(x.dtype) elements have none; cast them, as to .int64 or .float32")
    }
    return x
  }

  /// Sum: the sums of the cotangent from the other end. Product: the product of what comes before
  /// times S, where S[t] = dy[t] + x[t + 1] S[t + 1]; nothing is divided, zeros are like any number.
  /// Log-sum: eˣ⁻ʸ G with G[t] = dy[t] + exp(y[t] − y[t + 1]) G[t + 1]; no exponent is positive.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let x = inputs[0]
    switch kind {
    case .sum:
      return [record(Scan(kind: .sum, axis: axis, isReversed: !isReversed), cotangent)]
    case .product:
      let before = output.delayed(axis: axis, isReversed: isReversed, filling: 1)
      let after = x.delayed(axis: axis, isReversed: !isReversed, filling: 0)
      let rest = linearRecurrence(after, cotangent, axis: axis, reversed: !isReversed)
      return [before * rest]
    case .logSumExp:
      let zero = x.filled(with: 0)
      let finite = isFinite(output)
      let next = output.delayed(axis: axis, isReversed: !isReversed, filling: 0)
      let decay = exp(select(finite .& isFinite(next), output - next, zero))
      let total = linearRecurrence(decay, cotangent, axis: axis, reversed: !isReversed)
      return [exp(x - select(finite, output, zero)) * total]
    }
  }

  /// Takes one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let x = inputs[0]
    let isReal = type.dtype.isFloatingPoint
    var result = HostArray(zeros: type)
    forEachRow(of: type.shape, axis, isReversed) { places in
      var (real, integer) = (kind == .sum ? 0.0 : 1, kind == .sum ? Int64(0) : 1)
      if kind == .logSumExp { real = -.infinity }
      for place in places {
        if isReal {
          let value = x.real(place)
          switch kind {
          case .sum: real += value
          case .product: real *= value
          case .logSumExp:
            let larger = real.isNaN || value.isNaN ? .nan : max(real, value)
            let distance = abs(real - value)
            real = larger.isInfinite ? larger : larger + log1p(exp(-distance))
          }
          result.set(place, real: real)
        } else {
          let value = x.integer(place)
          integer = kind == .sum ? integer &+ value : integer &* value
          result.set(place, integer: integer)
        }
      }
    }
    return result
  }

  /// Kind, axis and direction.
  public func sign(_ signature: inout Signature) {
    signature.append(kind.rawValue)
    signature.append(axis)
    signature.append(isReversed)
  }
}

/// Calls `body` with the positions along an axis, for each row of a shape.
func forEachRow(of shape: Shape, _ axis: Int, _ isReversed: Bool, _ body: ([Int]) -> Void) {
  let n = shape[axis]
  let inner = shape[(axis + 1)...].reduce(1, *)
  for outer in 0..<shape[..<axis].reduce(1, *) {
    for i in 0..<inner {
      let places = (0..<n).map { (outer * n + $0) * inner + i }
      body(isReversed ? places.reversed() : places)
    }
  }
}

extension Tensor {
  /// The elements moved one place along an axis, away from its start (its end if reversed); `value`
  /// comes first.
  func delayed(axis: Int, isReversed: Bool, filling value: Double) -> Tensor {
    let n = shape[axis]
    if n == 0 { return self }
    var one = shape
    one[axis] = 1
    let edge = Tensor.full(one, value, dtype: dtype)
    return isReversed
      ? concatenate([slice(axis: axis, 1..<n), edge], axis: axis)
      : concatenate([edge, slice(axis: axis, 0..<n - 1)], axis: axis)
  }

  private func scan(_ kind: Scan.Kind, _ axis: Int, _ reversed: Bool) -> Tensor {
    record(Scan(kind: kind, axis: axis < 0 ? axis + rank : axis, isReversed: reversed), self)
  }

  /// The running sums along an axis, y[t] = x[0] + ... + x[t]; `float32` runs in double precision.
  ///
  /// - Parameters:
  ///   - axis: The axis; negative ones count from the end.
  ///   - reversed: Whether the sums run from the end of the axis.
  /// - Returns: The shape of this tensor.
  public func cumulativeSum(axis: Int, reversed: Bool = false) -> Tensor {
    scan(.sum, axis, reversed)
  }

  /// The running products along an axis, y[t] = x[0] ⋯ x[t]. The gradient is right at zeros.
  ///
  /// - Parameters:
  ///   - axis: The axis; negative ones count from the end.
  ///   - reversed: Whether the products run from the end of the axis.
  /// - Returns: The shape of this tensor.
  public func cumulativeProduct(axis: Int, reversed: Bool = false) -> Tensor {
    scan(.product, axis, reversed)
  }

  /// The running logarithms of sums of exponentials along an axis, y[t] = ln(eˣ⁰ + ... + eˣᵗ),
  /// without overflow.
  ///
  /// - Parameters:
  ///   - axis: The axis; negative ones count from the end.
  ///   - reversed: Whether the sums run from the end of the axis.
  /// - Returns: The shape of this tensor.
  public func cumulativeLogSumExp(axis: Int, reversed: Bool = false) -> Tensor {
    scan(.logSumExp, axis, reversed)
  }
}
