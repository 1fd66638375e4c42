import HebbCore
import HebbIO
import HebbNN

/// What a named model is asked to do: weights, arrays and settings from outside, of which nothing is
/// certain.
public struct ModelCall: Sendable {
  /// The name of the model.
  public let model: String
  /// The weights by PyTorch's names; without `module.` where all of them had it.
  public let weights: [String: Tensor]
  /// Where the weights came from, for errors.
  public let weightsName: String
  /// The arrays by name.
  public let inputs: [String: Tensor]
  /// Where the arrays came from, for errors.
  public let inputsName: String
  /// What the weights do not tell.
  public let settings: JSONObject
  /// Whether missing and unused weights are errors.
  public let isStrict: Bool

  /// A call.
  ///
  /// - Parameters:
  ///   - model: The name of the model.
  ///   - weights: The weights by PyTorch's names.
  ///   - weightsName: Where they came from.
  ///   - inputs: The arrays by name.
  ///   - inputsName: Where they came from.
  ///   - settings: What the weights do not tell.
  ///   - isStrict: Whether missing and unused weights are errors.
  public init(
    model: String, weights: [String: Tensor], weightsName: String, inputs: [String: Tensor],
    inputsName: String, settings: JSONObject = .init(), isStrict: Bool = true
  ) {
    let prefix = "module."
    let isWrapped = !weights.isEmpty && weights.keys.allSatisfy { $0.hasPrefix(prefix) }
    self.weights =
      isWrapped
      ? Dictionary(
        weights.map { (String($0.key.dropFirst(prefix.count)), $0.value) },
        uniquingKeysWith: { first, _ in first }) : weights
    self.model = model
    self.weightsName = weightsName
    self.inputs = inputs
    self.inputsName = inputsName
    self.settings = settings
    self.isStrict = isStrict
  }

  // MARK: - Weights

  /// The sizes of a weight's axes.
  ///
  /// - Parameters:
  ///   - name: The name of the weight.
  ///   - axes: What its axes are called in errors; none of them may be empty.
  /// - Returns: As many sizes.
  /// - Throws: `DataError` if there is no such weight, or it has another number of axes.
  public func sizes(of name: String, _ axes: String...) throws(DataError) -> [Int] {
    guard let weight = weights[name] else {
      let names = weights.keys.sorted()
      let shown = names.prefix(6).map { "\"\($0)\"" }.joined(separator: ", ")
      throw DataError(
        weightsName,
        "expected a weight \"\(name)\" of the model \(model), found \(names.count) tensors"
          + (names.isEmpty ? "" : ": \(shown)\(names.count > 6 ? ", …" : "")")
          + "; check the names, or rename them with hebb convert")
    }
    guard weight.rank == axes.count, !weight.shape.contains(0) else {
      throw DataError(
        weightsName,
        "expected \"\(name)\" of shape [\(axes.joined(separator: ", "))], found \(weight.shape); "
          + "check that these are weights of the model \(model)")
    }
    return Array(weight.shape)
  }

  /// Loads the weights into a model.
  ///
  /// - Throws: `StateError` with all names that do not fit.
  public func load(into module: any Module) throws(StateError) -> StateReport {
    let report = try module.load(weights, strict: isStrict)
    module.eval()
    return report
  }

  // MARK: - Inputs

  /// An input as `float32`.
  ///
  /// - Parameters:
  ///   - name: The name of the array.
  ///   - axes: The size of each axis, or what it is called where any size will do.
  /// - Returns: The array.
  /// - Throws: `DataError` if there is no such array, it has another shape, or no real numbers.
  public func input(_ name: String, _ axes: Axis...) throws(DataError) -> Tensor {
    guard let array = inputs[name] else {
      let known = inputs.keys.sorted().prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
      throw DataError(
        inputsName,
        "expected an array \"\(name)\" for the model \(model), found "
          + (known.isEmpty ? "none" : known) + "; rename the array")
    }
    return try checked(array, name, axes)
  }

  /// An input that may be left out.
  ///
  /// - Throws: As `input`, except where there is no such array.
  public func optionalInput(_ name: String, _ axes: Axis...) throws(DataError) -> Tensor? {
    guard let array = inputs[name] else { return nil }
    return try checked(array, name, axes)
  }

  private func checked(
    _ array: Tensor, _ name: String, _ axes: [Axis]
  ) throws(DataError) -> Tensor {
    let shape = axes.map(\.description).joined(separator: ", ")
    let fits =
      array.rank == axes.count
      && zip(axes, array.shape).allSatisfy { axis, size in axis.fits(size) }
    guard fits, array.dtype.isFloatingPoint else {
      throw DataError(
        inputsName,
        "expected real numbers of shape [\(shape)] as \"\(name)\", found \(array.type); reshape or "
          + "convert the array")
    }
    return array.cast(to: .float32)
  }

  /// Checks that no other arrays were given: a misspelled name must not pass unseen.
  ///
  /// - Throws: `DataError` with the names that are not known.
  public func expectInputs(_ names: String...) throws(DataError) {
    let unknown = inputs.keys.filter { !names.contains($0) }.sorted()
    guard unknown.isEmpty else {
      throw DataError(
        inputsName,
        "expected the arrays \(names.joined(separator: ", ")) for the model \(model), found also "
          + unknown.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ") + "; leave them out")
    }
  }

  /// What the size of an axis may be.
  public enum Axis: Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    CustomStringConvertible
  {
    /// Exactly this.
    case size(Int)
    /// Anything from 1, under this name.
    case any(String)

    /// Exactly this.
    public init(integerLiteral value: Int) { self = .size(value) }
    /// Anything from 1, under this name.
    public init(stringLiteral value: String) { self = .any(value) }

    func fits(_ size: Int) -> Bool {
      switch self {
      case .size(let expected): size == expected
      case .any: size > 0
      }
    }

    /// The size, or the name.
    public var description: String {
      switch self {
      case .size(let size): "\(size)"
      case .any(let name): name
      }
    }
  }
}

/// What a named model gives.
public struct ModelResult: Sendable {
  /// The arrays by name.
  public let outputs: [String: Tensor]
  /// Which weights were missing or unused, where that was allowed.
  public let report: StateReport?

  /// These arrays.
  public init(_ outputs: [String: Tensor], report: StateReport? = nil) {
    self.outputs = outputs
    self.report = report
  }
}
