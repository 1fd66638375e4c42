/// Functions of one, two or three numbers, applied element by element: the rows of one table.
///
/// Shapes broadcast by NumPy's rule. Floating-point inputs must have one type; `select` takes a
/// `bool` condition first. Comparisons and logic give `bool`.
public struct Elementwise: Primitive {
  /// One row of the table. A class, so that recording an operation copies a reference.
  public final class Function: Sendable {
    /// Its name in errors, profiles and tests.
    public let name: String
    /// Which function this is to a backend.
    public let opcode: Opcode
    /// The number of operands.
    public let arity: Int
    /// Whether the result is a truth value.
    public let isPredicate: Bool
    /// The function on real numbers; unused operands are 0.
    public let evaluate: @Sendable (Double, Double, Double) -> Double
    /// The function on integers; nil where it has none.
    public let evaluateInteger: (@Sendable (Int64, Int64, Int64) -> Int64)?
    /// The cotangents of the operands, given the result's cotangent, the operands and the result;
    /// nil where the function is nowhere smooth or piecewise constant.
    let slope: Rule?

    typealias IntegerFunction = @Sendable (Int64, Int64, Int64) -> Int64
    typealias Rule = @Sendable (Tensor, [Tensor], Tensor) -> [Tensor?]

    init(
      name: String, opcode: Opcode, arity: Int, isPredicate: Bool,
      evaluate: @escaping @Sendable (Double, Double, Double) -> Double,
      evaluateInteger: IntegerFunction?, slope: Rule?
    ) {
      self.name = name
      self.opcode = opcode
      self.arity = arity
      self.isPredicate = isPredicate
      self.evaluate = evaluate
      self.evaluateInteger = evaluateInteger
      self.slope = slope
    }
  }

  /// The function.
  public let function: Function

  package init(_ function: Function) { self.function = function }

  /// The function's name.
  public var name: String { function.name }

  /// The broadcast shape; operands of one type.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    var result = inputs[0]
    let first = function.opcode == .select ? 1 : 0
    let dtype = inputs[first].dtype
    for index in 1..<max(inputs.count, 1) {
      let operand = inputs[index]
      if index > first, operand.dtype != dtype {
        throw TensorError(
          "\(name): operands have types \(dtype) and \(operand.dtype); cast one of them, "
            + "as in x.cast(to: .\(dtype))")
      }
      if operand.shape != result.shape {
        do {
          result.shape = try Shape.broadcast(result.shape, operand.shape)
        } catch {
          throw TensorError("\(name): \(error.description)")
        }
      }
    }
    if first == 1, inputs[0].dtype != .bool {
      throw TensorError("\(name): the condition has type \(inputs[0].dtype), not bool")
    }
    if function.evaluateInteger == nil, !dtype.isFloatingPoint {
      throw TensorError(
        "\(name): needs floating-point numbers, not \(dtype); cast them, as in x.cast(to: .float32)"
      )
    }
    result.dtype = function.isPredicate ? .bool : dtype
    return result
  }

  /// The slope of the row.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    function.slope?(cotangent, inputs, output) ?? Array(repeating: nil, count: inputs.count)
  }

  /// Applies the row's closure to each element.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let operands = inputs.map { $0.broadcast(to: type.shape) }
    let usesReals = operands.last?.type.dtype.isFloatingPoint ?? true
    var result = HostArray(zeros: type)
    for i in 0..<type.shape.elementCount {
      if usesReals {
        let x = operands.map { $0.real(i) }
        let y = function.evaluate(x[0], x.count > 1 ? x[1] : 0, x.count > 2 ? x[2] : 0)
        result.set(i, real: y)
      } else if let evaluateInteger = function.evaluateInteger {
        let x = operands.map { $0.integer(i) }
        let y = evaluateInteger(x[0], x.count > 1 ? x[1] : 0, x.count > 2 ? x[2] : 0)
        result.set(i, integer: y)
      }
    }
    return result
  }

  /// The row is the only attribute.
  public func sign(_ signature: inout Signature) {
    signature.append(Int(function.opcode.rawValue))
  }

  /// The functions that a backend has to know.
  public enum Opcode: UInt8, Sendable, CaseIterable {
    case copy, add, subtract, multiply, divide, remainder, power, maximum, minimum
    case equal, notEqual, less, lessEqual, greater, greaterEqual
    case and, or, xor, arcTangentOfRatio, hypotenuse, not, select
    case negate, absolute, sign, square, reciprocal, squareRoot, reciprocalSquareRoot
    case floor, ceiling, round, truncate
    case exp, expMinusOne, log, logOnePlus
    case sine, cosine, tangent, tanh, sigmoid, erf
    case relu, step, softplus, isNaN, isFinite
    case logTwo, logTen, expTwo, cubeRoot
    case arcSine, arcCosine, arcTangent, hyperbolicSine, hyperbolicCosine
    case areaSine, areaCosine, areaTangent, erfInverse
    case gelu, geluSlope
  }
}

extension Elementwise {
  /// The row of the table with this name, for tests and tools. Traps if there is none.
  public static func named(_ name: String) -> Elementwise {
    guard let row = Function.all.first(where: { $0.name == name }) else {
      preconditionFailure("there is no elementwise function \(name)")
    }
    return Elementwise(row)
  }
}
