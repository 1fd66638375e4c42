import Glibc

/// The discrete Fourier transform of one length, without a factor: mixed radix for lengths of small
/// primes (Cooley & Tukey 1965), Bluestein's convolution (1970) for all others. Computes in double
/// precision.
final class FourierPlan: Sendable {
  typealias Complex = SIMD2<Double>
  typealias Numbers = UnsafeMutablePointer<Complex>

  let size: Int
  private let factors: [Int]
  /// e^(∓2πi j / n).
  private let roots: [Complex]
  private let convolution: Bluestein?

  private static let largestRadix = 13

  init(_ size: Int, isInverse: Bool) {
    self.size = size
    let sign = isInverse ? 1.0 : -1.0
    var (rest, factors) = (size, [Int]())
    for radix in [4, 2, 3, 5, 7, 11, 13] {
      while rest > 1, rest.isMultiple(of: radix) {
        factors.append(radix)
        rest /= radix
      }
    }
    self.factors = factors
    if rest > 1 {
      convolution = Bluestein(size, sign)
      roots = []
    } else {
      convolution = nil
      roots = (0..<size).map { Self.root($0, size, sign) }
    }
  }

  static func root(_ index: Int, _ size: Int, _ sign: Double) -> Complex {
    let angle = 2 * Double.pi * Double(index) / Double(size)
    return Complex(cos(angle), sign * sin(angle))
  }

  /// How many numbers `run` needs beside input and output.
  var scratchCount: Int { convolution?.scratchCount ?? 0 }

  /// Transforms `input` to `output`, which do not overlap.
  func run(_ input: UnsafePointer<Complex>, _ output: Numbers, _ scratch: Numbers) {
    if let convolution { return convolution.run(input, output, scratch) }
    if size == 1 {
      output[0] = input[0]
    } else if size > 1 {
      roots.withUnsafeBufferPointer { roots in
        guard let roots = roots.baseAddress else { return }
        pass(0, size, input, 1, output, roots)
      }
    }
  }

  /// The transform of `count` numbers that lie `step` apart: of its `radix` interleaved parts first.
  private func pass(
    _ level: Int, _ count: Int, _ input: UnsafePointer<Complex>, _ step: Int, _ output: Numbers,
    _ roots: UnsafePointer<Complex>
  ) {
    let radix = factors[level]
    let part = count / radix
    for q in 0..<radix {
      if part == 1 {
        output[q] = input[q * step]
      } else {
        pass(level + 1, part, input + q * step, step * radix, output + q * part, roots)
      }
    }
    withUnsafeTemporaryAllocation(of: Complex.self, capacity: Self.largestRadix) { buffer in
      guard let t = buffer.baseAddress else { return }
      for k in 0..<part {
        for q in 0..<radix { t[q] = times(output[q * part + k], roots[q * k * step]) }
        switch radix {
        case 2:
          output[k] = t[0] + t[1]
          output[part + k] = t[0] - t[1]
        case 4:
          let (a, b, c) = (t[0] + t[2], t[0] - t[2], t[1] + t[3])
          let d = times(t[1] - t[3], roots[size / 4])
          output[k] = a + c
          output[part + k] = b + d
          output[2 * part + k] = a - c
          output[3 * part + k] = b - d
        default:
          for r in 0..<radix {
            var sum = t[0]
            for q in 1..<radix { sum += times(t[q], roots[q * r % radix * (size / radix)]) }
            output[r * part + k] = sum
          }
        }
      }
    }
  }

  @inline(__always) static func times(_ a: Complex, _ b: Complex) -> Complex {
    Complex(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
  }

  @inline(__always) private func times(_ a: Complex, _ b: Complex) -> Complex {
    Self.times(a, b)
  }

  /// A transform of any length as a convolution with e^(±πi j²/n), by transforms of a power of two.
  private final class Bluestein: Sendable {
    let size: Int
    private let chirp: [Complex]
    private let spectrum: [Complex]
    private let forward: FourierPlan
    private let backward: FourierPlan

    var scratchCount: Int { 2 * forward.size }

    init(_ size: Int, _ sign: Double) {
      self.size = size
      var length = 1
      while length < 2 * size - 1 { length *= 2 }
      chirp = (0..<size).map { j in
        let square = j.multipliedReportingOverflow(by: j).partialValue % (2 * size)
        return FourierPlan.root(square, 2 * size, sign)
      }
      forward = FourierPlan(length, isInverse: false)
      backward = FourierPlan(length, isInverse: true)
      var kernel = Array(repeating: Complex.zero, count: length)
      for j in 0..<size {
        let conjugate = Complex(chirp[j].x, -chirp[j].y)
        kernel[j] = conjugate
        if j > 0 { kernel[length - j] = conjugate }
      }
      let plan = forward
      spectrum = Array(unsafeUninitializedCapacity: length) { result, count in
        if let target = result.baseAddress { plan.run(kernel, target, target) }
        count = length
      }
    }

    func run(_ input: UnsafePointer<Complex>, _ output: Numbers, _ scratch: Numbers) {
      let length = forward.size
      let (a, b) = (scratch, scratch + length)
      for j in 0..<length { a[j] = j < size ? FourierPlan.times(input[j], chirp[j]) : .zero }
      forward.run(a, b, b)
      for j in 0..<length { b[j] = FourierPlan.times(b[j], spectrum[j]) }
      backward.run(b, a, a)
      let factor = 1 / Double(length)
      for j in 0..<size { output[j] = FourierPlan.times(a[j], chirp[j]) * factor }
    }
  }
}
