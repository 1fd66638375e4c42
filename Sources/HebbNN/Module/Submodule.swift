/// Declares a part that has another name in checkpoints than its property.
///
/// ```swift
/// @Submodule("self_attn") public var attention: MultiheadAttention
/// ```
/// Under the empty name, the part's parameters appear as the module's own.
@propertyWrapper
public struct Submodule<Part> {
  /// The name in checkpoints.
  let name: String
  private var stored: Part?

  /// A part of this name. The initializer of the class gives it a value after all properties that
  /// are not parameters, buffers or parts.
  public init(_ name: String) { self.name = name }

  /// The part.
  public var wrappedValue: Part {
    get {
      guard let stored else { stop("the part \(name) is used before it has a value") }
      return stored
    }
    set { stored = newValue }
  }
}

/// How the walk recognizes `@Submodule`, whatever it wraps.
protocol SubmoduleHolder {
  var part: Any? { get }
  var name: String { get }
}

extension Submodule: SubmoduleHolder {
  var part: Any? { stored }
}

/// A module that names some of its parameters itself, as recurrent layers number them.
public protocol ParameterContainer: Module {
  /// These parameters with their names, in order.
  var numberedParameters: [(name: String, box: ParameterBox)] { get }
}
