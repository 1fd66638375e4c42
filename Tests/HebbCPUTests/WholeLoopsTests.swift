import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Loops and instructions that run as one, in registers, against the parts by themselves.
@Suite struct WholeLoopsTests {
  // Whole registers and rests of them, chunks of rows, and results past the caches (24 MB and more).
  @Test(arguments: [[300, 1024], [700, 333], [40, 1536], [300, 100], [9000, 704]])
  func normalizationOfRows(_ shape: Shape) {
    let generator = PhiloxGenerator(seed: 4)
    // Far from zero: what is missing of a mean or counted too often shows.
    let x = (Tensor.normal(shape, using: generator) + 1).evaluated()
    let scale = Tensor.normal([shape[1]], using: generator.mixing("scale")).evaluated()
    let shift = Tensor.normal([shape[1]], using: generator.mixing("shift")).evaluated()
    func mean(_ x: Tensor) -> Tensor { x.mean(axes: [-1], keepingDimensions: true) }

    // Nobody holds the parts, so that they are loops of one chain.
    func normalized() -> Tensor {
      let centered = x - mean(x)
      return centered * rsqrt(mean(square(centered)) + 1e-5) * scale + shift
    }
    let whole = normalized().evaluated()

    let middle = mean(x).evaluated()
    let root = rsqrt(mean(square(x - middle)) + 1e-5).evaluated()
    let parts = ((x - middle) * root * scale + shift).evaluated()
    // Not the same bits: a chunk of a single row is added in another order.
    expectClose(whole, parts, within: 1e-6)
  }

  /// The same loops, but one of them reads other rows: they are no normalization.
  @Test func loopsLikeThoseOfANormalization() {
    let generator = PhiloxGenerator(seed: 6)
    func numbers(_ shape: Shape, _ name: String) -> Tensor {
      Tensor.normal(shape, using: generator.mixing(name)).evaluated()
    }
    let (x, other) = (numbers([300, 256], "x"), numbers([300, 256], "other"))
    let (center, scale, shift) = (numbers([300, 1], "c"), numbers([256], "s"), numbers([256], "t"))
    func mean(_ x: Tensor) -> Tensor { x.mean(axes: [-1], keepingDimensions: true) }
    func results(_ isApart: Bool) -> [Tensor] {
      func part(_ x: Tensor) -> Tensor { isApart ? x.evaluated() : x }
      func result(_ read: Tensor, _ spread: Tensor, _ center: Tensor?) -> Tensor {
        let middle = part(mean(x))
        let root = part(rsqrt(mean(square(spread - (center ?? middle))) + 1e-5))
        return ((read - middle) * root * scale + shift).evaluated()
      }
      return [result(x, x, center), result(x, other, nil), result(other, x, nil)]
    }
    for (whole, parts) in zip(results(false), results(true)) {
      expectClose(whole, parts, within: 1e-6)
    }
  }

  /// As a truth: of arrays that differ, an expectation would look for all differences.
  private func haveSameBits(_ x: Tensor, _ y: Tensor) -> Bool { x.floats() == y.floats() }

  /// What is kept of Adam's step besides moments and parameters.
  enum Extra: CaseIterable { case none, direction, product }

  /// Functions of one another, some of which are read again or kept: whole registers, rests, and results past
  /// the caches.
  @Test(arguments: [5, 64, 1000, 10_007, 6_300_003]) func functionsInRegisters(count: Int) {
    let generator = PhiloxGenerator(seed: 7)
    let x = Tensor.normal([count], using: generator).evaluated()
    let y = Tensor.normal([count], using: generator.mixing("y")).evaluated()
    // No product meets an addition: both at once have one rounding less.
    let functions: [([Tensor]) -> Tensor] = [
      { _ in abs(x) }, { maximum(y, $0[0]) }, { gelu($0[1]) }, { $0[0] - $0[2] }, { $0[3] - 0.25 },
      { y / $0[4] }, { exp(-abs($0[5])) }, { $0[6] * $0[6] }, { relu(minimum($0[7], y)) },
    ]
    var whole: [Tensor] = []
    var parts: [Tensor] = []
    for function in functions {
      whole.append(function(whole))
      parts.append(function(parts).evaluated())
    }
    let kept = [3, 8]
    let values = kept.map { whole[$0] }
    whole = []
    Tensor.evaluate(values)
    for (value, index) in zip(values, kept) {
      let agrees = value.floats() == parts[index].floats()
      #expect(agrees, "function \(index)")
    }
  }

  /// One step of Adam, whose weight decay may shrink the parameters first.
  @Test(arguments: [false, true], Extra.allCases) func adam(decays: Bool, extra: Extra) {
    let count = 10_007
    let generator = PhiloxGenerator(seed: 5)
    let old = ["p", "g", "m", "v"].map {
      abs(Tensor.normal([count], using: generator.mixing($0))).evaluated()
    }
    let (p, g) = (old[0], (-old[1]).evaluated())
    func firstMoment() -> Tensor { old[2] + Tensor(0.1) * (g - old[2]) }
    func secondMoment() -> Tensor { Tensor(0.999) * old[3] + Tensor(0.001) * square(g) }
    func direction(_ m: Tensor, _ v: Tensor) -> Tensor {
      m / (Tensor(1.5) * sqrt(v) + Tensor(1e-8))
    }
    func step(_ direction: Tensor) -> Tensor {
      let kept = decays ? Tensor(0.99) * p : p
      return kept - Tensor(0.01) * direction
    }
    func kept(_ direction: Tensor) -> [Tensor] {
      switch extra {
      case .none: []
      case .direction: [direction]
      case .product: [sin(direction) * p]
      }
    }
    /// As an optimizer records it: nothing but the results is held, and the parameters come first.
    func together() -> [Tensor] {
      let (m, v) = (firstMoment(), secondMoment())
      let way = direction(m, v)
      return [step(way), m, v] + kept(way)
    }
    let whole = together()
    Tensor.evaluate(whole)

    let (m, v) = (firstMoment().evaluated(), secondMoment().evaluated())
    let way = direction(m, v).evaluated()
    for (whole, part) in zip(whole, [step(way), m, v] + kept(way)) {
      #expect(haveSameBits(whole, part))
    }
  }
}
