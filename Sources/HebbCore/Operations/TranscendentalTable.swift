import Glibc

/// Rows of logarithms, inverse and hyperbolic functions.
extension Elementwise.Function {
  static let logTwo = unary(
    "log2", .logTwo, { Glibc.log2($0) }, slope: { x, _ in (1 / Glibc.log(2.0)) / x })
  static let logTen = unary(
    "log10", .logTen, { Glibc.log10($0) }, slope: { x, _ in (1 / Glibc.log(10.0)) / x })
  static let expTwo = unary(
    "exp2", .expTwo, { Glibc.exp2($0) }, slope: { _, y in y * Glibc.log(2.0) })
  static let cubeRoot = unary(
    "cubeRoot", .cubeRoot, { Glibc.cbrt($0) }, slope: { _, y in (1.0 / 3) / (y * y) })

  // (1 − x)(1 + x) keeps the digits near ±1 that 1 − x² loses.
  static let arcSine = unary(
    "asin", .arcSine, { Glibc.asin($0) }, slope: { x, _ in HebbCore.rsqrt((1 - x) * (1 + x)) })
  static let arcCosine = unary(
    "acos", .arcCosine, { Glibc.acos($0) },
    slope: { x, _ in -HebbCore.rsqrt((1 - x) * (1 + x)) })
  static let arcTangent = unary(
    "atan", .arcTangent, { Glibc.atan($0) }, slope: { x, _ in 1 / (1 + x * x) })
  static let hyperbolicSine = unary(
    "sinh", .hyperbolicSine, { Glibc.sinh($0) }, slope: { x, _ in HebbCore.cosh(x) })
  static let hyperbolicCosine = unary(
    "cosh", .hyperbolicCosine, { Glibc.cosh($0) }, slope: { x, _ in HebbCore.sinh(x) })
  static let areaSine = unary(
    "asinh", .areaSine, { Glibc.asinh($0) }, slope: { x, _ in 1 / HebbCore.hypot(x, 1) })
  // Two roots: the product x² − 1 would overflow first.
  static let areaCosine = unary(
    "acosh", .areaCosine, { Glibc.acosh($0) },
    slope: { x, _ in HebbCore.rsqrt(x - 1) * HebbCore.rsqrt(x + 1) })
  static let areaTangent = unary(
    "atanh", .areaTangent, { Glibc.atanh($0) }, slope: { x, _ in 1 / ((1 - x) * (1 + x)) })
  static let erfInverse = unary(
    "erfInverse", .erfInverse, { inverseErrorFunction($0) },
    slope: { _, y in (Double.pi.squareRoot() / 2) * HebbCore.exp(y * y) })

  static let arcTangentOfRatio = binary(
    "atan2", .arcTangentOfRatio, { Glibc.atan2($0, $1) },
    slope: { dy, a, b, _ in
      // By the length twice, because its square may overflow or vanish.
      let length = HebbCore.hypot(a, b)
      return [dy * (b / length) / length, -(dy * (a / length) / length)]
    })
  static let hypotenuse = binary(
    "hypot", .hypotenuse, { Glibc.hypot($0, $1) },
    slope: { dy, a, b, y in [dy * (a / y), dy * (b / y)] })

  static let transcendental: [Elementwise.Function] = [
    logTwo, logTen, expTwo, cubeRoot, arcSine, arcCosine, arcTangent, hyperbolicSine,
    hyperbolicCosine, areaSine, areaCosine, areaTangent, erfInverse, arcTangentOfRatio, hypotenuse,
  ]
}

/// The y with erf(y) = x by bisection, then Newton's method: obvious, and slow.
private func inverseErrorFunction(_ x: Double) -> Double {
  let a = Swift.abs(x)
  if !(a < 1) { return a == 1 ? x * .infinity : .nan }
  // What is left of a beyond 1/2 is taken from 1, where nothing is rounded.
  func error(_ y: Double) -> Double { a < 0.5 ? Glibc.erf(y) - a : (1 - a) - Glibc.erfc(y) }
  var (low, high) = (0.0, 6.0)
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if error(middle) < 0 { low = middle } else { high = middle }
  }
  // Bisection ends with an absolute error, which is a large relative one for small x.
  var y = a < 1e-3 ? a * Double.pi.squareRoot() / 2 : low
  for _ in 0..<3 {
    y -= error(y) * Glibc.exp(y * y) * (Double.pi.squareRoot() / 2)
  }
  return x < 0 ? -y : y
}

/// The error function of a number.
func errorFunction(_ x: Double) -> Double { Glibc.erf(x) }
