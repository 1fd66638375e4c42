import HebbCore

/// What a property wrapper can hold: a tensor, or a tensor that may be missing.
public protocol TensorValue {
  /// The tensor; nil where it is missing.
  var optionalTensor: Tensor? { get }
  /// The value for a tensor. Traps where a tensor is needed and none is given.
  static func from(_ tensor: Tensor?, named name: String?) -> Self
}

extension Tensor: TensorValue {
  /// The tensor itself.
  public var optionalTensor: Tensor? { self }

  /// The tensor, which must be there.
  public static func from(_ tensor: Tensor?, named name: String?) -> Tensor {
    guard let tensor else { stop("\(name ?? "a parameter") has no tensor") }
    return tensor
  }
}

extension Tensor?: TensorValue {
  /// The tensor itself.
  public var optionalTensor: Tensor? { self }

  /// The tensor itself.
  public static func from(_ tensor: Tensor?, named name: String?) -> Tensor? { tensor }
}

/// The place of one trainable tensor. Two layers that share a box share the weight.
public final class ParameterBox {
  /// The path of property names under which the model holds it, as `conv1.weight`; nil until the
  /// model has been walked.
  public internal(set) var path: String? {
    didSet { if path != oldValue, let path { stored = stored?.labeled(path) } }
  }

  /// Whether the parameter stays as it is: no gradient is computed for it, and optimizers leave it
  /// alone. Those that are made while it is frozen do not know it later either.
  public var isFrozen = false {
    didSet { if isFrozen != oldValue { stored = stored.map(leaf) } }
  }

  private var stored: Tensor?
  /// Computes the tensor from other parameters, as weight normalization does. What stands in the box
  /// is no parameter then.
  private var derivation: (() -> Tensor)?

  /// Whether the tensor is computed from other parameters.
  public var isDerived: Bool { derivation != nil }

  /// Computes the tensor from other parameters from now on; `derivation` must not hold the module
  /// that owns the box.
  public func derive(_ derivation: @escaping () -> Tensor) {
    self.derivation = derivation
    stored = nil
  }

  /// A box that holds `tensor`.
  public init(_ tensor: Tensor?) { stored = tensor?.source() }

  /// The tensor: a leaf at which gradients end, so that `gradients(of:for:)` finds it. Traps where
  /// one of another shape is assigned.
  public var tensor: Tensor? {
    get { derivation?() ?? stored }
    set {
      if isDerived { stop("\(path ?? "a parameter") is computed from others, it cannot be set") }
      guard let newValue else {
        stored = nil
        return
      }
      if let stored, stored.shape != newValue.shape {
        stop(
          "parameter \(path ?? "(not yet named)") has shape \(stored.shape), it cannot become "
            + "\(newValue.shape)")
      }
      stored = leaf(newValue)
    }
  }

  private func leaf(_ value: Tensor) -> Tensor {
    let leaf = isFrozen ? stopGradient(value) : value.source()
    guard let path else { return leaf }
    return leaf.labeled(path)
  }
}

/// Declares a trainable tensor of a layer; the property's name is its name in checkpoints.
///
/// ```swift
/// @Parameter public var weight: Tensor
/// @Parameter("weight_ih") public var inputWeight: Tensor  // the checkpoint's name differs
/// ```
/// `$weight` is the box; assigning another layer's box ties the two weights.
@propertyWrapper
public struct Parameter<Value: TensorValue> {
  /// The name in checkpoints where it is not the property's.
  let name: String?
  /// The box; assign another one to share it.
  public var projectedValue: ParameterBox

  /// A parameter with this initial value, named like the property.
  public init(wrappedValue: Value) {
    name = nil
    projectedValue = ParameterBox(wrappedValue.optionalTensor)
  }

  /// A parameter with a name of its own in checkpoints. The initializer of the class gives it a value
  /// after all properties that are not parameters or buffers.
  public init(_ name: String) {
    self.name = name
    projectedValue = ParameterBox(nil)
  }

  /// The tensor; one that is assigned must have the shape of the old one.
  public var wrappedValue: Value {
    get { .from(projectedValue.tensor, named: projectedValue.path) }
    nonmutating set { projectedValue.tensor = newValue.optionalTensor }
  }
}

/// Ends the program at a programmer's error with a sentence; `precondition` is silent in release
/// builds.
package func stop(_ message: String) -> Never { fatalError("Hebb: \(CallFrames.prefix)\(message)") }
