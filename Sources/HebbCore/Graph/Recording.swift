import Synchronization

/// What surrounds a recording: whether gradients are wanted, and whether each value is checked.
enum Scope {
  @TaskLocal static var recordsGradients = true
  @TaskLocal static var checksNumerics = false
  /// Where the first operation that gave no number is noted instead of stopping the program.
  @TaskLocal static var numericFinding: NumericFinding?
  /// In which layers the operations of a checked scope were recorded.
  @TaskLocal static var trail: LayerTrail?
  /// The operation whose gradient is being recorded in a checked scope, with its layer.
  @TaskLocal static var pullback: String?
  /// How accurately products are computed; nil outside of `withMatrixPrecision`.
  @TaskLocal static var matrixPrecision: MatrixPrecision?
  /// The type to which products round their operands; nil outside of `withAutocast`.
  @TaskLocal static var autocast: DType?
  /// Where the operations of a profiled step are noted.
  @TaskLocal static var provenance: ProvenanceTrail?
  /// How many scopes other than the default are open in the process; 0 spares the look-up.
  static let open = Atomic<Int>(0)

  @inline(__always) static var isDefault: Bool { open.load(ordering: .relaxed) == 0 }

  /// Whether elementwise functions are recorded the short way: nobody looks at single operations.
  @inline(__always) static var isUnobserved: Bool { isDefault || isOnlyMixed }

  private static var isOnlyMixed: Bool {
    recordsGradients && !checksNumerics && provenance == nil && CallFrames.existing?.dryRun == nil
  }
}

/// Runs `body` without recording what gradients need: for evaluation and generation.
public func withoutGradients<R, Failure: Error>(
  _ body: () throws(Failure) -> R
) throws(Failure) -> R {
  try within(Scope.$recordsGradients, false, body)
}

/// Namespace for switches that concern the whole engine.
public enum Hebb {
  /// Runs `body` with every operation computed at once and checked, forward and backward: the first
  /// NaN or infinity stops the program with its operation, the layer, the parameters near it, the
  /// shapes and the ranges of the operands. Losses that take logits stop where they are given
  /// probabilities.
  ///
  /// - Note: Slow; meant for finding the cause of a divergence.
  public static func debug<R, Failure: Error>(
    _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    let trail = LayerTrail()
    let result = Scope.$trail.withValue(trail) { () -> Result<R, Failure> in
      do throws(Failure) { return .success(try within(Scope.$checksNumerics, true, body)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Whether mistakes of use are looked for at some cost: within `debug`, where nothing has been found
  /// yet that the caller wants to know.
  package static var isDebugging: Bool {
    !Scope.isDefault && Scope.checksNumerics && Scope.numericFinding == nil
  }

  /// Whether nobody asks how values come about: no gradients are recorded, nothing is checked or counted, so
  /// that what depends on parameters alone may be computed once and kept.
  package static var isPlainInference: Bool {
    !Scope.isDefault && !Scope.recordsGradients && !Scope.checksNumerics
      && !Evaluator.usesReference && CallFrames.existing?.dryRun == nil
  }

  /// Runs `body` as `debug` does, but goes on at a NaN or infinity.
  ///
  /// - Returns: The first operation that gave one, in a sentence with the parameters near it and the
  ///   shapes; nil if all values were finite.
  package static func firstNonFiniteOperation<Failure: Error>(
    _ body: () throws(Failure) -> Void
  ) throws(Failure) -> String? {
    let finding = NumericFinding()
    let result = Scope.$numericFinding.withValue(finding) { () -> Result<Void, Failure> in
      do throws(Failure) { return .success(try debug(body)) } catch { return .failure(error) }
    }
    try result.get()
    return finding.sentence.withLock { $0 }
  }
}

/// The layer in which each operation was recorded, by the operation's number.
final class LayerTrail: Sendable {
  let layers = Mutex<[UInt64: String]>([:])

  /// `log of fc1 (Linear)`, or the operation alone where no layer was open.
  static func place(of node: Node) -> String {
    let name = node.primitive?.name ?? "a value"
    let layer = Scope.trail?.layers.withLock { $0[node.sequence] }
    return layer.map { "\(name) of \($0)" } ?? name
  }
}

/// What was found first.
final class NumericFinding: Sendable {
  let sentence = Mutex<String?>(nil)
}

func within<R, Failure: Error>(
  _ local: TaskLocal<Bool>, _ value: Bool, _ body: () throws(Failure) -> R
) throws(Failure) -> R {
  Scope.open.add(1, ordering: .relaxed)
  defer { Scope.open.subtract(1, ordering: .relaxed) }
  let result = local.withValue(value) { () -> Result<R, Failure> in
    do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
  }
  return try result.get()
}

/// Nodes recorded after the oldest pending one before a value is computed without being asked for:
/// bounds the memory of loops that never read anything.
let pendingNodeLimit: UInt64 = 20_000

/// Records an operation after checking its shapes; traps with the shape rule's sentence.
@inline(__always)
func record(_ primitive: consuming some Primitive, _ inputs: consuming Operands) -> Tensor {
  if let dtype = Autocast.dtype,
    let converted = Autocast.operands(inputs, of: primitive, dtype)
  {
    if let function = Autocast.function(of: primitive), converted.count <= 2 {
      let first = Tensor(converted.node(0))
      return converted.count == 1
        ? record(function, first) : record(function, first, Tensor(converted.node(1)))
    }
    inputs = converted
  }
  let type: TensorType
  do throws(TensorError) {
    type = try primitive.type(of: inputs)
  } catch {
    trap(error)
  }
  return record(primitive, inputs, type)
}

@inline(__always)
func record(_ primitive: consuming some Primitive, _ a: Tensor) -> Tensor {
  record(primitive, Operands(a.node))
}

@inline(__always)
func record(_ primitive: consuming some Primitive, _ a: Tensor, _ b: Tensor) -> Tensor {
  record(primitive, Operands(a.node, b.node))
}

/// Records an operation whose result has the given type.
func record(
  _ primitive: consuming some Primitive, _ inputs: consuming Operands, _ type: TensorType
) -> Tensor {
  var tracked = false
  if type.dtype.isFloatingPoint {
    for index in 0..<inputs.count where inputs.node(index).isTracked { tracked = true }
  }
  if !Scope.isDefault {
    if !Scope.recordsGradients { tracked = false }
    CallFrames.existing?.dryRun?.note(primitive, inputs, type)
    if Scope.checksNumerics {
      return checkedRecord(primitive, inputs, type, tracked: tracked)
    }
    if let trail = Scope.provenance {
      return notedRecord(primitive, inputs, type, tracked: tracked, trail)
    }
  }
  return handedOut(Node(primitive, inputs, type, tracked: tracked))
}

/// Records an elementwise function of two tensors; a shorter way where both have one type.
@inline(__always)
func record(_ function: Elementwise.Function, _ a: Tensor, _ b: Tensor) -> Tensor {
  let (x, y) = (a.handle.node, b.handle.node)
  guard Scope.isUnobserved, isPlain(function, x, y), Autocast.leavesAlone(function, x) else {
    return record(Elementwise(function), a, b)
  }
  return handedOut(Node(function, x, y, x.type))
}

/// Records an elementwise function of one tensor.
@inline(__always)
func record(_ function: Elementwise.Function, _ a: Tensor) -> Tensor {
  let x = a.handle.node
  guard Scope.isUnobserved, isPlain(function, x), Autocast.leavesAlone(function, x) else {
    return record(Elementwise(function), a)
  }
  return handedOut(Node(function, x, nil, x.type))
}

/// Whether the result has the type of the first operand, and nothing can be wrong with the second.
@inline(__always)
private func isPlain(_ function: Elementwise.Function, _ x: Node, _ y: Node) -> Bool {
  x.type.dtype == y.type.dtype && !function.isPredicate
    && (x.type.shape == y.type.shape || y.type.shape.rank == 0)
    && (function.evaluateInteger != nil || x.type.dtype.isFloatingPoint)
}

@inline(__always)
private func isPlain(_ function: Elementwise.Function, _ x: Node) -> Bool {
  !function.isPredicate && x.type.dtype.isFloatingPoint
}

/// The new node as a tensor; computed at once where too much is pending.
@inline(__always)
private func handedOut(_ node: Node) -> Tensor {
  let result = Tensor(node)
  let oldest = node.oldestPending.load(ordering: .relaxed)
  if node.sequence &- oldest > pendingNodeLimit
    || BufferPool.live.load(ordering: .relaxed)
      > BufferPool.pressureMark.load(ordering: .relaxed)
  {
    relievePressure(node)
  }
  return result
}

private func relievePressure(_ node: Node) {
  // A dry run looks at models of any size: nothing of them may be computed.
  if CallFrames.existing?.dryRun != nil { return }
  Evaluator.evaluate([node], keepingAll: true)
  let live = BufferPool.live.load(ordering: .relaxed)
  BufferPool.pressureMark.store(max(512 << 20, live + live / 2), ordering: .relaxed)
}

/// Records an operation of a profiled step.
private func notedRecord(
  _ primitive: some Primitive, _ inputs: Operands, _ type: TensorType, tracked: Bool,
  _ trail: ProvenanceTrail
) -> Tensor {
  let node: Node
  // The short way where it would have been taken, so that the plan is the same one.
  if tracked || Scope.recordsGradients, let function = (primitive as? Elementwise)?.function,
    inputs.count == 1 && isPlain(function, inputs.node(0))
      || inputs.count == 2 && isPlain(function, inputs.node(0), inputs.node(1))
  {
    node = Node(function, inputs.node(0), inputs.count == 2 ? inputs.node(1) : nil, type)
  } else {
    node = Node(primitive, inputs, type, tracked: tracked)
  }
  trail.note(node, primitive, inputs)
  return handedOut(node)
}

private func checkedRecord(
  _ primitive: some Primitive, _ inputs: Operands, _ type: TensorType, tracked: Bool
) -> Tensor {
  let result = Tensor(Node(primitive, inputs, type, tracked: tracked))
  if let trail = Scope.trail, let layer = CallFrames.place {
    trail.layers.withLock { $0[result.node.sequence] = layer }
  }
  guard type.dtype.isFloatingPoint, type.shape.elementCount > 0 else { return result }
  let values = result.doubles()
  guard let position = values.firstIndex(where: { !$0.isFinite }) else { return result }
  if let finding = Scope.numericFinding, finding.sentence.withLock({ $0 != nil }) { return result }
  let operands = (0..<inputs.count).map { index -> String in
    let input = Tensor(inputs.node(index))
    let numbers = input.doubles()
    let range = "\(numbers.min() ?? 0) ... \(numbers.max() ?? 0)"
    return "\(input.node.label ?? "input \(index)") \(input.type) in \(range)"
  }
  let count = values.count { !$0.isFinite }
  let error = TensorError(
    "\(primitive.name)\(Scope.pullback.map { " in the gradient of \($0)" } ?? "") gave "
      + "\(values[position]) at element \(position) (\(count) of "
      + "\(values.count) are not finite), result \(type), near "
      + "\(nearestParameters(of: inputs) ?? "no parameter"); "
      + "operands: \(operands.joined(separator: "; "))")
  guard let finding = Scope.numericFinding else { trap(error) }
  let layer = CallFrames.place.map { ", in \($0)" } ?? ""
  finding.sentence.withLock { $0 = error.description + layer }
  return result
}

/// The paths of the nearest parameters upstream, which place an operation in its model.
func nearestParameters(of inputs: Operands) -> String? {
  var level: [Node] = []
  inputs.forEach { level.append($0) }
  for _ in 0..<64 where !level.isEmpty {
    let labels = level.compactMap(\.label)
    if !labels.isEmpty { return labels.joined(separator: ", ") }
    var next: [Node] = []
    for node in level { node.inputs.forEach { next.append($0) } }
    level = Array(next.prefix(256))
  }
  return nil
}

/// Stops at a programmer's error with its sentence.
func trap(_ error: TensorError) -> Never {
  fatalError("Hebb: \(CallFrames.prefix)\(error.description)")
}
