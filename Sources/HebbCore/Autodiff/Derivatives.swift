/// The value of a function and its derivative there.
///
/// - Parameters:
///   - point: Where; the function gets it as a source.
///   - function: A scalar of a tensor.
/// - Returns: Both, recorded in one graph.
public func valueAndGradient(
  at point: Tensor, of function: (Tensor) -> Tensor
) -> (value: Tensor, gradient: Tensor) {
  let x = point.source()
  let value = function(x)
  return (value, gradients(of: value, for: [x])[0])
}

/// The derivative of a scalar function at a point.
public func gradient(at point: Tensor, of function: (Tensor) -> Tensor) -> Tensor {
  valueAndGradient(at: point, of: function).gradient
}

/// The matrix of first derivatives, J[i, j] = ∂fᵢ/∂xⱼ.
///
/// - Returns: The shape of the value followed by the shape of the point.
public func jacobian(at point: Tensor, of function: (Tensor) -> Tensor) -> Tensor {
  let x = point.source()
  let y = function(x)
  let flat = y.reshaped(to: [y.count])
  let rows = (0..<y.count).map { gradients(of: flat[$0], for: [x])[0] }
  if rows.isEmpty { return .zeros(Shape(Array(y.shape) + Array(x.shape)), dtype: x.dtype) }
  return stack(rows).reshaped(to: Shape(Array(y.shape) + Array(x.shape)))
}

/// The matrix of second derivatives of a scalar function, H[i, j] = ∂²f/∂xᵢ∂xⱼ.
///
/// - Returns: The shape of the point twice.
public func hessian(at point: Tensor, of function: (Tensor) -> Tensor) -> Tensor {
  jacobian(at: point) { x in gradients(of: function(x), for: [x])[0] }
}

/// H v, the Hessian of a scalar function times a vector, without the matrix.
///
/// - Parameters:
///   - point: Where.
///   - vector: v, in the shape of the point.
///   - function: A scalar of a tensor.
/// - Returns: The shape of the point.
public func hessianVectorProduct(
  at point: Tensor, _ vector: Tensor, of function: (Tensor) -> Tensor
) -> Tensor {
  let x = point.source()
  let slope = gradients(of: function(x), for: [x])[0]
  return gradients(of: (slope * vector).sum(), for: [x])[0]
}
