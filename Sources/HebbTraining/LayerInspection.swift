import HebbCore
import HebbNN

/// What one place of a model looked like in a step: the distribution of an activation or a gradient.
public struct LayerInspection: Sendable, Hashable {
  /// What was looked at.
  public enum Kind: String, Sendable, Hashable {
    /// The result of an activation function.
    case activation
    /// The gradient of a parameter.
    case gradient
    /// A parameter.
    case weight
  }

  /// What was looked at.
  public let kind: Kind
  /// The parameter, or the function with the parameters before it: `relu after conv1.bias`.
  public let name: String
  /// The distribution.
  public let histogram: ValueHistogram
  /// The share of zeros.
  public let zeroShare: Double
  /// The share of the units (channels) that were zero for the whole batch; 0 but for activations.
  public let deadUnitShare: Double

  /// Whether no unit of a rectifier let anything through: no gradient comes past it, and what is
  /// before it does not learn.
  public var isDead: Bool { kind == .activation && deadUnitShare == 1 }

  init(_ kind: Kind, _ name: String, _ tensor: Tensor) {
    let values = tensor.doubles()
    self.kind = kind
    self.name = name
    histogram = ValueHistogram(of: values)
    let zeros = values.count { $0 == 0 }
    zeroShare = values.isEmpty ? 0 : Double(zeros) / Double(values.count)
    guard kind == .activation, tensor.rank >= 2, !values.isEmpty else {
      deadUnitShare = 0
      return
    }
    // [batch, units, ...]: a unit is alive if it is not zero anywhere.
    let units = tensor.shape[1]
    let inner = values.count / max(tensor.shape[0] * units, 1)
    var isAlive = [Bool](repeating: false, count: units)
    for (place, value) in values.enumerated() where value != 0 {
      isAlive[place / max(inner, 1) % units] = true
    }
    deadUnitShare = units == 0 ? 0 : Double(isAlive.count { !$0 }) / Double(units)
  }
}

extension Trainer {
  /// Looks at activations, gradients and weights of a step that has been recorded.
  func inspect(_ loss: Tensor, _ slopes: Gradients) {
    let activations = loss.recordedActivations()
    Tensor.evaluate(activations.map(\.value) + slopes.tensors)
    inspection = activations.map { activation in
      let place = activation.place.map { " after \($0)" } ?? ""
      return LayerInspection(.activation, activation.function + place, activation.value)
    }
    for (name, gradient) in slopes.named {
      inspection.append(LayerInspection(.gradient, name, gradient))
    }
    for (name, tensor) in zip(optimizer.parameters.names, optimizer.parameters.tensors) {
      inspection.append(LayerInspection(.weight, name, tensor))
    }
    isInspectionFresh = true
  }

  /// Writes the last inspection, and warns of places that are dead.
  func logInspection() throws {
    guard isInspectionFresh else { return }
    isInspectionFresh = false
    for place in inspection {
      let tag = "\(place.kind.rawValue)s/\(place.name)"
      try events?.add(place.histogram, tag: tag, step: step)
      if place.kind == .activation {
        try events?.add(scalar: place.deadUnitShare, tag: "dead/\(place.name)", step: step)
      }
    }
    for place in inspection where place.isDead && reportedPlaces.insert(place.name).inserted {
      try note(
        "\(place.name) is dead: all its outputs are zero for a whole batch, so that nothing before it "
          + "learns; lower the rate, use smaller initial weights, or leaky rectifiers")
    }
  }
}
