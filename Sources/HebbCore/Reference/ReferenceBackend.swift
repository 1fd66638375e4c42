/// The slow, obvious backend: every primitive's oracle, one after the other, on plain arrays.
package struct ReferenceBackend: Backend {
  package init() {}

  package var name: String { "reference" }

  package func compile(_ graph: PlanGraph) -> any Executable { ReferenceExecutable(graph) }
}

private final class ReferenceExecutable: Executable {
  let graph: PlanGraph

  init(_ graph: PlanGraph) { self.graph = graph }

  func run(_ arguments: [PlanArgument]) -> [Storage] {
    var values: [HostArray] = []
    for value in graph.values {
      switch value.origin {
      case .argument(let index), .scalar(let index):
        values.append(HostArray(arguments[index], value.type))
      case .operation(let primitive, let inputs):
        values.append(primitive.reference(inputs.map { values[$0] }, value.type))
      }
    }
    return graph.outputs.map { values[$0].stored() }
  }
}

extension HostArray {
  /// The elements of an argument.
  package init(_ argument: PlanArgument, _ type: TensorType) {
    switch argument {
    case .storage(let storage): self.init(storage.pointer, type)
    case .scalar(let scalar):
      self.init(zeros: type)
      switch scalar {
      case .real(let value): set(0, real: value)
      case .integer(let value): set(0, integer: value)
      }
    }
  }

  /// The elements in memory of their own.
  package func stored() -> Storage {
    let storage = Storage(byteCount: type.byteCount)
    write(to: storage.pointer)
    return storage
  }
}
