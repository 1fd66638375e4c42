import CHebbKernels
import HebbCore

/// Turns a graph into steps on buffers: groups elementwise operations and reductions into loops,
/// joins bias and activation to products, chooses layouts, and lays out memory.
final class PlanBuilder {
  /// A piece of memory of the plan.
  struct Buffer {
    enum Place: Equatable {
      case argument(Int)
      case scalar(Int, DType)
      case output(Int)
      case packed(Int)
      case arena
    }
    var place: Place
    var byteCount: Int

    fileprivate init(place: Place, byteCount: Int) {
      (self.place, self.byteCount) = (place, byteCount)
    }

    /// The steps between which the arena has to keep it.
    var firstStep = Int.max
    var lastStep = -1
    /// The number of its copy that was made last; −1 for none.
    fileprivate var lastCopy = -1
  }

  /// A step with the buffers that it reads and writes.
  struct Entry {
    var step: Step
    var reads: [Int]
    var writes: [Int]
    /// Outputs that may take the memory of an input that is no longer needed afterwards.
    var inPlace: [(output: Int, input: Int)] = []
    /// What a profile says of it; nil unless one is being made.
    var note: StepNote?
  }

  let graph: PlanGraph
  let consumers: Consumers
  private let epilogues: Epilogues
  private let fusion: Fusion
  let threads = Hebb.threads
  /// Whether steps get notes for a profile.
  let isProfiled: Bool
  @exclusivity(unchecked) var buffers: [Buffer] = []
  @exclusivity(unchecked) var entries: [Entry] = []
  /// What the buffers of place `packed` hold.
  var packedWeights: [PackedWeight] = []
  /// For each argument, whether nobody needs its elements after the run.
  private var donatedArguments: [Bool]
  /// Where each value lies, once it has been computed.
  @exclusivity(unchecked) private var views: [View?]
  private var copies: [Copy] = []
  /// Right factors of products that lie packed for the tiles.
  var packedFactors: [PackedFactor: Int] = [:]
  /// The position of each value among the outputs; −1 for others.
  private var outputPositions: [Int]
  /// What loops are put together with.
  let loopScratch: LoopScratch
  /// Masks of dropout that loops compute where they read them: their views lead to a stream of numbers.
  private(set) var isGenerated: [Bool]

  /// A value with other strides than those that it was computed with.
  private struct Copy {
    var source: View
    var copy: View
    /// The copy before of the same buffer; −1 for none.
    var before: Int
  }

  init(_ plain: PlanGraph) {
    let folded = NormFolding.folded(Widening.widened(plain))
    let consumers = folded.consumers
    let epilogues = Epilogues(folded, consumers)
    let fusion = Fusion(folded, consumers, claimed: epilogues.isClaimed)
    let recomputation = Recomputation(folded, consumers, fusion)
    graph = recomputation.graph
    if recomputation.copies.isEmpty, recomputation.lateCopies.isEmpty {
      (self.consumers, self.epilogues, self.fusion) = (consumers, epilogues, fusion)
    } else {
      self.consumers = graph.consumers
      self.epilogues = Epilogues(graph, self.consumers)
      self.fusion = Fusion(
        graph, self.consumers, claimed: self.epilogues.isClaimed, copies: recomputation.copies,
        lateCopies: recomputation.lateCopies)
    }
    isProfiled = PlanRecorder.detail == .steps
    views = Array(repeating: nil, count: graph.values.count)
    isGenerated = Array(repeating: false, count: graph.values.count)
    donatedArguments = Array(repeating: false, count: graph.argumentCount)
    loopScratch = LoopScratch(valueCount: graph.values.count)
    outputPositions = Array(repeating: -1, count: graph.values.count)
    for (position, value) in graph.outputs.enumerated() where outputPositions[value] < 0 {
      outputPositions[value] = position
    }
  }

  func build() -> CPUExecutable {
    buffers.reserveCapacity(graph.values.count)
    entries.reserveCapacity(graph.values.count)
    for index in graph.values.indices where graph.values[index].kind == .argument {
      let value = graph.values[index]
      switch value.origin {
      case .argument(let number):
        views[index] = View(buffer: addBuffer(.argument(number), value.type), type: value.type)
        donatedArguments[number] = value.isDonated && !value.isOutput
      case .scalar(let number):
        let place = Buffer.Place.scalar(number, value.type.dtype)
        views[index] = View(buffer: addBuffer(place, value.type), type: value.type)
      case .operation: break
      }
    }
    findGenerated()
    for task in Schedule(graph, fusion, epilogues).tasks {
      let first = entries.count
      switch task {
      case .group(let members): emitGroup(members)
      case .operation(let index): emitOperation(index, epilogues.epilogue(of: index))
      }
      if isProfiled { annotate(first..., Schedule.members(task, epilogues)) }
    }
    for output in graph.outputs { settleOutput(output) }
    joinLoopsToChains()
    return CPUExecutable(self)
  }

  // MARK: - Buffers

  func addBuffer(_ place: Buffer.Place, _ type: TensorType) -> Int {
    addBuffer(place, byteCount: type.byteCount)
  }

  func addBuffer(_ place: Buffer.Place, byteCount: Int) -> Int {
    buffers.append(Buffer(place: place, byteCount: byteCount))
    return buffers.count - 1
  }

  func add(
    _ step: Step, reads: [Int], writes: [Int], inPlace: [(output: Int, input: Int)] = []
  ) {
    add(Entry(step: step, reads: reads, writes: writes, inPlace: inPlace))
  }

  private func add(_ entry: Entry) {
    for buffer in entry.reads { touch(buffer) }
    for buffer in entry.writes { touch(buffer) }
    entries.append(entry)
  }

  /// Notes that the next entry uses a buffer.
  private func touch(_ buffer: Int) {
    buffers[buffer].firstStep = min(buffers[buffer].firstStep, entries.count)
    buffers[buffer].lastStep = entries.count
  }

  /// Takes other entries instead of all that there are.
  func replaceEntries(_ new: [Entry]) {
    for buffer in buffers.indices {
      (buffers[buffer].firstStep, buffers[buffer].lastStep) = (.max, -1)
    }
    entries.removeAll(keepingCapacity: true)
    for entry in new { add(entry) }
  }

  /// Memory for a value that a step is about to compute; outputs are row-major.
  func place(_ index: Int, _ layout: Layout = .rowMajor) -> View {
    let type = graph.values[index].type
    if let view = views[index] { return view }
    var view: View
    if isOutput(index) {
      view = View(buffer: addBuffer(.output(outputPositions[index]), type), type: type)
    } else {
      view = View(buffer: addBuffer(.arena, type), type: type)
      view.strides = layout.strides(of: type.shape)
    }
    views[index] = view
    return view
  }

  /// Says where a value lies that is there without a step of its own.
  func settle(_ index: Int, _ view: View) { views[index] = view }

  /// Whether a value goes into memory of its own because the plan returns it.
  func isOutput(_ index: Int) -> Bool { outputPositions[index] >= 0 }

  /// Where an output stands first among the outputs.
  func outputPosition(of index: Int) -> Int { outputPositions[index] }

  /// Whether nobody needs an argument's elements after the run.
  func isDonated(_ argument: Int) -> Bool { donatedArguments[argument] }

  /// A label for profiles; where none is being made, the short name alone.
  func label(_ name: String, _ details: @autoclosure () -> String) -> String {
    isProfiled ? name + " " + details() : name
  }

  /// Finds the masks that only loops read, in the order of their own elements.
  private func findGenerated() {
    for index in graph.values.indices {
      guard graph.values[index].kind == .keepMask, !isOutput(index) else { continue }
      let isReadByLoops = consumers[index].allSatisfy {
        fusion.groupOf[$0] != nil && Fusion.compute($0, graph) == HEBB_COMPUTE_FLOAT32
      }
      isGenerated[index] = isReadByLoops
    }
  }

  /// Temporary memory for one step.
  func scratch(byteCount: Int) -> Int { addBuffer(.arena, byteCount: max(byteCount, 1)) }

  // MARK: - Views

  /// Where a value lies, with views resolved; copies only where a reshape moves elements.
  func view(of index: Int) -> View {
    if let view = views[index] { return view }
    guard let (primitive, inputs) = graph.values[index].operation, primitive.isView else {
      preconditionFailure("a plan uses \(graph.values[index].type) before it is computed")
    }
    let base = view(of: inputs[0])
    let result: View
    switch primitive {
    case let permute as Permute: result = base.permuted(permute.order)
    case let broadcast as Broadcast: result = base.broadcast(to: broadcast.shape)
    case let slice as Slice:
      result = base.sliced(starts: slice.starts, sizes: slice.sizes, steps: slice.steps)
    case let reshape as Reshape:
      if let reshaped = base.reshaped(to: reshape.shape) {
        result = reshaped
      } else {
        let dense = rearranged(base, base.shape.rowMajorStrides)
        result = dense.reshaped(to: reshape.shape) ?? dense
      }
    default: preconditionFailure("\(primitive.name) is no view that this backend knows")
    }
    views[index] = result
    return result
  }

  /// The same value with the given strides, copied where it lies otherwise.
  func rearranged(_ view: View, _ strides: Strides) -> View {
    if view.hasStrides(strides) { return view }
    var known = buffers[view.buffer].lastCopy
    while known >= 0 {
      if copies[known].source == view, copies[known].copy.strides == strides {
        return copies[known].copy
      }
      known = copies[known].before
    }
    var copy = View(
      buffer: addBuffer(.arena, TensorType(view.shape, view.dtype)),
      type: TensorType(view.shape, view.dtype))
    copy.strides = strides
    addCopy(from: view, to: copy)
    copies.append(Copy(source: view, copy: copy, before: buffers[view.buffer].lastCopy))
    buffers[view.buffer].lastCopy = copies.count - 1
    return copy
  }

  /// The value row-major and without gaps.
  func dense(_ view: View) -> View { rearranged(view, view.shape.rowMajorStrides) }

  /// Copies a value; `canStay` says that it may be left where it is if nobody reads it there any more.
  func addCopy(from source: View, to target: View, canStay: Bool = false) {
    let step = CopyStep(from: source, to: target, threads)
    let stays = canStay && source.isRowMajor && target.isRowMajor && source.offset == 0
    add(
      step, reads: [source.buffer], writes: [target.buffer],
      inPlace: stays ? [(target.buffer, source.buffer)] : [])
  }

  /// Makes sure that an output lies in its own memory: views are copied, arguments passed on.
  private func settleOutput(_ index: Int) {
    let position = outputPositions[index]
    guard position >= 0 else { return }
    let view = view(of: index)
    switch buffers[view.buffer].place {
    case .output(position) where view.isRowMajor && view.offset == 0: return
    case .argument where !graph.values[index].isView: return
    default: break
    }
    let type = graph.values[index].type
    let target = View(buffer: addBuffer(.output(position), type), type: type)
    addCopy(from: view, to: target)
  }
}
