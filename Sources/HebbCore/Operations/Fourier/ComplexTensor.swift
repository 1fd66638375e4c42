/// Complex numbers as two tensors of one shape and type.
public struct ComplexTensor: Sendable {
  /// The real parts.
  public let real: Tensor
  /// The imaginary parts.
  public let imaginary: Tensor

  /// Complex numbers with these parts, which broadcast to one shape.
  public init(_ real: Tensor, _ imaginary: Tensor) {
    guard real.dtype == imaginary.dtype, real.dtype.isFloatingPoint else {
      trap(TensorError("ComplexTensor: parts of types \(real.type) and \(imaginary.type)"))
    }
    do throws(TensorError) {
      let shape = try Shape.broadcast(real.shape, imaginary.shape)
      self.real = real.broadcast(to: shape)
      self.imaginary = imaginary.broadcast(to: shape)
    } catch { trap(TensorError("ComplexTensor: \(error.description)")) }
  }

  /// Real numbers as complex ones.
  public init(_ real: Tensor) { self.init(real, real.filled(with: 0)) }

  /// The sizes of the axes.
  public var shape: Shape { real.shape }
  /// The element type of both parts.
  public var dtype: DType { real.dtype }

  /// The complex conjugates.
  public var conjugate: ComplexTensor { ComplexTensor(real, -imaginary) }
  /// |z|, whose slope at 0 is not finite.
  public var magnitude: Tensor { sqrt(squaredMagnitude) }
  /// |z|².
  public var squaredMagnitude: Tensor { square(real) + square(imaginary) }

  /// a + b, element by element.
  public static func + (a: Self, b: Self) -> Self {
    Self(a.real + b.real, a.imaginary + b.imaginary)
  }
  /// a − b, element by element.
  public static func - (a: Self, b: Self) -> Self {
    Self(a.real - b.real, a.imaginary - b.imaginary)
  }
  /// a · b, element by element.
  public static func * (a: Self, b: Self) -> Self {
    Self(
      a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }
  /// a · b, element by element.
  public static func * (a: Self, b: Double) -> Self { Self(a.real * b, a.imaginary * b) }

  /// Both parts in another arrangement.
  func map(_ transform: (Tensor) -> Tensor) -> ComplexTensor {
    ComplexTensor(transform(real), transform(imaginary))
  }
}

/// The matrix product of complex matrices; see `matmul` of tensors.
public func matmul(_ a: ComplexTensor, _ b: ComplexTensor) -> ComplexTensor {
  ComplexTensor(
    matmul(a.real, b.real) - matmul(a.imaginary, b.imaginary),
    matmul(a.real, b.imaginary) + matmul(a.imaginary, b.real))
}
