import HebbCore
import HebbIO
import HebbTestSupport
import Testing

/// Elementary functions in single precision against 60-digit references
/// (`Tools/golden/elementwise.py`).
@Suite struct ElementwiseGoldenTests {
  /// The functions with the largest error allowed, in units in the last place of the result.
  static let functions: [(name: String, ulps: Double, apply: @Sendable (Tensor) -> Tensor)] = [
    ("exp", 2, { exp($0) }), ("expm1", 3, { expMinusOne($0) }), ("log", 2, { log($0) }),
    ("log1p", 3, { logOnePlus($0) }), ("sqrt", 1, { sqrt($0) }), ("rsqrt", 2, { rsqrt($0) }),
    ("sin", 3, { sin($0) }), ("cos", 3, { cos($0) }), ("tanh", 3, { tanh($0) }),
    ("sigmoid", 4, { sigmoid($0) }), ("softplus", 4, { softplus($0) }), ("erf", 4, { erf($0) }),
  ]

  @Test(arguments: functions.map(\.name)) func isAccurate(_ name: String) throws {
    let file = try SafeTensors(path: goldenPath("elementwise")).tensors()
    let row = try #require(Self.functions.first { $0.name == name })
    let x = try #require(file["\(name)/x"])
    let expected = try #require(file["\(name)/y"]).doubles()
    let actual = row.apply(x).floats()
    var worst = (error: 0.0, at: 0)
    for (i, (a, e)) in zip(actual, expected).enumerated() {
      let rounded = Float(e)
      // Denormal results may be flushed to zero.
      if a == rounded || abs(e) <= Double(Float.leastNormalMagnitude) { continue }
      let error = abs(Double(a) - e) / Double(rounded.ulp)
      if !(error <= worst.error) { worst = (error, i) }
    }
    #expect(
      worst.error <= row.ulps,
      "\(name)(\(x.floats()[worst.at])) is \(actual[worst.at]), not \(expected[worst.at])")
  }

  @Test(arguments: functions.map(\.name)) func treatsSpecialNumbersAsPyTorchDoes(
    _ name: String
  ) throws {
    let file = try SafeTensors(path: goldenPath("elementwise")).tensors()
    let row = try #require(Self.functions.first { $0.name == name })
    guard let x = file["\(name)/special_x"], let y = file["\(name)/special_y"] else { return }
    for (i, (a, e)) in zip(row.apply(x).floats(), y.floats()).enumerated() {
      let isSame = a == e || (a.isNaN && e.isNaN) || abs(a - e) <= 4 * e.ulp
      let isFlushed = abs(e) < Float.leastNormalMagnitude && a == 0
      #expect(isSame || isFlushed, "\(name)(\(x.floats()[i])) is \(a), not \(e)")
    }
  }
}
