import Glibc

/// The discrete Fourier transform over the last axis, y[k] = Σ x[j] e^(∓2πi jk/n), without a factor:
/// real and imaginary parts in, both stacked on a new first axis out.
public struct FourierTransform: Primitive {
  /// Whether the exponent is positive.
  public let isInverse: Bool

  package init(isInverse: Bool) {
    self.isInverse = isInverse
  }

  /// The operation's name.
  public var name: String { isInverse ? "ifft" : "fft" }

  /// `[..., n]` twice → `[2, ..., n]`.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (x, y) = (inputs[0], inputs[1])
    guard x.dtype == .float32 || x.dtype == .float64, x == y else {
      throw TensorError(
        "\(name): needs two parts of one type, float32 or float64, not \(x) and \(y)")
    }
    guard x.shape.rank >= 1, x.shape.rank < Shape.maximumRank else {
      throw TensorError("\(name): needs 1 to 7 axes, not shape \(x.shape)")
    }
    return TensorType(Shape([2] + Array(x.shape)), x.dtype)
  }

  /// The matrix of the transform is symmetric, so its adjoint is the transform with the other sign.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let slope = record(FourierTransform(isInverse: !isInverse), cotangent[0], cotangent[1])
    return [slope[0], slope[1]]
  }

  /// The sum as it stands.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let (re, im) = (inputs[0], inputs[1])
    let n = type.shape[type.shape.rank - 1]
    var result = HostArray(zeros: type)
    for row in 0..<(n == 0 ? 0 : re.count / n) {
      for k in 0..<n {
        var sum = ComplexNumber(0)
        for j in 0..<n {
          let angle = 2 * Double.pi * Double(j * k % n) / Double(n) * (isInverse ? 1 : -1)
          let x = ComplexNumber(re.real(row * n + j), im.real(row * n + j))
          sum = sum + x * ComplexNumber(cos(angle), sin(angle))
        }
        result.set(row * n + k, real: sum.re)
        result.set(re.count + row * n + k, real: sum.im)
      }
    }
    return result
  }

  /// The sign of the exponent.
  public func sign(_ signature: inout Signature) { signature.append(isInverse) }
}

/// The discrete Fourier transform over one axis, y[k] = Σ x[j] e^(−2πi jk/n).
///
/// - Parameters:
///   - x: Complex numbers, `float32` or `float64`.
///   - axis: Any length; products of 2, 3 and 5 are fastest.
/// - Returns: The shape of x.
public func fft(_ x: ComplexTensor, axis: Int = -1) -> ComplexTensor {
  transformed(x, axis, isInverse: false)
}

/// The discrete Fourier transform of real numbers over one axis.
public func fft(_ x: Tensor, axis: Int = -1) -> ComplexTensor { fft(ComplexTensor(x), axis: axis) }

/// The inverse of `fft`, y[k] = 1/n Σ x[j] e^(2πi jk/n).
public func ifft(_ x: ComplexTensor, axis: Int = -1) -> ComplexTensor {
  let size = x.shape[resolved(axis, x.shape, "ifft")]
  return transformed(x, axis, isInverse: true) * (1 / Double(max(size, 1)))
}

/// The first half of the Fourier transform of real numbers; the other half are the conjugates.
///
/// - Parameters:
///   - x: Real numbers, n along the axis.
///   - axis: Where.
/// - Returns: n / 2 + 1 numbers along the axis.
public func rfft(_ x: Tensor, axis: Int = -1) -> ComplexTensor {
  let axis = resolved(axis, x.shape, "rfft")
  let half = x.shape[axis] / 2 + 1
  return fft(x, axis: axis).map { $0.slice(axis: axis, 0..<min(half, x.shape[axis])) }
}

/// The real numbers whose `rfft` is given.
///
/// - Parameters:
///   - x: The first half of a transform, m numbers along the axis.
///   - count: How many numbers n the result has along the axis; 2 (m − 1) where nil. It must have
///     n / 2 + 1 = m.
///   - axis: Where.
/// - Returns: n real numbers along the axis.
public func irfft(_ x: ComplexTensor, count: Int? = nil, axis: Int = -1) -> Tensor {
  let axis = resolved(axis, x.shape, "irfft")
  let half = x.shape[axis]
  let n = count ?? 2 * (half - 1)
  guard n > 0, n / 2 + 1 == half else {
    trap(
      TensorError(
        "irfft: \(n) real numbers have \(n / 2 + 1) in their half transform, axis \(axis) of "
          + "\(x.shape) has \(half)"))
  }
  // The numbers from 1 on come again as conjugates, in reverse order.
  func whole(_ part: Tensor, _ sign: Double) -> Tensor {
    guard n > 2 || half < n else { return part }
    let again = part.slice(axis: axis, 1..<n - half + 1).flipped(axis: axis)
    return concatenate([part, again * sign], axis: axis)
  }
  return ifft(ComplexTensor(whole(x.real, 1), whole(x.imaginary, -1)), axis: axis).real
}

/// The discrete Fourier transform over two axes.
public func fft2(_ x: ComplexTensor, axes: (Int, Int) = (-2, -1)) -> ComplexTensor {
  fft(fft(x, axis: axes.1), axis: axes.0)
}

/// The discrete Fourier transform of real numbers over two axes.
public func fft2(_ x: Tensor, axes: (Int, Int) = (-2, -1)) -> ComplexTensor {
  fft2(ComplexTensor(x), axes: axes)
}

/// The inverse of `fft2`.
public func ifft2(_ x: ComplexTensor, axes: (Int, Int) = (-2, -1)) -> ComplexTensor {
  ifft(ifft(x, axis: axes.1), axis: axes.0)
}

/// Moves the zero frequency to the middle of the axes, as in NumPy.
///
/// - Parameters:
///   - x: A tensor, or one part of a transform.
///   - axes: All where nil.
/// - Returns: The elements turned around by n / 2 along each axis.
public func fftshift(_ x: Tensor, axes: [Int]? = nil) -> Tensor {
  turned(x, axes, "fftshift") { $0 - $0 / 2 }
}

/// Moves the zero frequency to the middle of the axes; see `fftshift` of tensors.
public func fftshift(_ x: ComplexTensor, axes: [Int]? = nil) -> ComplexTensor {
  x.map { fftshift($0, axes: axes) }
}

/// The inverse of `fftshift`.
public func ifftshift(_ x: Tensor, axes: [Int]? = nil) -> Tensor {
  turned(x, axes, "ifftshift") { $0 / 2 }
}

/// The inverse of `fftshift`.
public func ifftshift(_ x: ComplexTensor, axes: [Int]? = nil) -> ComplexTensor {
  x.map { ifftshift($0, axes: axes) }
}

private func resolved(_ axis: Int, _ shape: Shape, _ name: String) -> Int {
  do throws(TensorError) {
    return try shape.axis(axis)
  } catch { trap(TensorError("\(name): \(error.description)")) }
}

private func transformed(_ x: ComplexTensor, _ axis: Int, isInverse: Bool) -> ComplexTensor {
  let axis = resolved(axis, x.shape, isInverse ? "ifft" : "fft")
  let isLast = axis == x.shape.rank - 1
  let moved = isLast ? x : x.map { $0.transposed(axis, -1) }
  let both = record(FourierTransform(isInverse: isInverse), moved.real, moved.imaginary)
  let result = ComplexTensor(both[0], both[1])
  return isLast ? result : result.map { $0.transposed(axis, -1) }
}

/// The part from `start(size)` on of each axis first, then the part before.
private func turned(
  _ x: Tensor, _ axes: [Int]?, _ name: String, from start: (Int) -> Int
) -> Tensor {
  (axes ?? Array(0..<x.rank)).reduce(x) { x, axis in
    let axis = resolved(axis, x.shape, name)
    let (size, first) = (x.shape[axis], start(x.shape[axis]))
    guard first > 0, first < size else { return x }
    return concatenate(
      [x.slice(axis: axis, first..<size), x.slice(axis: axis, 0..<first)], axis: axis)
  }
}
