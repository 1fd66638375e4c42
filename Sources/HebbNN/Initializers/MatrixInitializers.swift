import Glibc
import HebbCore

extension Initializer.Matrix {
  /// The matrix of a shape `[rows, ...columns]`, `float64`.
  func made(_ shape: Shape, using source: PhiloxGenerator) -> Tensor {
    var random = source
    switch self {
    case .orthogonal(let gain):
      guard shape.rank >= 2 else { stop("orthogonal: needs two axes or more, not \(shape)") }
      let (rows, columns) = (shape[0], shape[1...].reduce(1, *))
      let isTall = rows >= columns
      let square = Self.orthogonalColumns(
        max(rows, columns), min(rows, columns), isTall: isTall, source)
      return Tensor(square.map { gain * $0 }, shape: shape)
    case .identity:
      guard shape.rank == 2 else { stop("identity: needs two axes, not \(shape)") }
      var numbers = Array(repeating: 0.0, count: shape.elementCount)
      for i in 0..<min(shape[0], shape[1]) { numbers[i * shape[1] + i] = 1 }
      return Tensor(numbers, shape: shape)
    case .dirac(let groups):
      guard (3...5).contains(shape.rank), groups > 0, shape[0].isMultiple(of: groups) else {
        stop("dirac: needs 3 to 5 axes and outputs that divide into \(groups) groups, not \(shape)")
      }
      var numbers = Array(repeating: 0.0, count: shape.elementCount)
      let outputs = shape[0] / groups
      for group in 0..<groups {
        for channel in 0..<min(outputs, shape[1]) {
          var position = (group * outputs + channel) * shape[1] + channel
          for size in shape[2...] { position = position * size + size / 2 }
          numbers[position] = 1
        }
      }
      return Tensor(numbers, shape: shape)
    case .sparse(let sparsity, let deviation):
      guard shape.rank == 2, (0...1).contains(sparsity) else {
        stop("sparse: needs two axes and a part in 0...1, not \(shape) and \(sparsity)")
      }
      let (rows, columns) = (shape[0], shape[1])
      let zeros = Int((sparsity * Double(rows)).rounded(.up))
      var kept = Array(repeating: 1.0, count: rows * columns)
      for column in 0..<columns {
        for row in random.permutation(count: rows).prefix(zeros) {
          kept[row * columns + column] = 0
        }
      }
      let normal = Tensor.normal(shape, dtype: .float64, using: source.mixing("numbers"))
      return deviation * normal * Tensor(kept, shape: shape)
    }
  }

  /// Orthonormal vectors in random directions, all equally likely: Gram and Schmidt's method, applied
  /// twice for the last bits, on normal numbers. They are columns of the result where it is tall, else
  /// its rows.
  private static func orthogonalColumns(
    _ length: Int, _ count: Int, isTall: Bool, _ source: PhiloxGenerator
  ) -> [Double] {
    let numbers = Tensor.normal([count, length], dtype: .float64, using: source).doubles()
    var vectors = (0..<count).map { Array(numbers[$0 * length..<($0 + 1) * length]) }
    for i in 0..<count {
      for _ in 0..<2 {
        for j in 0..<i {
          var product = 0.0
          for k in 0..<length { product += vectors[i][k] * vectors[j][k] }
          for k in 0..<length { vectors[i][k] -= product * vectors[j][k] }
        }
      }
      let norm = vectors[i].reduce(0) { $0 + $1 * $1 }.squareRoot()
      for k in 0..<length { vectors[i][k] /= norm }
    }
    guard isTall else { return vectors.flatMap { $0 } }
    return (0..<length).flatMap { k in vectors.map { $0[k] } }
  }
}

/// Normal numbers of a range by the inverse of the distribution function, `float64`:
/// mean + deviation √2 erf⁻¹(u) with u uniform between the ends' values of erf.
func truncatedNormalNumbers(
  _ shape: Shape, _ mean: Double, _ deviation: Double, _ range: ClosedRange<Double>,
  _ source: PhiloxGenerator
) -> Tensor {
  func height(_ x: Double) -> Double {
    Glibc.erf((x - mean) / (deviation * 2.0.squareRoot()))
  }
  let (low, high) = (height(range.lowerBound), height(range.upperBound))
  guard deviation > 0, low < high else {
    stop("truncatedNormal: \(range) has no part of the distribution around \(mean) ± \(deviation)")
  }
  let u = Tensor.uniform(shape, dtype: .float64, using: source) * (high - low) + low
  let numbers = mean + (deviation * 2.0.squareRoot()) * inverseErrorFunction(u)
  return maximum(minimum(numbers, range.upperBound), range.lowerBound)
}

/// erf⁻¹ to 3 · 10⁻⁷ relative, enough for random numbers (Giles 2012, table 5).
private func inverseErrorFunction(_ x: Tensor) -> Tensor {
  func polynomial(_ coefficients: [Double], _ w: Tensor) -> Tensor {
    coefficients.dropFirst().reduce(w.filled(with: coefficients[0])) { $0 * w + $1 }
  }
  let w = -logOnePlus(-square(x))
  let central = polynomial(
    [
      2.810_226_36e-08, 3.432_739_39e-07, -3.523_387_7e-06, -4.391_506_54e-06, 0.000_218_580_87,
      -0.001_253_725_03, -0.004_177_681_640, 0.246_640_727, 1.501_409_41,
    ], w - 2.5)
  let tail = polynomial(
    [
      -0.000_200_214_257, 0.000_100_950_558, 0.001_349_343_22, -0.003_673_428_44, 0.005_739_507_73,
      -0.007_622_461_3, 0.009_438_870_47, 1.001_674_06, 2.832_976_82,
    ], sqrt(maximum(w, 5)) - 3)
  return select(w .< 5, central, tail) * x
}
