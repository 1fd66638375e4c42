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

/// The matrices of first derivatives with respect to several tensors.
///
/// - Returns: One for each point, the shape of the value followed by the shape of the point.
public func jacobian(at points: [Tensor], of function: ([Tensor]) -> Tensor) -> [Tensor] {
  let sources = points.map { $0.source() }
  let y = function(sources)
  let flat = y.reshaped(to: [y.count])
  let rows = (0..<y.count).map { gradients(of: flat[$0], for: sources) }
  return sources.enumerated().map { index, x in
    let shape = Shape(Array(y.shape) + Array(x.shape))
    if rows.isEmpty { return .zeros(shape, dtype: x.dtype) }
    return stack(rows.map { $0[index] }).reshaped(to: shape)
  }
}

/// The matrix of second derivatives of a scalar function, H[i, j] = ∂²f/∂xᵢ∂xⱼ.
///
/// - Returns: The shape of the point twice.
public func hessian(at point: Tensor, of function: (Tensor) -> Tensor) -> Tensor {
  jacobian(at: point) { x in gradients(of: function(x), for: [x])[0] }
}

/// The matrices of second derivatives of a scalar function of several tensors.
///
/// - Returns: H[i][j] = ∂²f/∂xᵢ∂xⱼ, the shape of point i followed by that of point j.
public func hessian(at points: [Tensor], of function: ([Tensor]) -> Tensor) -> [[Tensor]] {
  points.indices.map { row in
    jacobian(at: points) { x in gradients(of: function(x), for: [x[row]])[0] }
  }
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

/// The value of a function, and the map from a cotangent of it to the cotangents of the inputs, vᵀ J.
///
/// - Parameters:
///   - points: Where; the function gets them as sources.
///   - function: A tensor of tensors.
/// - Returns: The value, and a function that takes a cotangent in its shape and returns one for each
///   input, zeros where the value does not depend on it. It may be called more than once.
public func vjp(
  at points: [Tensor], of function: ([Tensor]) -> Tensor
) -> (value: Tensor, pullback: (Tensor) -> [Tensor]) {
  let sources = points.map { $0.source() }
  let value = function(sources)
  return (value, { gradients(of: value, for: sources, cotangent: $0) })
}

/// The value of a function of one tensor, and the map from a cotangent of it to that of the input.
public func vjp(
  at point: Tensor, of function: (Tensor) -> Tensor
) -> (value: Tensor, pullback: (Tensor) -> Tensor) {
  let (value, pullback) = vjp(at: [point]) { function($0[0]) }
  return (value, { pullback($0)[0] })
}

/// The value of a function, and its derivative along tangents of the inputs, J v.
///
/// Computed by differentiating vᵀ J, which is linear in v, once more; it costs about three times the
/// function, whatever the number of inputs and outputs.
///
/// - Parameters:
///   - points: Where.
///   - tangents: One for each point, in its type.
///   - function: A tensor of tensors.
/// - Returns: Both in the shape of the value.
public func jvp(
  at points: [Tensor], along tangents: [Tensor], of function: ([Tensor]) -> Tensor
) -> (value: Tensor, derivative: Tensor) {
  guard points.count == tangents.count, zip(points, tangents).allSatisfy({ $0.type == $1.type })
  else {
    trap(
      TensorError(
        "jvp: tangents \(tangents.map(\.type)) do not fit to points \(points.map(\.type))"))
  }
  let (value, pullback) = vjp(at: points, of: function)
  let cotangent = value.filled(with: 0).source()
  let slopes = pullback(cotangent)
  let product = zip(slopes, tangents).reduce(Tensor(0, dtype: value.dtype)) {
    $0 + ($1.0 * $1.1).sum()
  }
  return (value, gradients(of: product, for: [cotangent])[0])
}

/// The value of a function of one tensor, and its derivative along a tangent, J v.
public func jvp(
  at point: Tensor, along tangent: Tensor, of function: (Tensor) -> Tensor
) -> (value: Tensor, derivative: Tensor) {
  jvp(at: [point], along: [tangent]) { function($0[0]) }
}
