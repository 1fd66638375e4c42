import HebbCore
import Testing

/// Expects that all elements agree to within `tolerance` relative to the largest magnitude of
/// `expected` (at least 1), and that shapes are equal; NaN agrees with NaN, infinity with infinity.
public func expectClose(
  _ actual: Tensor, _ expected: Tensor, within tolerance: Double,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.shape == expected.shape else {
    Issue.record(
      "shape \(actual.shape), expected \(expected.shape) \(comment())",
      sourceLocation: sourceLocation)
    return
  }
  expectClose(
    actual.doubles(), expected.doubles(), within: tolerance, comment(),
    sourceLocation: sourceLocation)
}

/// Expects that numbers agree to within `tolerance` relative to the largest magnitude of `expected`
/// (at least 1).
public func expectClose(
  _ actual: [Double], _ expected: [Double], within tolerance: Double,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(actual.count) numbers, expected \(expected.count) \(comment())",
      sourceLocation: sourceLocation)
    return
  }
  let scale = max(1, expected.filter(\.isFinite).map(abs).max() ?? 1)
  for (i, (a, e)) in zip(actual, expected).enumerated() {
    if a == e || (a.isNaN && e.isNaN) { continue }
    if !(abs(a - e) <= tolerance * scale) {
      Issue.record(
        "element \(i) is \(a), expected \(e) within \(tolerance) × \(scale) \(comment())",
        sourceLocation: sourceLocation)
      return
    }
  }
}

/// Expects that the engine's derivatives agree with central differences in double precision.
public func expectGradient(
  of function: ([Tensor]) -> Tensor, at inputs: [Tensor], within tolerance: Double = 1e-6,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  for (position, error) in gradientErrors(of: function, at: inputs).enumerated() {
    if !(error < tolerance) {
      Issue.record(
        "derivative with respect to input \(position) is off by \(error) \(comment())",
        sourceLocation: sourceLocation)
    }
  }
}

extension Tensor {
  /// Normal numbers of a seed.
  public static func sample(
    _ shape: Shape, _ seed: UInt64, dtype: DType = .float32, scale: Double = 1, offset: Double = 0
  ) -> Tensor {
    (Tensor.normal(shape, dtype: .float64, using: PhiloxGenerator(seed: seed)) * scale + offset)
      .cast(to: dtype).evaluated()
  }

  /// Integers in 0..<bound of a seed, `int64`.
  public static func sampleIndices(_ shape: Shape, below bound: Int, _ seed: UInt64) -> Tensor {
    var generator = PhiloxGenerator(seed: seed)
    let numbers = (0..<shape.elementCount).map { _ in generator.nextInteger(below: bound) }
    return Tensor(numbers, shape: shape)
  }
}

/// The root of the mean squared error, in that of the exact values.
public func relativeError(_ values: [Float], _ exact: [Double]) -> Double {
  let error = zip(values, exact).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
  return (error / exact.reduce(0) { $0 + $1 * $1 }).squareRoot()
}
