import HebbCore

/// The place of one tensor that belongs to a layer's state without being trained.
public final class BufferBox {
  /// The path of property names under which the model holds it; nil until it has been walked.
  public internal(set) var path: String?

  private var stored: Tensor?

  /// A box that holds `tensor`.
  public init(_ tensor: Tensor?) { stored = tensor }

  /// The tensor. Traps where one of another shape is assigned.
  public var tensor: Tensor? {
    get { stored }
    set {
      if let stored, let newValue, stored.shape != newValue.shape {
        stop(
          "buffer \(path ?? "(not yet named)") has shape \(stored.shape), it cannot become "
            + "\(newValue.shape)")
      }
      stored = newValue
    }
  }
}

/// Declares a tensor that is saved with the model but not trained, as running statistics.
///
/// ```swift
/// @Buffer("running_mean") public var runningMean: Tensor
/// ```
/// What a forward pass assigns here is computed together with the next optimizer step.
@propertyWrapper
public struct Buffer<Value: TensorValue> {
  /// The name in checkpoints where it is not the property's.
  let name: String?
  /// Whether a checkpoint without it is incomplete.
  let isRequired: Bool
  /// The box; assign another one to share it.
  public var projectedValue: BufferBox

  /// A buffer with this initial value, named like the property.
  public init(wrappedValue: Value) {
    name = nil
    isRequired = true
    projectedValue = BufferBox(wrappedValue.optionalTensor)
  }

  /// A buffer with a name of its own in checkpoints. The initializer of the class gives it a value
  /// after all properties that are not parameters or buffers.
  ///
  /// - Parameters:
  ///   - name: The name in checkpoints.
  ///   - required: Whether a checkpoint without it is incomplete; false for what other frameworks do
  ///     not save.
  public init(_ name: String, required: Bool = true) {
    self.name = name
    isRequired = required
    projectedValue = BufferBox(nil)
  }

  /// The tensor; one that is assigned must have the shape of the old one.
  public var wrappedValue: Value {
    get { .from(projectedValue.tensor, named: projectedValue.path) }
    nonmutating set { projectedValue.tensor = newValue.optionalTensor }
  }
}
