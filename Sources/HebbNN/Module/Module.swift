import HebbCore

/// A layer or a model: a final class whose stored properties are parameters (`@Parameter`), buffers
/// (`@Buffer`), other modules (also in arrays, dictionaries and optionals, but not inside of structs)
/// and hyperparameters.
///
/// No list is kept by hand: reflection finds the parts, and the path of property names is a
/// parameter's name in checkpoints, chosen to equal PyTorch's.
///
/// ```swift
/// final class Perceptron: Layer {
///   let hidden: Linear
///   let output: Linear
///
///   init(seed: UInt64) {
///     var random = PhiloxGenerator(seed: seed)
///     hidden = Linear(inputs: 784, outputs: 100, using: &random)
///     output = Linear(inputs: 100, outputs: 10, using: &random)
///   }
///
///   func callAsFunction(_ x: Tensor) -> Tensor { output(relu(hidden(x))) }
/// }
/// ```
public protocol Module: AnyObject {}

/// A module that maps one tensor to one tensor.
public protocol Layer: Module {
  /// The layer's value at `x`.
  func callAsFunction(_ x: Tensor) -> Tensor
}

/// A module that computes something else in training than in use, as dropout does.
public protocol ModeDependent: Module {
  /// Whether the module is being trained.
  var isTraining: Bool { get set }
}

/// A module that names its parts itself instead of by its properties, as `Sequential` numbers them.
public protocol ModuleContainer: Module {
  /// The parts with their names, in order.
  var children: [(name: String, module: any Module)] { get }
}

extension Module {
  /// The trainable tensors with their names, in the order of declaration; a shared one once, under
  /// its first name.
  public func namedParameters() -> [(name: String, box: ParameterBox)] {
    ModuleTree(self).parameters.map { ($0.name, $0.box) }
  }

  /// The buffers with their names, in the order of declaration.
  public func namedBuffers() -> [(name: String, box: BufferBox)] {
    ModuleTree(self).buffers.map { ($0.name, $0.box) }
  }

  /// This module, under the empty name, and all modules in it with their paths, parents first.
  public func namedModules() -> [(name: String, module: any Module)] { ModuleTree(self).modules }

  /// The parameters that are not frozen, ready for gradients and optimizers.
  ///
  /// Walks the model by reflection, some microseconds for each parameter: keep it where it is needed
  /// at every step. Optimizers do, as `optimizer.parameters`.
  public var parameters: Parameters { Parameters(ModuleTree(self)) }

  /// The number of trainable numbers.
  public var parameterCount: Int {
    ModuleTree(self).parameters.reduce(0) { $0 + ($1.box.tensor?.count ?? 0) }
  }

  /// Switches all modules in it to training; returns itself.
  @discardableResult
  public func train() -> Self { setMode(isTraining: true) }

  /// Switches all modules in it to use: no dropout, normalization by running statistics; returns
  /// itself.
  @discardableResult
  public func eval() -> Self { setMode(isTraining: false) }

  private func setMode(isTraining: Bool) -> Self {
    for (_, module) in ModuleTree(self).modules {
      (module as? any ModeDependent)?.isTraining = isTraining
    }
    return self
  }

  /// Whether a module in it is in training; true where no module knows a difference.
  public var isTraining: Bool {
    let modules = ModuleTree(self).modules.compactMap { $0.module as? any ModeDependent }
    let modes = modules.map(\.isTraining)
    return modes.isEmpty || modes.contains(true)
  }

  /// Keeps all parameters as they are, or (`false`) trains them again.
  ///
  /// An optimizer that was made before goes on with the rest, and with all of them once they are
  /// trained again; one that is made while they are frozen never moves them.
  public func freeze(_ isFrozen: Bool = true) {
    for entry in ModuleTree(self).parameters { entry.box.isFrozen = isFrozen }
  }

  /// Keeps the parameters whose names begin with `prefix` as they are, or (`false`) trains them again:
  /// `model.freeze(named: "encoder.")`.
  ///
  /// - Parameters:
  ///   - prefix: How the names begin.
  ///   - isFrozen: Whether they are kept.
  /// - Returns: How many parameters have such a name.
  @discardableResult
  public func freeze(named prefix: String, _ isFrozen: Bool = true) -> Int {
    let found = ModuleTree(self).parameters.filter { entry in
      entry.names.contains { $0.hasPrefix(prefix) }
    }
    for entry in found { entry.box.isFrozen = isFrozen }
    return found.count
  }

  /// Converts parameters and floating-point buffers to another element type; returns itself.
  @discardableResult
  public func cast(to dtype: DType) -> Self {
    let tree = ModuleTree(self)
    for entry in tree.parameters { entry.box.tensor = entry.box.tensor?.cast(to: dtype) }
    for entry in tree.buffers {
      guard let tensor = entry.box.tensor, tensor.dtype.isFloatingPoint else { continue }
      entry.box.tensor = tensor.cast(to: dtype)
    }
    return self
  }
}
