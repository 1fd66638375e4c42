/// What the operations of linear algebra share: parts of matrices, outer axes, packed results.
///
/// A primitive has one result, so a factorization packs its factors one after the other into the last
/// axis, and the public function takes them apart.

extension Tensor {
  /// The symmetric part, (A + Aᵀ) / 2.
  func symmetricPart() -> Tensor { 0.5 * (self + transposed()) }

  /// A part of the packed last axis as matrices.
  func unpacked(_ start: Int, _ sizes: [Int]) -> Tensor {
    let part = slice(axis: -1, start..<start + sizes.reduce(1, *))
    return part.reshaped(to: Shape(Array(shape.dropLast()) + sizes))
  }
}

/// Checks for shape rules.
enum MatrixRule {
  /// Rows and columns of the last two axes of a tensor of real numbers.
  static func matrix(_ name: String, _ a: TensorType) throws(TensorError) -> (m: Int, n: Int) {
    guard a.dtype == .float32 || a.dtype == .float64 else {
      throw TensorError("\(name): needs float32 or float64, not \(a); cast it")
    }
    guard a.shape.rank >= 2 else {
      throw TensorError("\(name): needs a matrix [..., m, n], not shape \(a.shape)")
    }
    return (a.shape[a.shape.rank - 2], a.shape[a.shape.rank - 1])
  }

  /// The size of square matrices.
  static func square(_ name: String, _ a: TensorType) throws(TensorError) -> Int {
    let (m, n) = try matrix(name, a)
    guard m == n else {
      throw TensorError(
        "\(name): needs square matrices, but axis -2 of \(a.shape) has size \(m) and axis -1 size \(n)"
      )
    }
    return n
  }

  /// A type with the outer axes of `a` and a packed last one.
  static func packed(_ a: TensorType, _ count: Int) -> TensorType {
    TensorType(Shape(Array(a.shape.dropLast(2)) + [count]), a.dtype)
  }

  /// Both operands with the outer axes that they broadcast to.
  static func broadcastOuter(_ name: String, _ a: Tensor, _ b: Tensor) -> (Tensor, Tensor) {
    guard a.rank >= 2, b.rank >= 2 else { return (a, b) }
    let outer: Shape
    do {
      outer = try Shape.broadcast(Shape(a.shape.dropLast(2)), Shape(b.shape.dropLast(2)))
    } catch {
      trap(TensorError("\(name): outer axes: \(error.description)"))
    }
    return (
      a.broadcast(to: Shape(Array(outer) + Array(a.shape.suffix(2)))),
      b.broadcast(to: Shape(Array(outer) + Array(b.shape.suffix(2))))
    )
  }
}

/// Signs for the columns of V that make the element of the largest magnitude in each positive.
func columnSigns(_ v: Tensor) -> Tensor {
  let largest = abs(v).argMax(axis: -2).expandingShape(at: -2)
  let elements = v.takingAlong(largest, axis: v.rank - 2)
  return stopGradient(select(elements .< 0, elements.filled(with: -1), elements.filled(with: 1)))
}

/// a / b, and 0 where a is 0: what does not depend on the vectors has a gradient also where values
/// are equal.
func quotient(_ a: Tensor, _ b: Tensor) -> Tensor {
  let isZero = a .== 0
  return a / select(isZero, b.filled(with: 1), b)
}
