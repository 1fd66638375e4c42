import HebbCore
import HebbIO
import HebbTestSupport
import Testing

/// Functions, reductions and contractions against mpmath, PyTorch and NumPy
/// (`Tools/golden/arithmetic.py`).
@Suite struct ArithmeticGoldenTests {
  typealias Row = (name: String, ulps: Double, apply: @Sendable (Tensor) -> Tensor)

  /// The functions with the largest error allowed in single precision, in units in the last place.
  static let functions: [Row] = [
    ("log2", 1, { log2($0) }), ("log10", 2, { log10($0) }), ("exp2", 1, { exp2($0) }),
    ("asin", 1, { asin($0) }), ("acos", 1, { acos($0) }), ("atan", 1, { atan($0) }),
    ("sinh", 2, { sinh($0) }), ("cosh", 2, { cosh($0) }), ("asinh", 2, { asinh($0) }),
    ("acosh", 2, { acosh($0) }), ("atanh", 2, { atanh($0) }), ("erfinv", 1, { erfInverse($0) }),
    ("cbrt", 1, { cubeRoot($0) }),
  ]

  static let file = Result { try SafeTensors(path: goldenPath("arithmetic")).tensors() }

  @Test(arguments: functions.map(\.name)) func isAccurate(_ name: String) throws {
    let file = try Self.file.get()
    let row = try #require(Self.functions.first { $0.name == name })
    let x = try #require(file["\(name)/x"])
    let expected = try #require(file["\(name)/y"]).doubles()
    let single = row.apply(x).floats()
    let double = row.apply(x.cast(to: .float64)).doubles()
    for (i, e) in expected.enumerated() {
      let point = x.floats()[i]
      // Denormal results may be flushed to zero.
      if Swift.abs(e) > Double(Float.leastNormalMagnitude) {
        let error = Swift.abs(Double(single[i]) - e) / Double(Float(e).ulp)
        let isSame = single[i] == Float(e)
        #expect(isSame || error <= row.ulps, "\(name)(\(point)) is \(single[i]), not \(e)")
      }
      let error = Swift.abs(double[i] - e) / e.ulp
      #expect(error <= 4, "\(name)(\(point)) is \(double[i]), not \(e), in double precision")
    }
  }

  @Test(arguments: functions.map(\.name)) func treatsSpecialNumbersAsPyTorchDoes(
    _ name: String
  ) throws {
    let file = try Self.file.get()
    let row = try #require(Self.functions.first { $0.name == name })
    guard let x = file["\(name)/special_x"], let y = file["\(name)/special_y"] else { return }
    for (i, (a, e)) in zip(row.apply(x).floats(), y.floats()).enumerated() {
      let isSame = a == e || (a.isNaN && e.isNaN) || Swift.abs(a - e) <= 2 * e.ulp
      #expect(isSame, "\(name)(\(x.floats()[i])) is \(a), not \(e)")
    }
  }

  typealias Case = (name: String, inputs: [String], apply: @Sendable ([Tensor]) -> Tensor)

  static let cases: [Case] = functionCases + reductionCases + contractionCases + einsums

  private static let functionCases: [Case] = [
    ("clamp", ["input"], { clamp($0[0], min: -1, max: 0.5) }),
    ("clamp_below", ["input"], { clamp($0[0], min: -0.5) }),
    ("clamp_tensors", ["input", "low", "high"], { clamp($0[0], min: $0[1], max: $0[2]) }),
    ("atan2", ["a", "b"], { atan2($0[0], $0[1]) }),
    ("hypot", ["a", "b"], { hypot($0[0], $0[1]) }),
    ("logaddexp", ["a", "b"], { logAddExp($0[0], $0[1]) }),
    ("xlogy", ["a", "b"], { xlogy($0[0], $0[1]) }),
    ("sinc", ["input"], { sinc($0[0]) }),
    ("lerp", ["a", "b"], { lerp($0[0], $0[1], 0.3) }),
    ("lerp_far", ["a", "b"], { lerp($0[0], $0[1], 0.8) }),
    ("lerp_tensor", ["a", "b", "weight"], { lerp($0[0], $0[1], $0[2]) }),
    ("logit", ["input"], { logit($0[0]) }),
    ("frac", ["input"], { fraction($0[0]) }),
    (
      "nan_to_num", ["input"],
      { nanToNumber($0[0], nan: 0.5, positiveInfinity: 7, negativeInfinity: -8) }
    ),
  ]

  private static let reductionCases: [Case] = [
    ("norm_1", ["input"], { $0[0].norm(1, axes: [1]) }),
    ("norm_2", ["input"], { $0[0].norm(axes: [-1]) }),
    ("norm_3", ["input"], { $0[0].norm(3, axes: [1]) }),
    ("norm_half", ["input"], { $0[0].norm(0.5, axes: [1]) }),
    ("norm_inf", ["input"], { $0[0].norm(.infinity, axes: [1]) }),
    ("norm_minus_inf", ["input"], { $0[0].norm(-.infinity, axes: [1]) }),
    ("norm_zero_2", ["input"], { $0[0].norm(axes: [1]) }),
    ("norm_zero_3", ["input"], { $0[0].norm(3, axes: [1]) }),
    ("median", ["input"], { $0[0].median(axis: 1) }),
    (
      "quantile", ["input"],
      { x in stack([0.1, 0.5, 0.85].map { x[0].quantile($0, axis: -1) }) }
    ),
    ("std", ["input"], { $0[0].standardDeviation(axes: [0, 2]) }),
    (
      "std_population", ["input"],
      { $0[0].standardDeviation(axes: [1], keepingDimensions: true, correction: 0) }
    ),
  ]

  private static let contractionCases: [Case] = [
    ("outer", ["a", "b"], { outer($0[0], $0[1]) }),
    ("dot", ["a", "b"], { dot($0[0], $0[1]) }),
    ("tensordot", ["a", "b"], { tensordot($0[0], $0[1]) }),
    ("tensordot_pairs", ["a", "b"], { tensordot($0[0], $0[1], axes: ([0, 2], [2, 0])) }),
    ("kron", ["a", "b"], { kron($0[0], $0[1]) }),
    ("kron_ranks", ["a", "b"], { kron($0[0], $0[1]) }),
    ("matmul_vectors", ["a", "b"], { matmul($0[0], $0[1]) }),
    ("matmul_row", ["a", "b"], { matmul($0[0], $0[1]) }),
    ("matmul_column", ["a", "b"], { matmul($0[0], $0[1]) }),
    ("matmul_batch_column", ["a", "b"], { matmul($0[0], $0[1]) }),
    ("matmul_row_batch", ["a", "b"], { matmul($0[0], $0[1]) }),
    ("matmul_broadcast", ["a", "b"], { matmul($0[0], $0[1]) }),
    ("matmul_shared", ["a", "b"], { matmul($0[0], $0[1]) }),
  ]

  private static let equations = [
    "batched": "bij,bjk->bik", "heads": "bqhd,bkhd->bhqk", "chain": "ij,jk,kl->li",
    "shared": "ij,ij,ik->kj", "implicit": "ba,ac", "implicit_order": "ba",
    "transpose": "ijk->kij", "total": "ij->", "trace": "ii", "diagonal": "ii->i",
    "partial_diagonal": "iji,j->ij", "outer": "i,j->ij", "elementwise": "ij,ij->ij",
    "inner": "ij,ij", "bilinear": "bn,anm,bm->ba", "ellipsis": "...ij,...jk->...ik",
    "ellipsis_sum": "b...,bc->c...", "ellipsis_implicit": "...i,i", "ones": "ij,jk->ik",
    "spaces": "i j , j -> i",
  ]

  private static let einsums: [Case] = equations.sorted { $0.key < $1.key }.map { name, equation in
    let terms = equation.split(separator: "-")[0].split(separator: ",").count
    let inputs = ["a", "b", "c"].prefix(terms)
    return ("einsum_\(name)", Array(inputs), { expect(equation, $0) })
  }

  private static func expect(_ equation: String, _ tensors: [Tensor]) -> Tensor {
    do { return try Einsum(equation)(tensors) } catch {
      Issue.record("\(error)")
      return Tensor(0.0)
    }
  }

  /// Results and gradients.
  @Test(arguments: cases.map(\.name), [DType.float32, .float64])
  func agreesWithPyTorch(_ name: String, _ dtype: DType) throws {
    let file = try Self.file.get()
    let row = try #require(Self.cases.first { $0.name == name })
    let inputs = try row.inputs.map {
      try #require(file["\(name)/\($0)"]).cast(to: dtype).source()
    }
    let y = row.apply(inputs)
    let tolerance = dtype == .float64 ? 1e-10 : 2e-6
    expectClose(y, try #require(file["\(name)/output"]), within: tolerance, name)
    let cotangent = file["\(name)/cotangent"]?.cast(to: dtype) ?? y.filled(with: 1)
    let slopes = gradients(of: y, for: inputs, cotangent: cotangent)
    for (input, slope) in zip(row.inputs, slopes) {
      let expected = try #require(file["\(name)/grad_\(input)"])
      expectClose(slope, expected, within: tolerance, "\(name), slope of \(input)")
    }
  }

  @Test func floorDivisionAgreesWithPyTorch() throws {
    let file = try Self.file.get()
    for name in ["float", "int"] {
      let a = try #require(file["floor_divide_\(name)/a"])
      let b = try #require(file["floor_divide_\(name)/b"])
      let expected = try #require(file["floor_divide_\(name)/output"])
      expectClose(floorDivide(a, b), expected, within: 0, name)
    }
  }

  @Test func closenessAgreesWithNumPy() throws {
    let file = try Self.file.get()
    let a = try #require(file["isclose/a"]).cast(to: .float64)
    let b = try #require(file["isclose/b"]).cast(to: .float64)
    expectClose(isClose(a, b), try #require(file["isclose/output"]), within: 0)
    expectClose(
      isClose(a, b, equalNaN: true), try #require(file["isclose/output_nan"]), within: 0)
    #expect(allClose(a[0..<1], b[0..<1]) && !allClose(a, b))
  }
}
