import HebbCore

/// A gradient that does not agree with differences of the loss.
public struct GradientCheckError: Error, CustomStringConvertible {
  /// The parameter with the largest error.
  public let parameter: String
  /// The element in it, in row-major order, that is off the most.
  public let element: Int
  /// What the engine computed there.
  public let gradient: Double
  /// What differences of the loss give.
  public let difference: Double
  /// The names of all parameters that are off.
  public let all: [String]

  /// One sentence with the parameter and both numbers.
  public var description: String {
    "the gradient of \(parameter) is wrong: element \(element) is \(gradient), central differences "
      + "give \(difference)"
      + (all.count > 1 ? "; off are \(all.joined(separator: ", "))" : "")
      + ". Check the gradient rules on the way from there to the loss"
  }
}

/// Compares the gradients of a model's parameters with central differences of the loss,
/// (L(w + h) − L(w − h)) / 2h, element by element.
///
/// The model is put into double precision for it, and comes back as it was. Masks of dropout and running
/// statistics are the same in each call, if the model keeps them in buffers.
///
/// - Parameters:
///   - model: Its parameters that are not frozen are checked.
///   - tolerance: The largest error allowed, relative to the largest gradient of the parameter (at
///     least 1e-3).
///   - step: h.
///   - limit: How many elements of each parameter are checked, spread over it; all where nil.
///   - value: The loss at the model's present parameters, a scalar; in `float64`, so its inputs must be.
/// - Throws: `GradientCheckError` that names the parameter which is off the most.
/// - SeeAlso: Goodfellow, Bengio & Courville 2016, §11.5.
public func checkGradients(
  of model: some Module, tolerance: Double = 1e-5, step: Double = 1e-5, limit: Int? = nil,
  loss value: () -> Tensor
) throws(GradientCheckError) {
  let parameters = model.namedParameters().map { ($0.box, $0.box.tensor) }
  let buffers = model.namedBuffers().map { ($0.box, $0.box.tensor) }
  defer {
    for (box, tensor) in parameters { box.tensor = tensor }
    for (box, tensor) in buffers { box.tensor = tensor }
  }
  model.cast(to: .float64)
  // Masks and statistics are those of the first call in every one.
  let state = model.namedBuffers().map { ($0.box, $0.box.tensor?.evaluated()) }
  func loss() -> Tensor {
    for (box, tensor) in state { box.tensor = tensor }
    return value()
  }
  let boxes = zip(model.parameters.names, model.parameters.boxes)
  let slopes = gradients(of: loss(), for: model).evaluated()
  var failures: [(ratio: Double, error: GradientCheckError)] = []
  for ((name, box), slope) in zip(boxes, slopes.tensors) {
    guard let original = box.tensor else { continue }
    let (numbers, analytic) = (original.doubles(), slope.doubles())
    let scale = max(1e-3, analytic.map(abs).max() ?? 0)
    let stride = limit.map { max(1, numbers.count / max($0, 1)) } ?? 1
    func moved(_ element: Int, by delta: Double) -> Double {
      var numbers = numbers
      numbers[element] += delta
      box.tensor = Tensor(numbers, shape: original.shape)
      return loss().item()
    }
    var worst = (ratio: 0.0, element: 0, difference: 0.0)
    for element in Swift.stride(from: 0, to: numbers.count, by: stride) {
      let difference = (moved(element, by: step) - moved(element, by: -step)) / (2 * step)
      let ratio = abs(difference - analytic[element]) / scale
      if !(ratio <= worst.ratio) { worst = (ratio, element, difference) }
    }
    box.tensor = original
    guard !(worst.ratio <= tolerance) else { continue }
    failures.append(
      (
        worst.ratio,
        GradientCheckError(
          parameter: name, element: worst.element, gradient: analytic[worst.element],
          difference: worst.difference, all: [])
      ))
  }
  if let worst = failures.max(by: { $0.ratio < $1.ratio })?.error {
    throw GradientCheckError(
      parameter: worst.parameter, element: worst.element, gradient: worst.gradient,
      difference: worst.difference, all: failures.map(\.error.parameter))
  }
}
