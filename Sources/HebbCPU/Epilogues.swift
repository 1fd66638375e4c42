import CHebbKernels
import HebbCore

/// What a product or convolution does to its result before it is stored:
/// y = activation(scale · x + bias + residual).
struct Epilogue {
  /// The vector that the result is multiplied by, one number for each channel.
  var scale: Int?
  /// The vector that is added, one number for each column or channel.
  var bias: Int?
  /// The value of the same shape that is added.
  var residual: Int?
  /// The function that is applied last.
  var activation: Elementwise.Opcode?
  /// The value that the whole becomes.
  var result: Int
  /// The values after the operation that are computed with it, in order.
  var claimed: [Int] = []

  /// Whether bias and activation are all there is.
  var isPlain: Bool { scale == nil && residual == nil }
}

/// Finds additions, products by channel and activations that belong to products and convolutions.
struct Epilogues {
  /// Whether each value is computed by the operation before it.
  private(set) var isClaimed: [Bool]
  private var epilogues: [Epilogue] = []
  /// The epilogue of each value; −1 for most.
  private var numbers: [Int]

  /// What joins an operation; nothing for most.
  func epilogue(of index: Int) -> Epilogue {
    numbers[index] < 0 ? Epilogue(result: index) : epilogues[numbers[index]]
  }

  private mutating func set(_ epilogue: Epilogue, of index: Int) {
    if numbers[index] >= 0 {
      epilogues[numbers[index]] = epilogue
      return
    }
    numbers[index] = epilogues.count
    epilogues.append(epilogue)
  }

  init(_ graph: PlanGraph, _ consumers: Consumers) {
    isClaimed = Array(repeating: false, count: graph.values.count)
    numbers = Array(repeating: -1, count: graph.values.count)
    let hasConvolutions = graph.values.contains { $0.kind == .convolution }
    let isEarly = hasConvolutions ? Self.earlyValues(graph) : []
    for index in graph.values.indices {
      let isConvolution = graph.values[index].kind == .convolution
      guard isConvolution || graph.values[index].kind == .matMul,
        graph.values[index].type.dtype == .float32
      else { continue }
      var epilogue = Epilogue(result: index)
      if isConvolution, let next = onlyConsumer(index, graph, consumers),
        let scale = vector(.multiply, next, index, graph, perChannel: true), isEarly[scale]
      {
        epilogue.scale = scale
        claim(next, &epilogue)
      }
      if let next = onlyConsumer(epilogue.result, graph, consumers),
        let bias = vector(.add, next, epilogue.result, graph, perChannel: isConvolution),
        epilogue.scale == nil ? isArgument(bias, graph) : isEarly[bias]
      {
        epilogue.bias = bias
        claim(next, &epilogue)
      }
      claimActivation(&epilogue, graph, consumers)
      if epilogue.result != index { set(epilogue, of: index) }
    }
    if hasConvolutions { claimResiduals(graph, consumers) }
  }

  private mutating func claim(_ next: Int, _ epilogue: inout Epilogue) {
    epilogue.result = next
    epilogue.claimed.append(next)
    isClaimed[next] = true
  }

  private mutating func claimActivation(
    _ epilogue: inout Epilogue, _ graph: PlanGraph, _ consumers: Consumers
  ) {
    guard let next = onlyConsumer(epilogue.result, graph, consumers),
      let opcode = graph.values[next].opcode, [.relu, .sigmoid, .tanh].contains(opcode)
    else { return }
    epilogue.activation = opcode
    claim(next, &epilogue)
  }

  /// What residual blocks add, where it is in memory in any case: no loop that could add it computes it.
  private mutating func claimResiduals(_ graph: PlanGraph, _ consumers: Consumers) {
    for index in graph.values.indices {
      guard graph.values[index].kind == .convolution, graph.values[index].type.dtype == .float32
      else { continue }
      var epilogue = epilogue(of: index)
      guard epilogue.activation == nil,
        let next = onlyConsumer(epilogue.result, graph, consumers), !isClaimed[next],
        graph.values[next].opcode == .add, case let inputs = graph.values[next].inputs,
        case let other = inputs[0] == epilogue.result ? inputs[1] : inputs[0],
        graph.values[other].type == graph.values[index].type, isStored(other, graph)
      else { continue }
      epilogue.residual = other
      claim(next, &epilogue)
      claimActivation(&epilogue, graph, consumers)
      set(epilogue, of: index)
    }
  }

  /// Whether a value is no member of a loop.
  private func isStored(_ index: Int, _ graph: PlanGraph) -> Bool {
    if isClaimed[index] { return true }
    let value = graph.values[index]
    return value.isView ? isStored(value.inputs[0], graph) : !value.kind.isLoop
  }

  private func onlyConsumer(_ index: Int, _ graph: PlanGraph, _ consumers: Consumers) -> Int? {
    guard !graph.values[index].isOutput, consumers[index].count == 1 else { return nil }
    return consumers[index].first
  }

  /// The other operand of a sum or product, if it is one number for each column or channel.
  private func vector(
    _ opcode: Elementwise.Opcode, _ next: Int, _ index: Int, _ graph: PlanGraph, perChannel: Bool
  ) -> Int? {
    let inputs = graph.values[next].inputs
    guard graph.values[next].opcode == opcode,
      graph.values[next].type == graph.values[index].type
    else { return nil }
    let other = inputs[0] == index ? inputs[1] : inputs[0]
    let (shape, own) = (graph.values[other].type.shape, graph.values[index].type.shape)
    if perChannel { return Self.isPerChannel(shape, of: own) ? other : nil }
    guard shape.last == own[own.rank - 1], shape.dropLast().allSatisfy({ $0 == 1 }) else {
      return nil
    }
    return other
  }

  /// Whether a shape has one number for each channel of images `[batch, channels, ...]`.
  static func isPerChannel(_ shape: Shape, of images: Shape) -> Bool {
    let expected = [images[1]] + Array(repeating: 1, count: images.rank - 2)
    return Array(shape.suffix(expected.count)) == expected
      && shape.dropLast(expected.count).allSatisfy { $0 == 1 }
  }

  /// Whether a value is there from the start: an argument, or a view of one.
  private func isArgument(_ index: Int, _ graph: PlanGraph) -> Bool {
    let value = graph.values[index]
    if value.kind == .argument { return true }
    return value.isView && isArgument(value.inputs[0], graph)
  }

  /// For each value, whether it is an argument or little work on arguments, and so known before any
  /// product or convolution.
  static func earlyValues(_ graph: PlanGraph) -> [Bool] {
    var isEarly: [Bool] = []
    isEarly.reserveCapacity(graph.values.count)
    for index in graph.values.indices {
      let isLittle =
        graph.values[index].isView || graph.values[index].kind == .argument
        || (graph.values[index].kind == .elementwise
          && graph.values[index].type.shape.elementCount <= 65_536)
      isEarly.append(isLittle && graph.values[index].inputs.allSatisfy { isEarly[$0] })
    }
    return isEarly
  }
}

extension hebb_activation {
  /// The function as our kernels name it; none for what they do not know.
  init(_ opcode: Elementwise.Opcode?) {
    self =
      switch opcode {
      case .relu: HEBB_ACTIVATION_RELU
      case .sigmoid: HEBB_ACTIVATION_SIGMOID
      case .tanh: HEBB_ACTIVATION_TANH
      default: HEBB_ACTIVATION_NONE
      }
  }
}
