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

    init(_ primitive: any Primitive) {
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
      self == .elementwise || self == .reduce || self == .cast
    }
  }

  /// One value.
  package struct Value: Sendable {
    /// The operation; nil for arguments.
    package private(set) var primitive: (any Primitive)?
    /// The values that the operation reads; none for arguments.
    package var inputs: [Int]
    /// The number of the argument; −1 for operations.
    private var argument: Int
    private var isScalar: Bool
    package private(set) var kind: Kind
    /// Whether the value is another one in another arrangement.
    package private(set) var isView: Bool
    /// The function of an elementwise operation.
    package private(set) var opcode: Elementwise.Opcode?
    package var type: TensorType
    /// When it was recorded, against other values; equal graphs may differ in it.
    package var age: UInt64 = 0
    /// Whether the value is kept after the run; row-major then.
    package var isOutput = false
    /// Whether nobody needs the argument's elements after the run.
    package var isDonated = false
    private var origins: ProvenanceBox?
    /// Where the operation was recorded; nil unless a profile is being made.
    package var provenance: Provenance? {
      get { origins?.provenance }
      set { origins = newValue.map(ProvenanceBox.init) }
    }

    /// A value of a graph.
    package init(origin: Origin, type: TensorType, age: UInt64 = 0) {
      (self.type, self.age) = (type, age)
      (inputs, argument, isScalar, kind, isView) = ([], -1, false, .argument, false)
      self.origin = origin
    }

    /// Where it comes from. Whoever changes only what an operation reads sets `inputs`.
    package var origin: Origin {
      get {
        if let primitive { return .operation(primitive, inputs: inputs) }
        return isScalar ? .scalar(argument) : .argument(argument)
      }
      set {
        (primitive, inputs, argument, isScalar) = (nil, [], -1, false)
        (kind, isView, opcode) = (.argument, false, nil)
        switch newValue {
        case .argument(let number): argument = number
        case .scalar(let number): (argument, isScalar) = (number, true)
        case .operation(let new, let operands):
          (primitive, inputs, kind) = (new, operands, Kind(new))
          if kind == .elementwise { opcode = (new as? Elementwise)?.function.opcode }
          if kind == .other { isView = new.isView }
        }
      }
    }

    /// Whether an operation computes the value that is neither part of a loop nor a view.
    package var isStep: Bool { kind != .argument && !kind.isLoop && !isView }

    /// The primitive and its inputs; nil for arguments.
    package var operation: (primitive: any Primitive, inputs: [Int])? {
      primitive.map { ($0, inputs) }
    }
  }

  package var values: [Value] = []
  /// The values that are kept, in the order in which an executable returns them.
  package var outputs: [Int] = []
  /// How many arguments a run gets.
  package var argumentCount = 0

  package init() {}

  /// For each value, the values that it is an input of; twice if it is used twice.
  package var consumers: Consumers { Consumers(of: self) }

  /// The graph with equal operations on equal inputs computed once, without ends of gradients, which say
  /// nothing about values, and without what nobody needs.
  package func simplified() -> PlanGraph {
    var representative = Array(values.indices)
    // Operations by the hash of what they are; the words of all stand one after the other.
    var places = Array(
      repeating: Int32(-1), count: 2 << (Int.bitWidth - values.count.leadingZeroBitCount))
    var known: [(hash: UInt64, index: Int, words: Range<Int>)] = []
    known.reserveCapacity(values.count)
    var words: [UInt64] = []
    words.reserveCapacity(8 * values.count)
    var signature = Signature(capacity: 32)
    for index in values.indices {
      guard let primitive = values[index].primitive else { continue }
      if values[index].kind == .stopGradient {
        representative[index] = representative[values[index].inputs[0]]
        continue
      }
      signature.clear()
      signature.append(Int(bitPattern: ObjectIdentifier(Swift.type(of: primitive))))
      primitive.sign(&signature)
      for input in values[index].inputs { signature.append(representative[input]) }
      signature.append(Int(values[index].type.dtype.rawValue))
      var place = Int(truncatingIfNeeded: signature.hash) & (places.count - 1)
      while places[place] >= 0, known[Int(places[place])].hash != signature.hash {
        place = (place + 1) & (places.count - 1)
      }
      if places[place] < 0 {
        places[place] = Int32(known.count)
        known.append((signature.hash, index, words.count..<words.count + signature.words.count))
        words += signature.words
        continue
      }
      // Different operations of one hash are both computed.
      let earlier = known[Int(places[place])]
      if words[earlier.words].elementsEqual(signature.words) {
        representative[index] = earlier.index
      }
    }
    return pruned(representative).graph
  }

  /// The graph without what nobody needs.
  package func pruned() -> PlanGraph { renumbered().graph }

  /// The graph without what nobody needs, and the new place of each value; −1 for those that are gone.
  package func renumbered() -> (graph: PlanGraph, places: [Int]) { pruned(Array(values.indices)) }

  /// The graph with other values in the place of some, without what nobody needs.
  private func pruned(_ representative: [Int]) -> (graph: PlanGraph, places: [Int]) {
    var isNeeded = Array(repeating: false, count: values.count)
    for output in outputs { isNeeded[representative[output]] = true }
    for index in values.indices.reversed() where isNeeded[index] {
      for input in values[index].inputs { isNeeded[representative[input]] = true }
    }
    if isNeeded.allSatisfy({ $0 }) {
      var same = self
      for output in outputs where !values[output].isOutput { same.values[output].isOutput = true }
      return (same, Array(values.indices))
    }
    var result = PlanGraph()
    result.argumentCount = argumentCount
    result.values.reserveCapacity(values.count)
    var moved = Array(repeating: -1, count: values.count)
    for index in values.indices where isNeeded[index] {
      moved[index] = result.values.count
      result.values.append(values[index])
      let inputs = values[index].inputs
      if inputs.contains(where: { moved[representative[$0]] != $0 }) {
        result.values[moved[index]].inputs = inputs.map { moved[representative[$0]] }
      }
    }
    for output in outputs {
      let target = moved[representative[output]]
      result.values[target].isOutput = true
      result.outputs.append(target)
    }
    return (result, moved)
  }
}

/// Keeps values small where no profile is being made.
private final class ProvenanceBox: Sendable {
  let provenance: Provenance

  init(_ provenance: Provenance) { self.provenance = provenance }
}

/// For each value of a graph, the values that it is an input of.
package struct Consumers: Sendable {
  private let starts: [Int]
  private let all: [Int]

  fileprivate init(of graph: PlanGraph) {
    var starts = Array(repeating: 0, count: graph.values.count + 1)
    for index in graph.values.indices {
      for input in graph.values[index].inputs { starts[input + 1] += 1 }
    }
    for index in graph.values.indices { starts[index + 1] += starts[index] }
    var all = Array(repeating: 0, count: starts[graph.values.count])
    var next = starts
    for index in graph.values.indices {
      for input in graph.values[index].inputs {
        all[next[input]] = index
        next[input] += 1
      }
    }
    (self.starts, self.all) = (starts, all)
  }

  /// The readers of a value, in order; the indices of the slice do not begin at 0.
  package subscript(value: Int) -> ArraySlice<Int> { all[starts[value]..<starts[value + 1]] }
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
