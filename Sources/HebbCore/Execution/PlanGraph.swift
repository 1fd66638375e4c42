/// A pending graph as a backend gets it: values in an order in which inputs stand before results.
package struct PlanGraph: Sendable {
  /// Where a value comes from.
  package enum Origin: Sendable {
    /// An operation on earlier values.
    case operation(any Primitive, inputs: [Int])
    /// Elements that are there when the plan runs; the index counts the arguments.
    case argument(Int)
    /// A scalar that is read at each run; the index counts the arguments.
    case scalar(Int)
  }

  /// What passes over a graph ask for most, known without a look into the operation.
  package enum Kind: UInt8, Sendable {
    case argument, elementwise, cast, reduce, stopGradient, matMul, convolution, keepMask, other

    init(_ origin: Origin) {
      guard case .operation(let primitive, _) = origin else {
        self = .argument
        return
      }
      self =
        switch ObjectIdentifier(Swift.type(of: primitive)) {
        case ObjectIdentifier(Elementwise.self): .elementwise
        case ObjectIdentifier(Cast.self): .cast
        case ObjectIdentifier(Reduce.self): .reduce
        case ObjectIdentifier(StopGradient.self): .stopGradient
        case ObjectIdentifier(MatMul.self): .matMul
        case ObjectIdentifier(Convolution.self): .convolution
        case ObjectIdentifier(KeepMask.self): .keepMask
        default: .other
        }
    }

    /// Whether a fused loop can compute it.
    package var isLoop: Bool {
      self == .elementwise || self == .reduce || self == .cast || self == .stopGradient
    }
  }

  /// One value.
  package struct Value: Sendable {
    package var origin: Origin { didSet { classify() } }
    package private(set) var kind: Kind
    /// Whether the value is another one in another arrangement.
    package private(set) var isView = false
    package var type: TensorType
    /// When it was recorded, against other values; equal graphs may differ in it.
    package var age: UInt64 = 0
    /// Whether the value is kept after the run; row-major then.
    package var isOutput = false
    /// Whether nobody needs the argument's elements after the run.
    package var isDonated = false
    /// Where the operation was recorded; nil unless a profile is being made.
    package var provenance: Provenance?

    /// A value of a graph.
    package init(origin: Origin, type: TensorType, age: UInt64 = 0) {
      self.origin = origin
      self.type = type
      self.age = age
      kind = .argument
      classify()
    }

    private mutating func classify() {
      kind = Kind(origin)
      isView = false
      if kind == .other, case .operation(let primitive, _) = origin { isView = primitive.isView }
    }

    /// Whether an operation computes the value that is neither part of a loop nor a view.
    package var isStep: Bool { kind != .argument && !kind.isLoop && !isView }

    /// The values that an operation reads; none for arguments.
    package var inputs: [Int] {
      if case .operation(_, let inputs) = origin { inputs } else { [] }
    }

    /// The primitive and its inputs; nil for arguments.
    package var operation: (primitive: any Primitive, inputs: [Int])? {
      if case .operation(let primitive, let inputs) = origin { (primitive, inputs) } else { nil }
    }
  }

  package var values: [Value] = []
  /// The values that are kept, in the order in which an executable returns them.
  package var outputs: [Int] = []
  /// How many arguments a run gets.
  package var argumentCount = 0

  package init() {}

  /// For each value, the values that it is an input of; twice if it is used twice.
  package var consumers: [[Int]] {
    var result = Array(repeating: [Int](), count: values.count)
    for index in values.indices {
      for input in values[index].inputs { result[input].append(index) }
    }
    return result
  }

  /// The graph with equal operations on equal inputs computed once, and without what nobody needs.
  package func simplified() -> PlanGraph {
    var representative = Array(values.indices)
    // By the hash of what each operation is; the words of all stand one after the other.
    var known: [UInt64: (index: Int, words: Range<Int>)] = [:]
    known.reserveCapacity(values.count)
    var words: [UInt64] = []
    var signature = Signature(capacity: 32)
    for index in values.indices {
      guard case .operation(let primitive, let inputs) = values[index].origin else { continue }
      signature.clear()
      signature.append(Int(bitPattern: ObjectIdentifier(Swift.type(of: primitive))))
      primitive.sign(&signature)
      for input in inputs { signature.append(representative[input]) }
      signature.append(Int(values[index].type.dtype.rawValue))
      guard let earlier = known[signature.hash] else {
        known[signature.hash] = (index, words.count..<words.count + signature.words.count)
        words += signature.words
        continue
      }
      // Different operations of one hash are both computed.
      if words[earlier.words].elementsEqual(signature.words) {
        representative[index] = earlier.index
      }
    }
    return pruned(representative)
  }

  /// The graph without what nobody needs.
  package func pruned() -> PlanGraph { pruned(Array(values.indices)) }

  /// The graph with other values in the place of some, without what nobody needs.
  private func pruned(_ representative: [Int]) -> PlanGraph {
    var isNeeded = Array(repeating: false, count: values.count)
    for output in outputs { isNeeded[representative[output]] = true }
    for index in values.indices.reversed() where isNeeded[index] {
      for input in values[index].inputs { isNeeded[representative[input]] = true }
    }
    var result = PlanGraph()
    result.argumentCount = argumentCount
    var moved = Array(repeating: -1, count: values.count)
    for (index, value) in values.enumerated() where isNeeded[index] {
      var value = value
      if let (primitive, inputs) = value.operation {
        let inputs = inputs.map { moved[representative[$0]] }
        value.origin = .operation(primitive, inputs: inputs)
      }
      moved[index] = result.values.count
      result.values.append(value)
    }
    for output in outputs {
      let target = moved[representative[output]]
      result.values[target].isOutput = true
      result.outputs.append(target)
    }
    return result
  }
}

/// What a run of a plan gets for one argument.
package enum PlanArgument: Sendable {
  /// Elements in row-major order.
  case storage(Storage)
  /// A scalar.
  case scalar(Scalar)
}

/// A plan ready to run. One run at a time: the evaluator makes another where two tasks need the same
/// plan at once.
package protocol Executable: AnyObject, Sendable {
  /// Computes the outputs of the plan, in order.
  func run(_ arguments: [PlanArgument]) -> [Storage]
}

/// Something that computes: it makes an executable for each plan.
package protocol Backend: Sendable {
  /// The name that `hebb doctor` shows.
  var name: String { get }

  /// An executable for a graph that has been simplified.
  func compile(_ graph: PlanGraph) -> any Executable

  /// Computes one function of a few `float32` numbers at once, without a plan.
  ///
  /// - Returns: False where the backend only knows plans.
  func compute(_ call: SmallCall) -> Bool
}

extension Backend {
  /// A backend need not know anything but plans.
  package func compute(_ call: SmallCall) -> Bool { false }
}

/// An elementwise function of one or two operands that lie in memory, row-major.
package struct SmallCall {
  package let opcode: Elementwise.Opcode
  package let result: UnsafeMutablePointer<Float>
  package let first: UnsafePointer<Float>
  /// Nil for a function of one operand.
  package let second: UnsafePointer<Float>?
  /// Whether the second operand is one number for all elements.
  package let secondIsSingle: Bool
  package let count: Int
}
