import Glibc

extension Elementwise.Function {
  /// A function of one number with slope dy/dx, given x and y.
  static func unary(
    _ name: String, _ opcode: Elementwise.Opcode,
    _ evaluate: @escaping @Sendable (Double) -> Double,
    integer: (@Sendable (Int64) -> Int64)? = nil,
    slope: (@Sendable (_ x: Tensor, _ y: Tensor) -> Tensor)?
  ) -> Elementwise.Function {
    Elementwise.Function(
      name: name, opcode: opcode, arity: 1, isPredicate: false,
      evaluate: { x, _, _ in evaluate(x) }, evaluateInteger: ofFirst(integer),
      slope: productRule(slope))
  }

  private static func ofFirst(_ function: (@Sendable (Int64) -> Int64)?) -> IntegerFunction? {
    guard let function else { return nil }
    return { x, _, _ in function(x) }
  }

  /// dx = dy · slope.
  private static func productRule(
    _ slope: (@Sendable (_ x: Tensor, _ y: Tensor) -> Tensor)?
  ) -> Rule? {
    guard let slope else { return nil }
    return { dy, inputs, y in [dy * slope(inputs[0], y)] }
  }

  /// A function of two numbers with both cotangents.
  static func binary(
    _ name: String, _ opcode: Elementwise.Opcode,
    _ evaluate: @escaping @Sendable (Double, Double) -> Double,
    integer: (@Sendable (Int64, Int64) -> Int64)? = nil,
    slope: (@Sendable (_ dy: Tensor, _ a: Tensor, _ b: Tensor, _ y: Tensor) -> [Tensor?])?
  ) -> Elementwise.Function {
    var ofIntegers: IntegerFunction?
    if let integer { ofIntegers = { a, b, _ in integer(a, b) } }
    var rule: Rule?
    if let slope { rule = { dy, inputs, y in slope(dy, inputs[0], inputs[1], y) } }
    return Elementwise.Function(
      name: name, opcode: opcode, arity: 2, isPredicate: false,
      evaluate: { a, b, _ in evaluate(a, b) }, evaluateInteger: ofIntegers, slope: rule)
  }

  /// A truth value of two numbers.
  private static func comparison(
    _ name: String, _ opcode: Elementwise.Opcode,
    _ evaluate: @escaping @Sendable (Double, Double) -> Bool,
    integer: @escaping @Sendable (Int64, Int64) -> Bool
  ) -> Elementwise.Function {
    Elementwise.Function(
      name: name, opcode: opcode, arity: 2, isPredicate: true,
      evaluate: { a, b, _ in evaluate(a, b) ? 1 : 0 },
      evaluateInteger: { a, b, _ in integer(a, b) ? 1 : 0 }, slope: nil)
  }

  // Arithmetic.
  static let add = binary(
    "add", .add, { $0 + $1 }, integer: { $0 &+ $1 }, slope: { dy, _, _, _ in [dy, dy] })
  static let subtract = binary(
    "subtract", .subtract, { $0 - $1 }, integer: { $0 &- $1 }, slope: { dy, _, _, _ in [dy, -dy] })
  static let multiply = binary(
    "multiply", .multiply, { $0 * $1 }, integer: { $0 &* $1 },
    slope: { dy, a, b, _ in [dy * b, dy * a] })
  static let divide = binary(
    "divide", .divide, { $0 / $1 },
    integer: { $1 == 0 ? 0 : $0.dividedReportingOverflow(by: $1).partialValue },
    slope: { dy, _, b, y in [dy / b, -(dy * y) / b] })
  static let remainder = binary(
    "remainder", .remainder,
    { a, b in
      let r = fmod(a, b)
      return r != 0 && (r < 0) != (b < 0) ? r + b : r
    },
    integer: { a, b in
      if b == 0 { return 0 }
      let r = a.remainderReportingOverflow(dividingBy: b).partialValue
      return r != 0 && (r < 0) != (b < 0) ? r + b : r
    }, slope: { dy, a, b, _ in [dy, -(dy * HebbCore.floor(a / b))] })
  static let power = binary(
    "power", .power, { pow($0, $1) },
    slope: { dy, a, b, y in
      let zero = a.filled(with: 0)
      return [
        // 0^0 has slope 0, not 0 · 0^-1.
        HebbCore.select(b .== b.filled(with: 0), zero, dy * b * HebbCore.power(a, b - 1)),
        HebbCore.select(a .== zero, zero, dy * y * HebbCore.log(a)),
      ]
    })
  static let maximum = binary(
    "maximum", .maximum, { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) },
    integer: { Swift.max($0, $1) }, slope: { dy, a, b, _ in splitAtTies(dy, a .> b, a .== b) })
  static let minimum = binary(
    "minimum", .minimum, { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) },
    integer: { Swift.min($0, $1) }, slope: { dy, a, b, _ in splitAtTies(dy, a .< b, a .== b) })

  /// The larger operand takes the cotangent; equal ones take half each, as in PyTorch.
  private static func splitAtTies(_ dy: Tensor, _ wins: Tensor, _ ties: Tensor) -> [Tensor?] {
    let share = wins.cast(to: dy.dtype) + 0.5 * ties.cast(to: dy.dtype)
    return [dy * share, dy * (1 - share)]
  }

  // Comparison and logic.
  static let equal = comparison("equal", .equal, { $0 == $1 }, integer: { $0 == $1 })
  static let notEqual = comparison("notEqual", .notEqual, { $0 != $1 }, integer: { $0 != $1 })
  static let less = comparison("less", .less, { $0 < $1 }, integer: { $0 < $1 })
  static let lessEqual = comparison("lessEqual", .lessEqual, { $0 <= $1 }, integer: { $0 <= $1 })
  static let greater = comparison("greater", .greater, { $0 > $1 }, integer: { $0 > $1 })
  static let greaterEqual = comparison(
    "greaterEqual", .greaterEqual, { $0 >= $1 }, integer: { $0 >= $1 })
  static let and = comparison(
    "and", .and, { $0 != 0 && $1 != 0 }, integer: { $0 != 0 && $1 != 0 })
  static let or = comparison("or", .or, { $0 != 0 || $1 != 0 }, integer: { $0 != 0 || $1 != 0 })
  static let xor = comparison(
    "xor", .xor, { ($0 != 0) != ($1 != 0) }, integer: { ($0 != 0) != ($1 != 0) })
  static let not = predicate("not", .not, { $0 == 0 }, integer: { $0 == 0 })
  static let isNaN = predicate("isNaN", .isNaN, { $0.isNaN }, integer: nil)
  static let isFinite = predicate("isFinite", .isFinite, { $0.isFinite }, integer: nil)

  private static func predicate(
    _ name: String, _ opcode: Elementwise.Opcode,
    _ evaluate: @escaping @Sendable (Double) -> Bool, integer: (@Sendable (Int64) -> Bool)?
  ) -> Elementwise.Function {
    var ofIntegers: IntegerFunction?
    if let integer { ofIntegers = { x, _, _ in integer(x) ? 1 : 0 } }
    return Elementwise.Function(
      name: name, opcode: opcode, arity: 1, isPredicate: true,
      evaluate: { x, _, _ in evaluate(x) ? 1 : 0 }, evaluateInteger: ofIntegers, slope: nil)
  }

  static let select = Elementwise.Function(
    name: "select", opcode: .select, arity: 3, isPredicate: false,
    evaluate: { $0 != 0 ? $1 : $2 }, evaluateInteger: { $0 != 0 ? $1 : $2 },
    slope: { dy, inputs, _ in
      let zero = dy.filled(with: 0)
      return [nil, HebbCore.select(inputs[0], dy, zero), HebbCore.select(inputs[0], zero, dy)]
    })

  // Functions of one number.
  static let negate = unary(
    "negate", .negate, { -$0 }, integer: { 0 &- $0 }, slope: { x, _ in x.filled(with: -1) })
  static let absolute = unary(
    "absolute", .absolute, { Swift.abs($0) }, integer: { $0 < 0 ? 0 &- $0 : $0 },
    slope: { x, _ in HebbCore.sign(x) })
  static let sign = unary(
    "sign", .sign, { $0.isNaN ? .nan : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, integer: { $0.signum() },
    slope: nil)
  static let square = unary(
    "square", .square, { $0 * $0 }, integer: { $0 &* $0 }, slope: { x, _ in 2 * x })
  static let reciprocal = unary(
    "reciprocal", .reciprocal, { 1 / $0 }, slope: { _, y in -(y * y) })
  static let squareRoot = unary(
    "sqrt", .squareRoot, { $0.squareRoot() }, slope: { _, y in 0.5 / y })
  static let reciprocalSquareRoot = unary(
    "rsqrt", .reciprocalSquareRoot, { 1 / $0.squareRoot() },
    slope: { _, y in -0.5 * y * y * y })
  static let floor = unary("floor", .floor, { $0.rounded(.down) }, integer: { $0 }, slope: nil)
  static let ceiling = unary("ceiling", .ceiling, { $0.rounded(.up) }, integer: { $0 }, slope: nil)
  static let round = unary(
    "round", .round, { $0.rounded(.toNearestOrEven) }, integer: { $0 }, slope: nil)
  static let truncate = unary(
    "truncate", .truncate, { $0.rounded(.towardZero) }, integer: { $0 }, slope: nil)
  static let exp = unary("exp", .exp, { Glibc.exp($0) }, slope: { _, y in y })
  static let expMinusOne = unary(
    "expMinusOne", .expMinusOne, { Glibc.expm1($0) }, slope: { _, y in y + 1 })
  static let log = unary("log", .log, { Glibc.log($0) }, slope: { x, _ in 1 / x })
  static let logOnePlus = unary(
    "logOnePlus", .logOnePlus, { Glibc.log1p($0) }, slope: { x, _ in 1 / (x + 1) })
  static let sine = unary("sin", .sine, { Glibc.sin($0) }, slope: { x, _ in HebbCore.cos(x) })
  static let cosine = unary("cos", .cosine, { Glibc.cos($0) }, slope: { x, _ in -HebbCore.sin(x) })
  static let tangent = unary("tan", .tangent, { Glibc.tan($0) }, slope: { _, y in y * y + 1 })
  static let tanh = unary("tanh", .tanh, { Glibc.tanh($0) }, slope: { _, y in 1 - y * y })
  static let sigmoid = unary(
    "sigmoid", .sigmoid, { 1 / (1 + Glibc.exp(-$0)) }, slope: { _, y in y * (1 - y) })
  static let erf = unary(
    "erf", .erf, { Glibc.erf($0) },
    slope: { x, _ in (2 / Double.pi.squareRoot()) * HebbCore.exp(-(x * x)) })
  static let gelu = unary(
    "gelu", .gelu, { 0.5 * $0 * erfc(-$0 * 0.5.squareRoot()) },
    slope: { x, _ in record(Elementwise.Function.geluSlope, x) })
  /// Φ(x) + x φ(x), with slope φ(x) (2 − x²).
  static let geluSlope = unary(
    "geluSlope", .geluSlope,
    {
      0.5 * erfc(-$0 * 0.5.squareRoot()) + $0 * Glibc.exp(-0.5 * $0 * $0) / (2 * .pi).squareRoot()
    },
    slope: { x, _ in
      let density = 1 / (2 * Double.pi).squareRoot() * HebbCore.exp(-0.5 * HebbCore.square(x))
      return density * (2 - HebbCore.square(x))
    })
  static let relu = unary(
    "relu", .relu, { $0.isNaN ? .nan : Swift.max($0, 0) }, integer: { Swift.max($0, 0) },
    slope: { _, y in HebbCore.step(y) })
  static let step = unary(
    "step", .step, { $0 > 0 ? 1 : 0 }, integer: { $0 > 0 ? 1 : 0 }, slope: nil)
  static let softplus = unary(
    "softplus", .softplus, { $0 > 0 ? $0 + log1p(Glibc.exp(-$0)) : log1p(Glibc.exp($0)) },
    slope: { x, _ in HebbCore.sigmoid(x) })

  /// Every row, for tests that walk the table.
  public static let all: [Elementwise.Function] = basic + transcendental

  private static let basic: [Elementwise.Function] = [
    add, subtract, multiply, divide, remainder, power, maximum, minimum, equal, notEqual, less,
    lessEqual, greater, greaterEqual, and, or, xor, not, isNaN, isFinite, select, negate, absolute,
    sign, square, reciprocal, squareRoot, reciprocalSquareRoot, floor, ceiling, round, truncate,
    exp, expMinusOne, log, logOnePlus, sine, cosine, tangent, tanh, sigmoid, erf, gelu,
    geluSlope, relu, step, softplus,
  ]
}
