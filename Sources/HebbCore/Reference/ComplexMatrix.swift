/// A complex number, for the oracles.
struct ComplexNumber: Sendable {
  var re: Double
  var im: Double

  init(_ re: Double, _ im: Double = 0) {
    self.re = re
    self.im = im
  }

  var conjugate: ComplexNumber { ComplexNumber(re, -im) }
  var squaredMagnitude: Double { re * re + im * im }
  var magnitude: Double { squaredMagnitude.squareRoot() }

  static func + (a: Self, b: Self) -> Self { Self(a.re + b.re, a.im + b.im) }
  static func - (a: Self, b: Self) -> Self { Self(a.re - b.re, a.im - b.im) }
  static func * (a: Self, b: Self) -> Self {
    Self(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
  }
  static func / (a: Self, b: Self) -> Self {
    let n = b.squaredMagnitude
    return Self((a.re * b.re + a.im * b.im) / n, (a.im * b.re - a.re * b.im) / n)
  }

  /// The root with a real part that is not negative.
  var squareRoot: ComplexNumber {
    let r = magnitude
    let x = max((r + re) / 2, 0).squareRoot()
    let y = max((r - re) / 2, 0).squareRoot()
    return ComplexNumber(x, im < 0 ? -y : y)
  }
}

/// A square matrix of complex numbers, for the oracle of `eig`.
struct ComplexMatrix: Sendable {
  let size: Int
  private var elements: [ComplexNumber]

  init(_ matrix: HostMatrix) {
    size = matrix.rows
    elements = matrix.elements.map { ComplexNumber($0) }
  }

  subscript(row: Int, column: Int) -> ComplexNumber {
    get { elements[row * size + column] }
    set { elements[row * size + column] = newValue }
  }

  /// Re λ, Im λ, Re V, Im V, one after the other.
  func eigen() -> [Double] {
    let scale = elements.reduce(0) { max($0, $1.magnitude) }
    let values = eigenvalues().map {
      // A real matrix has real values or conjugate pairs; rounding leaves a trace.
      abs($0.im) < 1e-10 * scale ? ComplexNumber($0.re) : $0
    }
    let order = GeneralEigen.order(values.map(\.re), values.map(\.im))
    let sorted = order.map { values[$0] }
    let vectors = sorted.indices.map { vector(of: sorted[$0], seed: $0, scale) }
    func rows(_ part: (ComplexNumber) -> Double) -> [Double] {
      (0..<size).flatMap { i in vectors.map { part($0[i]) } }
    }
    return sorted.map(\.re) + sorted.map(\.im) + rows(\.re) + rows(\.im)
  }

  /// Shifted QR steps; the last row splits off when it has become zero.
  private func eigenvalues() -> [ComplexNumber] {
    var a = self
    var values = Array(repeating: ComplexNumber(0), count: size)
    var n = size
    var steps = 0
    while n > 0 {
      let last = n - 1
      let rest = (0..<last).reduce(0) { $0 + a[last, $1].magnitude }
      if rest < 1e-15 * (0..<n).reduce(1e-300, { max($0, a[$1, $1].magnitude) }) || steps > 10_000 {
        values[last] = a[last, last]
        n -= 1
        continue
      }
      steps += 1
      // Wilkinson's shift: the value of the last two rows nearest to the last element.
      let (p, q) = (a[last - 1, last - 1], a[last - 1, last])
      let (r, s) = (a[last, last - 1], a[last, last])
      let half = (p - s) * ComplexNumber(0.5)
      let root = (half * half + q * r).squareRoot
      let plus = s + half + root
      let minus = s + half - root
      var shift = (plus - s).magnitude < (minus - s).magnitude ? plus : minus
      if steps % 11 == 10 { shift = shift + ComplexNumber(rest, 0.5 * rest) }
      a.step(n, shift)
    }
    return values
  }

  /// A − shift = Q R by Gram and Schmidt, then R Q + shift, on the first n rows and columns.
  private mutating func step(_ n: Int, _ shift: ComplexNumber) {
    var q = Array(repeating: Array(repeating: ComplexNumber(0), count: n), count: n)
    var r = q
    for j in 0..<n {
      var x = (0..<n).map { self[$0, j] - ($0 == j ? shift : ComplexNumber(0)) }
      for _ in 0..<2 {
        for k in 0..<j {
          let part = (0..<n).reduce(ComplexNumber(0)) { $0 + q[k][$1].conjugate * x[$1] }
          r[k][j] = r[k][j] + part
          for i in 0..<n { x[i] = x[i] - part * q[k][i] }
        }
      }
      let length = x.reduce(0) { $0 + $1.squaredMagnitude }.squareRoot()
      r[j][j] = ComplexNumber(length)
      if length > 0 { q[j] = x.map { $0 / ComplexNumber(length) } }
    }
    for i in 0..<n {
      for j in 0..<n {
        let product = (i..<n).reduce(ComplexNumber(0)) { $0 + r[i][$1] * q[j][$1] }
        self[i, j] = product
      }
    }
    for i in 0..<n { self[i, i] = self[i, i] + shift }
  }

  /// The vector of one value by inverse iteration from a start of its own.
  private func vector(of value: ComplexNumber, seed: Int, _ scale: Double) -> [ComplexNumber] {
    var x = (0..<size).map { ComplexNumber($0 == seed ? 1 : 0.1 / Double($0 + 2)) }
    let near = value + ComplexNumber(1e-10 * max(scale, 1e-300))
    for _ in 0..<4 {
      var a = self
      for i in 0..<size { a[i, i] = a[i, i] - near }
      x = a.solution(x)
      let length = x.reduce(0) { $0 + $1.squaredMagnitude }.squareRoot()
      x = x.map { $0 / ComplexNumber(length) }
    }
    return x
  }

  /// Gauss's elimination; a pivot of zero becomes a tiny one.
  private func solution(_ right: [ComplexNumber]) -> [ComplexNumber] {
    var (a, x) = (self, right)
    for k in 0..<size {
      let pivot = (k..<size).reduce(k) { a[$1, k].magnitude > a[$0, k].magnitude ? $1 : $0 }
      if pivot != k {
        x.swapAt(k, pivot)
        for j in 0..<size { (a[k, j], a[pivot, j]) = (a[pivot, j], a[k, j]) }
      }
      if a[k, k].magnitude < 1e-280 { a[k, k] = ComplexNumber(1e-280) }
      for i in k + 1..<max(size, k + 1) {
        let factor = a[i, k] / a[k, k]
        for j in k..<size { a[i, j] = a[i, j] - factor * a[k, j] }
        x[i] = x[i] - factor * x[k]
      }
    }
    for k in (0..<size).reversed() {
      for j in k + 1..<max(size, k + 1) { x[k] = x[k] - a[k, j] * x[j] }
      x[k] = x[k] / a[k, k]
    }
    return x
  }
}
