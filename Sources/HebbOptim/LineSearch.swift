import HebbCore

/// A search for a step length that lowers a function enough: t = first, first · shrink, … until
/// f(x + t d) ≤ f(x) + sufficient · t · ∇f(x) · d (Armijo 1966).
public struct BacktrackingLineSearch: Sendable, Hashable {
  /// The step length that is tried first.
  public var first: Double
  /// What it is multiplied by after each failure.
  public var shrink: Double
  /// How much of the fall that the slope promises must come.
  public var sufficient: Double
  /// How many lengths are tried.
  public var limit: Int

  /// A search from `first` on.
  public init(
    first: Double = 1, shrink: Double = 0.5, sufficient: Double = 1e-4, limit: Int = 60
  ) {
    self.first = first
    self.shrink = shrink
    self.sufficient = sufficient
    self.limit = limit
  }

  /// The first step length of the sequence that is good enough.
  ///
  /// - Parameters:
  ///   - x: Where the search begins.
  ///   - direction: d, in the shape of x; the direction of the steepest descent where nil.
  ///   - f: A scalar function.
  /// - Returns: nil where d leads uphill or no length was good enough.
  public func callAsFunction(
    from x: Tensor, along direction: Tensor? = nil, of f: (Tensor) -> Tensor
  ) -> Double? {
    let (value, slope) = valueAndGradient(at: x, of: f)
    let d = direction ?? -slope
    let (start, descent) = (value.item(), (slope * d).sum().item())
    guard descent < 0 else { return nil }
    var t = first
    for _ in 0..<limit {
      let found = f(x + Tensor(t, dtype: x.dtype) * d).item()
      if found <= start + sufficient * t * descent { return t }
      t *= shrink
    }
    return nil
  }
}

/// Newton's method for functions of few numbers: x ← x − η H⁻¹ ∇f, with the whole matrix H of second
/// derivatives; n numbers cost n gradients and n³ operations for each step.
///
/// It goes to any point without a slope, also uphill, where H is not positive.
public struct Newton: Sendable, Hashable {
  /// η; 1 is the method, less of it is damped.
  public var rate: Double

  /// The method with this rate.
  public init(rate: Double = 1) { self.rate = rate }

  /// One step.
  ///
  /// - Parameters:
  ///   - x: Where it begins, any shape.
  ///   - f: A scalar function that has second derivatives.
  /// - Returns: The next point; nil where H is singular, which no step can be made of.
  public func step(from x: Tensor, of f: (Tensor) -> Tensor) -> Tensor? {
    let slope = gradient(at: x, of: f)
    let curvature = hessian(at: x, of: f)
    guard let move = Self.solve(curvature.doubles(), slope.doubles()) else { return nil }
    let moved = zip(x.doubles(), move).map { $0 - rate * $1 }
    return Tensor(moved, shape: x.shape).cast(to: x.dtype).evaluated()
  }

  /// Gaussian elimination with row exchanges of A y = b; nil where A is singular.
  private static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    let n = right.count
    var rows = (0..<n).map { i in Array(matrix[i * n..<(i + 1) * n]) + [right[i]] }
    for column in 0..<n {
      guard
        let pivot = (column..<n).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
        rows[pivot][column] != 0, rows[pivot][column].isFinite
      else { return nil }
      rows.swapAt(pivot, column)
      for row in column + 1..<max(n, column + 1) {
        let factor = rows[row][column] / rows[column][column]
        for k in column...n { rows[row][k] -= factor * rows[column][k] }
      }
    }
    var y = Array(repeating: 0.0, count: n)
    for row in (0..<n).reversed() {
      var rest = rows[row][n]
      for k in row + 1..<max(n, row + 1) { rest -= rows[row][k] * y[k] }
      y[row] = rest / rows[row][row]
    }
    return y
  }
}
