import HebbCore

extension Layer {
  /// Describes the modules with their parameters and what a dry run tells: the shapes of outputs,
  /// the memory they take, and the arithmetic.
  ///
  /// The dry run records the operations for an input of zeros in use mode without computing anything,
  /// so that a model of any size can be looked at, and shape errors show before memory is taken.
  ///
  /// - Parameters:
  ///   - input: The shape of x, with the batch.
  ///   - dtype: The element type of x.
  /// - Returns: A table, one line for each module.
  public func summary(input: Shape, dtype: DType = .float32) -> String {
    summary(inputs: [TensorType(input, dtype)]) { self($0[0]) }
  }
}

extension Module {
  /// A table of the modules with their parameters.
  public func summary() -> String {
    let run = SummaryRun(ModuleTree(self))
    return run.table(title: "\(type(of: self))", isDry: true)
  }

  /// Describes the modules of a model with several inputs, or with results other than one tensor, by a
  /// dry run:
  ///
  /// ```swift
  /// model.summary(inputs: [TensorType([8, 20], .int64), TensorType([8, 30], .int64)]) {
  ///   model(source: $0[0], target: $0[1])
  /// }
  /// ```
  /// - Parameters:
  ///   - inputs: The types of the inputs, which are zeros.
  ///   - call: The call of the model; nothing is computed.
  /// - Returns: A table, one line for each module.
  public func summary<Output>(
    inputs: [TensorType], _ call: ([Tensor]) -> Output
  ) -> String {
    let tree = ModuleTree(self)
    let run = SummaryRun(tree)
    run.record {
      _ = calling { call(inputs.map { .zeros($0.shape, dtype: $0.dtype) }) }
    }
    let shapes = inputs.map { type in
      type.dtype == .float32 ? type.shape.description : type.description
    }
    return run.table(
      title: "\(type(of: self)) for \(shapes.joined(separator: ", "))", isDry: false)
  }
}

/// Notes what the modules of a model give in a dry run, and writes the table.
private final class SummaryRun {
  /// What is known of one module's calls.
  private struct Note {
    var shape: String
    var byteCount: Int
    var operationCount: Int
  }

  private let tree: ModuleTree
  private var notes: [ObjectIdentifier: Note] = [:]

  init(_ tree: ModuleTree) { self.tree = tree }

  /// Runs `body` in use mode without computing anything, and puts modes and buffers back.
  func record(_ body: () -> Void) {
    let layers = tree.modules.compactMap { $0.module as? any ModeDependent }
    let modes = layers.map(\.isTraining)
    let buffers = tree.buffers.map(\.box.tensor)
    for layer in layers { layer.isTraining = false }
    let frames = CallFrames.current
    let outer = frames.dryRun
    frames.dryRun = DryRun { [self] in note($0, $1, operationCount: $2) }
    withoutGradients { body() }
    frames.dryRun = outer
    for (layer, mode) in zip(layers, modes) { layer.isTraining = mode }
    for (entry, tensor) in zip(tree.buffers, buffers) { entry.box.tensor = tensor }
  }

  /// A module that is called several times shows its last output and the arithmetic of all calls.
  private func note(_ module: AnyObject, _ result: Any, operationCount: Int) {
    let tensors = outputs(in: result)
    let earlier = notes[ObjectIdentifier(module)]?.operationCount ?? 0
    notes[ObjectIdentifier(module)] = Note(
      shape: tensors.map(\.shape.description).joined(separator: " "),
      byteCount: tensors.reduce(0) { $0 + $1.type.byteCount },
      operationCount: earlier + operationCount)
  }

  /// The tensors of a result, also of one with several parts.
  private func outputs(in result: Any) -> [Tensor] {
    if let tensor = result as? Tensor { return [tensor] }
    return Mirror(reflecting: result).children.flatMap { outputs(in: $0.value) }
  }

  func table(title: String, isDry: Bool) -> String {
    var rows: [[String]] = [["module", "kind", "output", "parameters", "memory", "FLOPs"]]
    for (index, (path, module)) in tree.modules.enumerated() {
      let depth = path.isEmpty ? 0 : path.count { $0 == "." } + 1
      let label = path.split(separator: ".").last.map(String.init) ?? title
      let prefix = path.isEmpty ? "" : path + "."
      let parameters = tree.parameters.filter { $0.name.hasPrefix(prefix) }
        .compactMap(\.box.tensor)
      let count = parameters.reduce(0) { $0 + $1.count }
      let bytes =
        parameters.reduce(0) { $0 + $1.type.byteCount } + outputBytes(under: path, at: index)
      let note = notes[ObjectIdentifier(module)]
      rows.append([
        String(repeating: "  ", count: depth) + label,
        index == 0 ? "" : String(describing: type(of: module)),
        note?.shape ?? "",
        count == 0 ? "" : grouped(count),
        note == nil ? "" : memory(bytes),
        note.map { $0.operationCount == 0 ? "" : grouped($0.operationCount) } ?? "",
      ])
    }
    let columns = isDry ? [0, 1, 3] : Array(0..<6)
    let widths = (0..<6).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row -> String in
      let cells = columns.map { column -> String in
        let space = spaces(widths[column] - row[column].count)
        return column < 3 ? row[column] + space : space + row[column]
      }
      return trimmed(cells.joined(separator: "  "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What the outputs below a path take: those of modules in which no other's output is known.
  private func outputBytes(under path: String, at start: Int) -> Int {
    let prefix = path.isEmpty ? "" : path + "."
    let inside = tree.modules.enumerated().filter { index, entry in
      index >= start && (entry.name == path || entry.name.hasPrefix(prefix))
    }.map(\.element)
    var total = 0
    for (position, entry) in inside.enumerated() {
      guard let note = notes[ObjectIdentifier(entry.module)] else { continue }
      let below = entry.name.isEmpty ? "" : entry.name + "."
      let hasParts = inside[(position + 1)...].contains { other in
        other.name.hasPrefix(below) && notes[ObjectIdentifier(other.module)] != nil
      }
      if !hasParts { total += note.byteCount }
    }
    return total
  }
}

private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

private func trimmed(_ line: String) -> String {
  var line = line
  while line.last == " " { line.removeLast() }
  return line
}

/// 61706 as 61,706.
private func grouped(_ number: Int) -> String {
  var result = ""
  for (position, digit) in String(number).reversed().enumerated() {
    if position > 0, position.isMultiple(of: 3) { result.append(",") }
    result.append(digit)
  }
  return String(result.reversed())
}

/// Bytes with three digits or a few more: 246.8 KB.
private func memory(_ bytes: Int) -> String {
  var (value, unit) = (Double(bytes), 0)
  let units = ["B", "KB", "MB", "GB", "TB", "PB"]
  while value >= 1000, unit + 1 < units.count { (value, unit) = (value / 1000, unit + 1) }
  if unit == 0 { return "\(bytes) B" }
  let tenths = Int((value * 10).rounded())
  return "\(tenths / 10).\(tenths % 10) \(units[unit])"
}
