/// Sum, product, maximum or minimum over some axes.
///
/// Over no elements they give 0, 1, −∞ and ∞ (the lowest and highest integer for integers).
public struct Reduce: Primitive {
  /// What is done with the elements.
  public enum Kind: Int, Sendable, CaseIterable {
    case sum, product, maximum, minimum
  }

  /// What is done with the elements.
  public let kind: Kind
  /// The axes that go.
  public let axes: AxisSet
  /// Whether they stay with size 1.
  public let keepsDimensions: Bool

  package init(kind: Kind, axes: AxisSet, keepsDimensions: Bool) {
    self.kind = kind
    self.axes = axes
    self.keepsDimensions = keepsDimensions
  }

  /// The name of the kind.
  public var name: String {
    switch kind {
    case .sum: "sum"
    case .product: "product"
    case .maximum: "max"
    case .minimum: "min"
    }
  }

  /// The shape without the axes.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard inputs[0].dtype != .bool else {
      throw TensorError("\(name): truth values have no \(name); cast them, as to .int64")
    }
    return TensorType(
      inputs[0].shape.reduced(axes, keepingDimensions: keepsDimensions), inputs[0].dtype)
  }

  /// Sum: the cotangent everywhere. Maximum and minimum: shared equally by the elements that reach
  /// it. Product: the cotangent times the product of the others (no zeros among them).
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let x = inputs[0]
    let kept = x.shape.reduced(axes, keepingDimensions: true)
    let dy = cotangent.reshaped(to: kept)
    switch kind {
    case .sum: return [dy.broadcast(to: x.shape)]
    case .product: return [dy * output.reshaped(to: kept) / x]
    case .maximum, .minimum:
      let hits = (x .== output.reshaped(to: kept)).cast(to: x.dtype)
      return [hits * (dy / hits.sum(axes: axes.axes, keepingDimensions: true))]
    }
  }

  /// Takes one element after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let x = inputs[0]
    let isReal = x.type.dtype.isFloatingPoint
    let kept = x.type.shape.reduced(axes, keepingDimensions: true)
    let strides = kept.rowMajorStrides
    let neutral: [Double] = [0, 1, -.infinity, .infinity]
    var reals = Array(repeating: neutral[kind.rawValue], count: kept.elementCount)
    let lowest = HostArray.range(of: x.type.dtype)
    let neutralIntegers: [Int64] = [0, 1, lowest.lowerBound, lowest.upperBound]
    var integers = Array(repeating: neutralIntegers[kind.rawValue], count: kept.elementCount)
    forEachIndex(of: x.type.shape) { position, index in
      var target = 0
      for axis in 0..<index.count where !axes.contains(axis) {
        target += index[axis] * strides[axis]
      }
      let (a, b) = (reals[target], isReal ? x.real(position) : 0)
      let (i, j) = (integers[target], isReal ? 0 : x.integer(position))
      switch kind {
      case .sum: (reals[target], integers[target]) = (a + b, i &+ j)
      case .product: (reals[target], integers[target]) = (a * b, i &* j)
      case .maximum:
        (reals[target], integers[target]) = (a.isNaN || b.isNaN ? .nan : max(a, b), max(i, j))
      case .minimum:
        (reals[target], integers[target]) = (a.isNaN || b.isNaN ? .nan : min(a, b), min(i, j))
      }
    }
    var result = HostArray(zeros: type)
    for i in 0..<result.count {
      if isReal { result.set(i, real: reals[i]) } else { result.set(i, integer: integers[i]) }
    }
    return result
  }

  /// Kind and axes.
  public func sign(_ signature: inout Signature) {
    signature.append(kind.rawValue | Int(axes.bits) << 8 | (keepsDimensions ? 1 << 16 : 0))
  }
}

extension HostArray {
  /// The integers that an element type can hold.
  static func range(of dtype: DType) -> ClosedRange<Int64> {
    switch dtype {
    case .int32: Int64(Int32.min)...Int64(Int32.max)
    case .uint8: 0...255
    case .bool: 0...1
    default: Int64.min...Int64.max
    }
  }
}

extension Tensor {
  private func reduced(_ kind: Reduce.Kind, _ axes: [Int]?, _ keep: Bool) -> Tensor {
    do throws(TensorError) {
      let set = try AxisSet(axes, of: shape)
      return record(Reduce(kind: kind, axes: set, keepsDimensions: keep), self)
    } catch { trap(error) }
  }

  /// The sum over `axes` (negative ones count from the end), over all where it is nil.
  public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    reduced(.sum, axes, keepingDimensions)
  }

  /// The product over `axes`, over all where it is nil.
  public func product(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    reduced(.product, axes, keepingDimensions)
  }

  /// The largest element over `axes`, over all where it is nil; NaN where there is one.
  public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    reduced(.maximum, axes, keepingDimensions)
  }

  /// The smallest element over `axes`, over all where it is nil; NaN where there is one.
  public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    reduced(.minimum, axes, keepingDimensions)
  }

  /// The arithmetic mean over `axes`, over all where it is nil.
  public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
    let total = sum(axes: axes, keepingDimensions: keepingDimensions)
    let divisor = Double(count) / Double(Swift.max(total.count, 1))
    return total * (1 / divisor)
  }

  /// The variance over `axes`, Σ (x − mean)² / (n − correction).
  ///
  /// - Parameters:
  ///   - axes: The axes that go; negative ones count from the end.
  ///   - keepingDimensions: Whether they stay with size 1.
  ///   - correction: 1 for the unbiased estimate (PyTorch's default), 0 for the population.
  /// - Returns: The shape without the axes.
  public func variance(
    axes: [Int]? = nil, keepingDimensions: Bool = false, correction: Int = 1
  ) -> Tensor {
    let deviation = self - mean(axes: axes, keepingDimensions: true)
    let total = square(deviation).sum(axes: axes, keepingDimensions: keepingDimensions)
    let n = Double(count) / Double(Swift.max(total.count, 1))
    return total * (1 / Swift.max(n - Double(correction), 0))
  }
}
