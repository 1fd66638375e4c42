/// A table that is zero but for a sum of rows, Σ rows[k] in row indices[k]: what the gradient of a table is
/// from which rows were looked up. The graph says so as long as nobody needs the table itself, and an
/// optimizer that can do with the rows never has it computed.
///
/// Shapes: a table `[n, ...]`, `count` rows `[count, ...]`, their positions `[count]`, which may repeat.
package struct RowSum {
  /// The shape of the table.
  package let shape: Shape
  /// `int64`, `[count]`, each in 0..<n.
  package let indices: Tensor
  /// `[count, ...]`.
  package let rows: Tensor

  /// The number of rows; one that is there several times counts as often.
  package var count: Int { indices.shape[0] }

  /// Reads from the graph whether a value is a sum of rows, a sum of such sums, or a number times one;
  /// nil where it is not, and where the graph behind the value has been given up.
  package init?(_ tensor: Tensor) {
    guard let parts = Self.parts(of: tensor.node, depth: 0) else { return nil }
    let inner = Array(tensor.shape[1...])
    shape = tensor.shape
    indices = concatenate(parts.map { $0.indices.reshaped(to: [$0.indices.count]) }, axis: 0)
    rows = concatenate(
      parts.map { $0.rows.reshaped(to: Shape([$0.indices.count] + inner)) }, axis: 0)
  }

  private init(shape: Shape, indices: Tensor, rows: Tensor) {
    (self.shape, self.indices, self.rows) = (shape, indices, rows)
  }

  /// The sum if its rows are so few that to work with them is cheaper than with the table.
  package static func ofFewRows(_ tensor: Tensor) -> RowSum? {
    guard tensor.rank > 0, tensor.count >= leastElements, let sum = RowSum(tensor),
      sum.count > 0, 4 * sum.count <= sum.shape[0]
    else { return nil }
    return sum
  }

  /// Below so many elements a table is cheap.
  private static let leastElements = 65_536
  /// How many sums and factors are looked through.
  private static let greatestDepth = 8

  private typealias Part = (indices: Tensor, rows: Tensor)

  private static func parts(of node: Node, depth: Int) -> [Part]? {
    guard depth < greatestDepth, node.isOperation, !node.isView, !node.isSource,
      let primitive = node.primitive
    else { return nil }
    switch primitive {
    case let sum as ScatterAdd where sum.axis == 0:
      return inputs(of: node).map { [(Tensor($0[1]), Tensor($0[0]))] }
    case let scatter as Scatter where scatter.kind == .add && scatter.axis == 0 && !scatter.isAlong:
      guard let inputs = inputs(of: node), let base = parts(of: inputs[0], depth: depth + 1)
      else { return nil }
      return base + [(Tensor(inputs[1]), Tensor(inputs[2]))]
    case let elementwise as Elementwise where elementwise.function.opcode == .add:
      guard let inputs = inputs(of: node), inputs.allSatisfy({ $0.type == node.type }),
        let first = parts(of: inputs[0], depth: depth + 1),
        let second = parts(of: inputs[1], depth: depth + 1)
      else { return nil }
      return first + second
    case let elementwise as Elementwise where elementwise.function.opcode == .multiply:
      guard let inputs = inputs(of: node) else { return nil }
      for (table, factor) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])]
      where factor.type.shape.rank == 0 && table.type == node.type {
        return parts(of: table, depth: depth + 1)?.map { ($0.indices, $0.rows * Tensor(factor)) }
      }
      return nil
    default: return nil
    }
  }

  /// What an operation was recorded from; nil once that has been given up.
  private static func inputs(of node: Node) -> [Node]? {
    Graph.lock.withLock { _ in
      node.inputs.isEmpty ? nil : (0..<node.inputs.count).map { node.inputs.node($0) }
    }
  }

  /// For each row the number of the first one at the same position.
  private var firsts: Tensor {
    Tensor.full([shape[0]], Double(count), dtype: .int64)
      .scattering(.range(count), at: indices, combining: .minimum)
      .gathering(indices)
  }

  /// The rows with each position's total at its first mention, and zeros at the others: nothing is
  /// counted twice.
  package var distinct: Tensor { record(ScatterAdd(axis: 0, shape: rows.shape), rows, firsts) }

  /// The rows with each position's total at every mention.
  package var totals: Tensor { distinct.gathering(firsts) }

  /// The same sum with no more rows than the table has.
  package var bounded: RowSum {
    guard count > shape[0] else { return self }
    // Positions that are never mentioned add their zeros where the first row is.
    let positions = indices[0..<1].broadcast(to: [shape[0]]).scattering(indices, at: indices)
    return RowSum(shape: shape, indices: positions, rows: table)
  }

  /// The table.
  package var table: Tensor { record(ScatterAdd(axis: 0, shape: shape), rows, indices) }
}
