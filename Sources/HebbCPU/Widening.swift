import CHebbKernels
import HebbCore

/// Operations on 16-bit numbers that have no fast step of their own compute in `float32`: their operands
/// are converted before them, their results rounded once. Values lie in memory as 16-bit numbers; readers
/// of one time share a wide copy, made shortly before they need it and gone afterwards.
struct Widening {
  /// The graph with these conversions.
  static func widened(_ graph: PlanGraph) -> PlanGraph {
    guard graph.values.contains(where: { $0.type.dtype.isNarrow }) else { return graph }
    var widening = Widening(graph)
    widening.rebuild()
    return widening.result.pruned()
  }

  private let graph: PlanGraph
  /// How many steps lie on the longest way to each value: readers of one depth share copies.
  private var depth: [Int]
  private var result = PlanGraph()
  private var moved: [Int]
  private var copies: [Copy: Int] = [:]

  private struct Copy: Hashable {
    var value: Int
    var depth: Int
  }

  private init(_ graph: PlanGraph) {
    self.graph = graph
    depth = Array(repeating: 0, count: graph.values.count)
    moved = Array(repeating: -1, count: graph.values.count)
    for (index, value) in graph.values.enumerated() {
      let deepest = value.inputs.map { depth[$0] }.max() ?? 0
      depth[index] = deepest + (value.isStep ? 1 : 0)
    }
  }

  /// Whether an operation takes `float32` operands only, or is faster with them.
  private func needsWide(_ index: Int, _ primitive: any Primitive, _ inputs: [Int]) -> Bool {
    switch primitive {
    case is MatMul:
      let (a, b) = (graph.values[inputs[0]].type, graph.values[inputs[1]].type)
      if a.dtype != .bfloat16 { return true }
      let rows = a.shape[a.shape.rank - 2]
      let (depth, columns) = (b.shape[b.shape.rank - 2], b.shape[b.shape.rank - 1])
      let hasTiles =
        hebb_tiles_available()
        && PlanBuilder.tilesWin(rows: rows, columns: columns, depth: depth, parts: 1)
      return !hasTiles && !OneDNN.multipliesNarrow
    case is Convolution, is ConvolutionInputGradient, is ConvolutionWeightGradient:
      return graph.values[inputs[0]].type.dtype != .bfloat16 || !OneDNN.multipliesNarrow
    case is Softmax, is LogSumExp, is LayerNormalization, is LayerNormalizationGradient,
      is AveragePool, is AveragePoolGradient, is MaxPoolIndices, is PoolGather,
      is PoolScatter, is ScatterAdd, is PutAlongAdd, is Scan, is LinearRecurrence,
      is LSTMSequence, is LSTMSequenceGradient, is GRUSequence, is GRUSequenceGradient:
      return true
    default: return false
    }
  }

  private mutating func rebuild() {
    result.argumentCount = graph.argumentCount
    for (index, value) in graph.values.enumerated() {
      guard let (primitive, inputs) = value.operation else {
        moved[index] = append(value)
        continue
      }
      var new = value
      guard value.isStep else {
        new.inputs = inputs.map { moved[$0] }
        moved[index] = append(new)
        continue
      }
      let isWide = needsWide(index, primitive, inputs)
      let operands = inputs.map { input in
        isWide && isNarrow(input) || isConversion(input)
          ? wide(input, at: depth[index], age: value.age) : moved[input]
      }
      new.inputs = operands
      guard isWide, value.type.dtype.isNarrow else {
        moved[index] = append(new)
        continue
      }
      new.type.dtype = .float32
      new.isOutput = false
      var rounded = value
      rounded.origin = .operation(Cast(dtype: value.type.dtype), inputs: [append(new)])
      let count = value.type.shape.elementCount
      rounded.provenance?.operationCount = count
      moved[index] = append(rounded)
    }
    result.outputs = graph.outputs.map { moved[$0] }
  }

  private mutating func append(_ value: PlanGraph.Value) -> Int {
    result.values.append(value)
    return result.values.count - 1
  }

  private func isNarrow(_ index: Int) -> Bool { graph.values[index].type.dtype.isNarrow }

  /// Whether a value is the wide form of a narrow one, perhaps seen through views.
  private func isConversion(_ index: Int) -> Bool {
    guard !graph.values[index].isOutput, let (primitive, inputs) = graph.values[index].operation
    else { return false }
    if primitive.isView { return isConversion(inputs[0]) }
    return graph.values[index].type.dtype == .float32 && primitive is Cast && isNarrow(inputs[0])
  }

  /// The wide form of a value for steps of one depth. The conversion runs below views, over memory as it
  /// lies, and so once for all parts of a value.
  private mutating func wide(_ index: Int, at depth: Int, age: UInt64) -> Int {
    let key = Copy(value: index, depth: depth)
    if let known = copies[key] { return known }
    var value = graph.values[index]
    value.isOutput = false
    value.age = age
    value.type.dtype = .float32
    let copy: Int
    if graph.values[index].isView, case let inputs = graph.values[index].inputs,
      isMostlyShown(inputs[0], by: index)
    {
      value.inputs = [wide(inputs[0], at: depth, age: age)]
      copy = append(value)
    } else if !isNarrow(index), let (_, inputs) = graph.values[index].operation {
      copy = wide(inputs[0], at: depth, age: age)
    } else {
      value.origin = .operation(Cast(dtype: .float32), inputs: [moved[index]])
      let count = value.type.shape.elementCount
      value.provenance?.operationCount = count
      copy = append(value)
    }
    copies[key] = copy
    return copy
  }

  /// Whether a view shows enough of a value for the whole of it to be converted.
  private func isMostlyShown(_ base: Int, by view: Int) -> Bool {
    graph.values[base].type.shape.elementCount <= 4 * graph.values[view].type.shape.elementCount
      || !isNarrow(view)
  }
}
