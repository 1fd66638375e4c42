/// Normalization along the innermost axis, y = scale (x − mean) / √(variance + ε) + shift with the biased variance:
/// x `[..., n]`, scale and shift `[n]` → `[..., n]`.
///
/// A primitive for a measured gain: forward and backward each row is read once and stays in the first-level cache.
///
/// - SeeAlso: Ba, Kiros & Hinton 2016, equation 4.
public struct LayerNormalization: Primitive {
  /// ε.
  public let epsilon: Double

  package init(epsilon: Double) { self.epsilon = epsilon }

  /// The operation's name.
  public var name: String { "layerNormalization" }

  /// The type of x.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    try Self.check(name, inputs[0], inputs[1])
    try Self.check(name, inputs[0], inputs[2])
    return inputs[0]
  }

  static func check(
    _ name: String, _ x: TensorType, _ vector: TensorType
  ) throws(TensorError) {
    guard x.dtype.isFloatingPoint, let n = x.shape.last, vector == TensorType([n], x.dtype) else {
      throw TensorError(
        "\(name): floating-point numbers \(x) need vectors of the last size, not \(vector)")
    }
  }

  /// The gradient is a primitive of its own.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (x, scale) = (inputs[0], inputs[1])
    let packed = record(
      LayerNormalizationGradient(epsilon: epsilon), Operands(cotangent.node, x.node, scale.node))
    return LayerNormalizationGradient.unpacked(packed, x.shape)
  }

  /// Row by row.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    var result = HostArray(zeros: type)
    let n = type.shape[type.shape.rank - 1]
    for start in stride(from: 0, to: result.count, by: max(n, 1)) {
      let (normalized, _) = Self.normalized(inputs[0], start, n, epsilon)
      for i in 0..<n {
        let y = normalized[i] * inputs[1].real(i) + inputs[2].real(i)
        result.set(start + i, real: y)
      }
    }
    return result
  }

  /// A row less its mean over its deviation, and the reciprocal of that.
  static func normalized(
    _ x: HostArray, _ start: Int, _ n: Int, _ epsilon: Double
  ) -> ([Double], slope: Double) {
    let row = (start..<start + n).map { x.real($0) }
    let mean = row.reduce(0, +) / Double(n)
    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
    let slope = 1 / (variance + epsilon).squareRoot()
    return (row.map { ($0 - mean) * slope }, slope)
  }

  /// ε.
  public func sign(_ signature: inout Signature) { signature.append(epsilon) }
}

/// The gradients of `LayerNormalization` from the cotangent dy, x and the scale. With h = (x − mean) r,
/// r = 1 / √(variance + ε) and g = scale dy, means over the axis:
///
///     dx = r (g − mean g − h mean(g h)), dscale = Σ dy h, dshift = Σ dy
///
/// The result is a vector of all three, one after the other.
public struct LayerNormalizationGradient: Primitive {
  /// ε.
  public let epsilon: Double

  package init(epsilon: Double) { self.epsilon = epsilon }

  /// The operation's name.
  public var name: String { "layerNormalizationGradient" }

  /// A vector.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    try LayerNormalization.check(name, inputs[1], inputs[2])
    guard inputs[0] == inputs[1] else {
      throw TensorError("\(name): cotangent \(inputs[0]) and numbers \(inputs[1]) differ")
    }
    let count = inputs[1].shape.elementCount + 2 * inputs[2].shape.elementCount
    return TensorType([count], inputs[1].dtype)
  }

  /// The gradients of x, scale and shift.
  static func unpacked(_ packed: Tensor, _ shape: Shape) -> [Tensor] {
    let (count, n) = (shape.elementCount, shape.last ?? 0)
    return [
      packed.slice(axis: 0, 0..<count).reshaped(to: shape),
      packed.slice(axis: 0, count..<count + n),
      packed.slice(axis: 0, count + n..<count + 2 * n),
    ]
  }

  /// Composed. With T u = u − mean u − h mean(u h) the first gradient is r T g, and T is symmetric.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (dy, x, scale) = (inputs[0], inputs[1], inputs[2])
    let slopes = Self.unpacked(cotangent, x.shape)
    let (c, ofScale, ofShift) = (slopes[0], slopes[1], slopes[2])
    func mean(_ u: Tensor) -> Tensor { u.mean(axes: [-1], keepingDimensions: true) }
    let centered = x - mean(x)
    let r = rsqrt(mean(square(centered)) + epsilon)
    let (h, g) = (centered * r, dy * scale)
    func t(_ u: Tensor) -> Tensor { u - mean(u) - h * mean(u * h) }
    let along = r * t(c)
    let ofDY = scale * along + ofScale * h + ofShift
    let outer = Array(0..<x.rank - 1)
    let ofNormalized = ofScale * dy - r * (c * mean(g * h) + g * mean(c * h))
    let ofSlope = mean(c * g) - mean(c) * mean(g) - mean(c * h) * mean(g * h)
    let ofX = r * t(ofNormalized) - square(r) * h * ofSlope
    return [ofDY, ofX, (dy * along).sum(axes: outer)]
  }

  /// Row by row.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (dy, x, scale) = (inputs[0], inputs[1], inputs[2])
    var result = HostArray(zeros: type)
    let n = scale.count
    var (ofScale, ofShift) = (Array(repeating: 0.0, count: n), Array(repeating: 0.0, count: n))
    for start in stride(from: 0, to: x.count, by: max(n, 1)) {
      let (h, r) = LayerNormalization.normalized(x, start, n, epsilon)
      let g = (0..<n).map { dy.real(start + $0) * scale.real($0) }
      let mean = g.reduce(0, +) / Double(n)
      let product = zip(g, h).reduce(0) { $0 + $1.0 * $1.1 } / Double(n)
      for i in 0..<n {
        result.set(start + i, real: r * (g[i] - mean - h[i] * product))
        ofScale[i] += dy.real(start + i) * h[i]
        ofShift[i] += dy.real(start + i)
      }
    }
    for i in 0..<n {
      result.set(x.count + i, real: ofScale[i])
      result.set(x.count + n + i, real: ofShift[i])
    }
    return result
  }

  /// ε.
  public func sign(_ signature: inout Signature) { signature.append(epsilon) }
}

/// Normalization along the innermost axis, scale (x − mean) / √(variance + ε) + shift.
///
/// - Parameters:
///   - x: `[..., n]`.
///   - scale: `[n]`; ones where nil.
///   - shift: `[n]`; zeros where nil.
///   - epsilon: ε.
/// - Returns: The shape of x.
public func layerNormalization(
  _ x: Tensor, scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  func vector(_ value: Double) -> Tensor {
    .full([x.shape.last ?? 1], value, dtype: x.dtype)
  }
  return record(
    LayerNormalization(epsilon: epsilon),
    Operands(x.node, (scale ?? vector(1)).node, (shift ?? vector(0)).node))
}
