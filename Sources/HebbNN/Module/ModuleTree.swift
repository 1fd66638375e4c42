/// The parts of a module, found by one walk over its stored properties.
struct ModuleTree {
  struct ParameterEntry {
    /// The names under which the box is reached; the first one counts.
    var names: [String]
    let box: ParameterBox
    var name: String { names[0] }
  }

  struct BufferEntry {
    var names: [String]
    let box: BufferBox
    let isRequired: Bool
    var name: String { names[0] }
  }

  private(set) var parameters: [ParameterEntry] = []
  private(set) var buffers: [BufferEntry] = []
  private(set) var modules: [(name: String, module: any Module)] = []

  private var parameterIndices: [ObjectIdentifier: Int] = [:]
  private var bufferIndices: [ObjectIdentifier: Int] = [:]
  /// The modules between the root and the current one: a child that refers to its parent ends here.
  private var ancestors: Set<ObjectIdentifier> = []

  /// - Parameters:
  ///   - root: Where the walk begins.
  ///   - naming: Whether the boxes take their paths from this walk.
  init(_ root: any Module, naming: Bool = true) {
    visit(root, path: "")
    guard naming else { return }
    for entry in parameters { entry.box.path = entry.name }
    for entry in buffers { entry.box.path = entry.name }
  }

  private mutating func visit(_ module: any Module, path: String) {
    let identity = ObjectIdentifier(module)
    guard ancestors.insert(identity).inserted else { return }
    defer { ancestors.remove(identity) }
    modules.append((path, module))
    if let container = module as? any ModuleContainer {
      for (name, child) in container.children { visit(child, path: join(path, name)) }
      return
    }
    if let container = module as? any ParameterContainer {
      for (name, box) in container.numberedParameters { add(box, join(path, name)) }
    }
    var mirrors: [Mirror] = []
    var mirror: Mirror? = Mirror(reflecting: module)
    while let current = mirror {
      mirrors.append(current)
      mirror = current.superclassMirror
    }
    for mirror in mirrors.reversed() {
      for (label, value) in mirror.children {
        guard let label else { continue }
        inspect(value, property: label, in: path)
      }
    }
  }

  private mutating func inspect(_ value: Any, property: String, in path: String) {
    switch value {
    case let holder as any ParameterHolder:
      add(holder.box, join(path, holder.checkpointName ?? publicName(property)))
    case let holder as any SubmoduleHolder:
      if let part = holder.part { inspect(part, property: holder.name, in: path) }
    case let holder as any BufferHolder:
      guard holder.box.tensor != nil else { return }
      let name = join(path, holder.checkpointName ?? publicName(property))
      let index = bufferIndices[ObjectIdentifier(holder.box)]
      if let index {
        buffers[index].names.append(name)
      } else {
        bufferIndices[ObjectIdentifier(holder.box)] = buffers.count
        buffers.append(
          BufferEntry(names: [name], box: holder.box, isRequired: holder.isRequired))
      }
    case let module as any Module:
      visit(module, path: join(path, publicName(property)))
    default:
      let mirror = Mirror(reflecting: value)
      switch mirror.displayStyle {
      case .optional:
        if let content = mirror.children.first {
          inspect(content.value, property: property, in: path)
        }
      case .collection:
        let name = join(path, publicName(property))
        for (index, element) in mirror.children.enumerated() {
          // Arrays of numbers have nothing to find.
          guard isPossiblyModule(element.value) else { return }
          inspect(element.value, property: String(index), in: name)
        }
      case .dictionary:
        let name = join(path, publicName(property))
        let pairs = mirror.children.map {
          Array(Mirror(reflecting: $0.value).children.map(\.value))
        }
        let named = pairs.filter { $0.count == 2 }.map { (String(describing: $0[0]), $0[1]) }
        for (key, element) in named.sorted(by: { $0.0 < $1.0 }) {
          inspect(element, property: key, in: name)
        }
      default: return
      }
    }
  }

  /// Notes a parameter, unless it is missing or computed from others.
  private mutating func add(_ box: ParameterBox, _ name: String) {
    guard !box.isDerived, box.tensor != nil else { return }
    if let index = parameterIndices[ObjectIdentifier(box)] {
      parameters[index].names.append(name)
    } else {
      parameterIndices[ObjectIdentifier(box)] = parameters.count
      parameters.append(ParameterEntry(names: [name], box: box))
    }
  }

  private func isPossiblyModule(_ value: Any) -> Bool {
    value is any Module || value is [Any] || Mirror(reflecting: value).displayStyle == .optional
  }

  private func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : name.isEmpty ? path : path + "." + name
  }

  /// The property's name without the underscore of a wrapper's storage.
  private func publicName(_ property: String) -> String {
    property.hasPrefix("_") ? String(property.dropFirst()) : property
  }
}

/// How the walk recognizes `@Parameter`, whatever it wraps.
protocol ParameterHolder {
  var box: ParameterBox { get }
  var checkpointName: String? { get }
}

extension Parameter: ParameterHolder {
  var box: ParameterBox { projectedValue }
  var checkpointName: String? { name }
}

/// How the walk recognizes `@Buffer`, whatever it wraps.
protocol BufferHolder {
  var box: BufferBox { get }
  var checkpointName: String? { get }
  var isRequired: Bool { get }
}

extension Buffer: BufferHolder {
  var box: BufferBox { projectedValue }
  var checkpointName: String? { name }
}
