import HebbCore

/// Modules of one type by their positions, as PyTorch's `nn.ModuleList`; a plain array in a property
/// does the same.
public final class ModuleList<Element: Module>: ModuleContainer, RandomAccessCollection {
  /// The modules.
  public var elements: [Element]

  /// The modules of an array.
  public init(_ elements: [Element] = []) { self.elements = elements }

  /// The modules with their positions.
  public var children: [(name: String, module: any Module)] {
    elements.enumerated().map { (String($0), $1) }
  }

  /// Adds a module at the end.
  public func append(_ element: Element) { elements.append(element) }

  /// The position of the first module, 0.
  public var startIndex: Int { 0 }

  /// The number of modules.
  public var endIndex: Int { elements.count }

  /// The module at a position.
  public subscript(position: Int) -> Element {
    get { elements[position] }
    set { elements[position] = newValue }
  }
}

/// Modules of one type by their names, in alphabetical order, as PyTorch's `nn.ModuleDict`; a plain
/// dictionary in a property does the same.
public final class ModuleDictionary<Element: Module>: ModuleContainer {
  /// The modules by name.
  public var elements: [String: Element]

  /// The modules of a dictionary.
  public init(_ elements: [String: Element] = [:]) { self.elements = elements }

  /// The modules with their names.
  public var children: [(name: String, module: any Module)] {
    elements.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The module of a name; nil where there is none.
  public subscript(name: String) -> Element? {
    get { elements[name] }
    set { elements[name] = newValue }
  }
}

/// The identity, as PyTorch's `nn.Identity`.
public final class Identity: Layer {
  /// A layer without parameters.
  public init() {}

  /// x.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { x } }
}

/// A function as a layer.
public final class Lambda: Layer {
  private let function: (Tensor) -> Tensor

  /// The layer of a function; it must not hold parameters, which would not be found.
  public init(_ function: @escaping (Tensor) -> Tensor) { self.function = function }

  /// The function's value.
  public func callAsFunction(_ x: Tensor) -> Tensor { calling { function(x) } }
}

/// What a layer adds to its input, y = s(x) + f(x) (He et al. 2016, equations 1 and 2).
public final class Residual: Layer {
  /// f.
  public let layer: any Layer
  /// s, where shapes differ; nil for the identity.
  public let shortcut: (any Layer)?

  /// A sum.
  ///
  /// - Parameters:
  ///   - layer: f.
  ///   - shortcut: s; the identity where nil.
  public init(_ layer: any Layer, shortcut: (any Layer)? = nil) {
    self.layer = layer
    self.shortcut = shortcut
  }

  /// s(x) + f(x).
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      let (y, kept) = (layer(x), shortcut.map { $0(x) } ?? x)
      guard y.shape == kept.shape else {
        stop(
          "Residual: the layer gives \(y.shape), which cannot be added to \(kept.shape); "
            + "give a shortcut that changes the shape")
      }
      return kept + y
    }
  }
}

/// Splits an axis into several, as PyTorch's `nn.Unflatten`.
///
/// Shapes: `[..., product of the sizes, ...]` → `[..., sizes, ...]`.
public final class Unflatten: Layer {
  /// The axis that is split; negative ones count from the end.
  public let axis: Int
  /// The sizes that it becomes.
  public let sizes: [Int]

  /// A layer without parameters.
  ///
  /// - Parameters:
  ///   - axis: The axis that is split; negative ones count from the end.
  ///   - sizes: The sizes that it becomes; one may be −1 and is then computed.
  public init(axis: Int = 1, sizes: [Int]) {
    self.axis = axis
    self.sizes = sizes
  }

  /// The same elements under the split shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling {
      let position = axis < 0 ? axis + x.rank : axis
      guard 0..<x.rank ~= position else { stop("Unflatten: no axis \(axis) in \(x.shape)") }
      let known = sizes.filter { $0 != -1 }.reduce(1, *)
      let free = sizes.count { $0 == -1 }
      let size = x.shape[position]
      guard free <= 1, free == 0 ? known == size : known > 0 && size.isMultiple(of: known) else {
        stop("Unflatten: axis \(axis) of \(x.shape) does not split into \(sizes)")
      }
      var shape = Array(x.shape)
      let split = sizes.map { $0 == -1 ? size / known : $0 }
      shape.replaceSubrange(position...position, with: split)
      return x.reshaped(to: Shape(shape))
    }
  }
}
