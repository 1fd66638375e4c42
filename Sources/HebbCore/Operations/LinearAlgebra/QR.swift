/// The factorization A = Q R of matrices with at least as many rows as columns, Q with orthonormal
/// columns and R upper triangular, packed as Q and then R.
public struct QRFactors: Primitive {
  /// Whether Q is square.
  public let isComplete: Bool

  package init(isComplete: Bool) {
    self.isComplete = isComplete
  }

  /// The operation's name.
  public var name: String { "qr" }

  /// `[..., m, n]` → `[..., m n + n²]`, or `[..., m² + m n]` if complete.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    let (m, n) = try MatrixRule.matrix(name, inputs[0])
    guard m >= n else {
      throw TensorError(
        "qr: this factorization needs at least as many rows as columns, not \(m), \(n)")
    }
    return MatrixRule.packed(inputs[0], isComplete ? m * m + m * n : m * n + n * n)
  }

  /// dA = (dQ + Q sym(R dRᵀ − dQᵀ Q)) R⁻ᵀ, where sym copies the lower triangle to the upper one
  /// (Seeger et al. 2017, "Auto-differentiating linear algebra").
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    let (m, n) = (inputs[0].shape[inputs[0].rank - 2], inputs[0].shape[inputs[0].rank - 1])
    guard !isComplete || m == n else {
      trap(
        TensorError(
          "qr: the complete Q of \(inputs[0].shape) has no gradient, since its last \(m - n) columns "
            + "are free; leave isComplete out"))
    }
    let (q, r) = (output.unpacked(0, [m, n]), output.unpacked(m * n, [n, n]))
    let (dQ, dR) = (cotangent.unpacked(0, [m, n]), cotangent.unpacked(m * n, [n, n]))
    let mixed = matmul(r, dR.transposed()) - matmul(dQ.transposed(), q)
    let symmetric = mixed.lowerTriangle() + mixed.lowerTriangle(-1).transposed()
    let right = dQ + matmul(q, symmetric)
    return [triangularSolve(r, right.transposed(), isUpper: true).transposed()]
  }

  /// Householder's reflections, one column after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let a = inputs[0]
    return HostArray(
      joining: (0..<a.matrixCount).map { index in
        let (q, r) = Self.householder(a.matrix(index))
        let (m, n) = (r.rows, r.columns)
        if isComplete { return q.elements + r.elements }
        return q.reordered(Array(0..<n)).elements + Array(r.elements[..<(min(m, n) * n)])
      }, type)
  }

  static func householder(_ matrix: HostMatrix) -> (q: HostMatrix, r: HostMatrix) {
    var (q, r) = (HostMatrix.identity(matrix.rows), matrix)
    for k in 0..<min(matrix.columns, max(matrix.rows - 1, 0)) {
      var x = (0..<matrix.rows).map { $0 < k ? 0 : r[$0, k] }
      let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if length == 0 { continue }
      x[k] += x[k] < 0 ? -length : length
      let norm = x.reduce(0) { $0 + $1 * $1 }
      for j in 0..<r.columns {
        let part = 2 * (0..<r.rows).reduce(0) { $0 + x[$1] * r[$1, j] } / norm
        for i in k..<r.rows { r[i, j] -= part * x[i] }
      }
      for i in 0..<q.rows {
        let part = 2 * (0..<q.columns).reduce(0) { $0 + q[i, $1] * x[$1] } / norm
        for j in k..<q.columns { q[i, j] -= part * x[j] }
      }
      for i in k + 1..<r.rows { r[i, k] = 0 }
    }
    return (q, r)
  }

  /// Whether Q is square.
  public func sign(_ signature: inout Signature) { signature.append(isComplete) }
}

/// The factorization A = Q R, Q with orthonormal columns and R upper triangular with a diagonal that is
/// not negative, which makes it unique for full rank.
///
/// Gradients exist for full rank; the complete Q of a tall matrix has none.
///
/// - Parameters:
///   - a: `[..., m, n]`, `float32` or `float64`.
///   - isComplete: Whether Q is square, as in NumPy's `mode="complete"`.
/// - Returns: Q, `[..., m, k]`, and R, `[..., k, n]`, with k = min(m, n), or m if complete.
public func qr(_ a: Tensor, isComplete: Bool = false) -> (q: Tensor, r: Tensor) {
  let (m, n) = a.rank >= 2 ? (a.shape[a.rank - 2], a.shape[a.rank - 1]) : (0, 0)
  if n > m, a.rank >= 2 {
    // The first columns decide Q; the others are turned with it.
    let (q, r) = qr(a.slice(axis: -1, 0..<m))
    let rest = matmul(q.transposed(), a.slice(axis: -1, m..<n))
    return (q, concatenate([r, rest], axis: -1))
  }
  let packed = record(QRFactors(isComplete: isComplete), a)
  let k = isComplete ? m : n
  let (q, r) = (packed.unpacked(0, [m, k]), packed.unpacked(m * k, [k, n]))
  guard n > 0 else { return (q, r) }
  let diagonal = r.diagonal(axes: -2, -1)
  let ones = diagonal.filled(with: 1)
  var signs = stopGradient(select(diagonal .< 0, -ones, ones))
  if k > n {
    let more = Shape(Array(signs.shape.dropLast()) + [k - n])
    signs = concatenate([signs, .ones(more, dtype: a.dtype)], axis: -1)
  }
  return (q * signs.expandingShape(at: -2), signs.expandingShape(at: -1) * r)
}
