import HebbCore

extension Layer {
  /// Describes the modules with their parameters and, where they follow from a dry run, the shapes
  /// of their outputs.
  ///
  /// The dry run records the operations for an input of zeros without computing anything, so that a
  /// model of any size can be looked at, and shape errors show before memory is taken.
  ///
  /// - Parameters:
  ///   - input: The shape of x, with the batch.
  ///   - dtype: The element type of x.
  /// - Returns: A table, one line for each module.
  public func summary(input: Shape, dtype: DType = .float32) -> String {
    let tree = ModuleTree(self)
    var shapes: [ObjectIdentifier: Shape] = [:]
    dryRun(tree) { trace(self, .zeros(input, dtype: dtype), &shapes) }
    return table(of: tree, name: "\(type(of: self)) for \(input)", shapes)
  }
}

extension Module {
  /// A table of the modules with their parameters.
  public func summary() -> String {
    table(of: ModuleTree(self), name: "\(type(of: self))", [:])
  }
}

/// Runs `body` in use mode and puts modes and buffers back.
private func dryRun(_ tree: ModuleTree, _ body: () -> Void) {
  let layers = tree.modules.compactMap { $0.module as? any ModeDependent }
  let modes = layers.map(\.isTraining)
  let buffers = tree.buffers.map(\.box.tensor)
  for layer in layers { layer.isTraining = false }
  withoutGradients { body() }
  for (layer, mode) in zip(layers, modes) { layer.isTraining = mode }
  for (entry, tensor) in zip(tree.buffers, buffers) { entry.box.tensor = tensor }
}

/// Notes the shapes that layers give; those inside of a `Sequential` are called one by one.
@discardableResult
private func trace(
  _ layer: any Layer, _ x: Tensor, _ shapes: inout [ObjectIdentifier: Shape]
) -> Tensor {
  let y: Tensor
  if let sequence = layer as? Sequential {
    y = sequence.layers.reduce(x) { trace($1, $0, &shapes) }
  } else {
    y = layer(x)
  }
  shapes[ObjectIdentifier(layer)] = y.shape
  return y
}

private func table(
  of tree: ModuleTree, name: String, _ shapes: [ObjectIdentifier: Shape]
) -> String {
  var rows: [[String]] = [["module", "kind", "output", "parameters"]]
  for (path, module) in tree.modules {
    let depth = path.isEmpty ? 0 : path.count { $0 == "." } + 1
    let label = path.split(separator: ".").last.map(String.init) ?? name
    let own = path.isEmpty ? "" : path + "."
    let count = tree.parameters.reduce(0) { total, entry in
      entry.name.hasPrefix(own) ? total + (entry.box.tensor?.count ?? 0) : total
    }
    rows.append([
      String(repeating: "  ", count: depth) + label,
      path.isEmpty ? "" : String(describing: type(of: module)),
      shapes[ObjectIdentifier(module)].map(\.description) ?? "",
      count == 0 ? "" : grouped(count),
    ])
  }
  let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
  let lines = rows.map { row -> String in
    let cells = (0..<3).map { row[$0] + spaces(widths[$0] - row[$0].count) }
    let number = spaces(widths[3] - row[3].count) + row[3]
    return (cells + [number]).joined(separator: "  ")
  }
  return lines.map(trimmed).joined(separator: "\n") + "\n"
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
