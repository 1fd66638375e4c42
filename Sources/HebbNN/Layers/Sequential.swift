import HebbCore

/// Layers one after the other; their names are their positions, `0`, `1`, …
///
/// ```swift
/// let model = Sequential {
///   Linear(inputs: 784, outputs: 100, using: &random)
///   ReLU()
///   Linear(inputs: 100, outputs: 10, using: &random)
/// }
/// ```
public final class Sequential: Layer, ModuleContainer {
  /// The layers, first to last.
  public var layers: [any Layer]

  /// The layers of an array.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// The layers that a block lists.
  public init(@SequentialBuilder _ layers: () throws -> [any Layer]) rethrows {
    self.layers = try layers()
  }

  /// The layers with their positions.
  public var children: [(name: String, module: any Module)] {
    layers.enumerated().map { (String($0), $1) }
  }

  /// The value of the last layer at that of the one before, and so on.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    calling { layers.reduce(x) { value, layer in layer.calling { layer(value) } } }
  }
}

/// Collects the layers that a block lists, also under `if` and `for`.
@resultBuilder
public enum SequentialBuilder {
  /// One layer.
  public static func buildExpression(_ layer: some Layer) -> [any Layer] { [layer] }
  /// Layers made elsewhere.
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  /// Layers one after the other.
  public static func buildBlock(_ layers: [any Layer]...) -> [any Layer] { layers.flatMap { $0 } }
  /// Layers under `if` without `else`.
  public static func buildOptional(_ layers: [any Layer]?) -> [any Layer] { layers ?? [] }
  /// Layers under `if`.
  public static func buildEither(first layers: [any Layer]) -> [any Layer] { layers }
  /// Layers under `else`.
  public static func buildEither(second layers: [any Layer]) -> [any Layer] { layers }
  /// Layers of a loop.
  public static func buildArray(_ layers: [[any Layer]]) -> [any Layer] { layers.flatMap { $0 } }
}
