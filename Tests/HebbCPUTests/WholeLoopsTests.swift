import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Loops and instructions that run as one, in registers: the parts by themselves have the same bits.
@Suite struct WholeLoopsTests {
  // Whole registers and rests of them, chunks of rows, and results past the caches (24 MB and more).
  @Test(arguments: [[300, 1024], [700, 333], [40, 1536], [300, 100], [9000, 704]])
  func normalizationOfRows(_ shape: Shape) {
    let generator = PhiloxGenerator(seed: 4)
    let x = Tensor.normal(shape, using: generator).evaluated()
    let scale = Tensor.normal([shape[1]], using: generator.mixing("scale")).evaluated()
    let shift = Tensor.normal([shape[1]], using: generator.mixing("shift")).evaluated()
    func mean(_ x: Tensor) -> Tensor { x.mean(axes: [-1], keepingDimensions: true) }

    let centered = x - mean(x)
    let slope = rsqrt(mean(square(centered)) + 1e-5)
    let whole = (centered * slope * scale + shift).evaluated()

    let middle = mean(x).evaluated()
    let root = rsqrt(mean(square(x - middle)) + 1e-5).evaluated()
    let parts = ((x - middle) * root * scale + shift).evaluated()
    #expect(whole.floats() == parts.floats())
  }

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
  @Test(arguments: [false, true], [64, 10_007]) func adam(decays: Bool, count: Int) {
    let generator = PhiloxGenerator(seed: 5)
    let old = ["p", "g", "m", "v"].map {
      abs(Tensor.normal([count], using: generator.mixing($0))).evaluated()
    }
    let (p, g) = (old[0], -old[1])
    func firstMoment() -> Tensor { old[2] + Tensor(0.1) * (g - old[2]) }
    func secondMoment() -> Tensor { Tensor(0.999) * old[3] + Tensor(0.001) * square(g) }
    func step(_ m: Tensor, _ v: Tensor) -> Tensor {
      let kept = decays ? p * Tensor(0.99) : p
      return kept - Tensor(0.01) * (m / (sqrt(v) * Tensor(1.5) + Tensor(1e-8)))
    }
    let (m, v) = (firstMoment(), secondMoment())
    let moved = step(m, v)
    Tensor.evaluate([m, v, moved])

    let (mAlone, vAlone) = (firstMoment().evaluated(), secondMoment().evaluated())
    #expect(m.floats() == mAlone.floats())
    #expect(v.floats() == vAlone.floats())
    #expect(moved.floats() == step(mAlone, vAlone).evaluated().floats())
  }
}
