import HebbCore

extension Module {
  /// Runs `body` as the computation of this module: a shape error in it names the module
  /// (`fc1 (Linear): …`), and a summary shows its output. Layers do so in `callAsFunction`:
  ///
  /// ```swift
  /// public func callAsFunction(_ x: Tensor) -> Tensor { calling { affine(x, weight, bias) } }
  /// ```
  /// - Parameter body: The computation, called once.
  /// - Returns: What `body` returns.
  @inlinable
  public func calling<Result>(_ body: () -> Result) -> Result {
    let call = ModuleCall(self)
    let result = body()
    call.end(result)
    return result
  }
}

/// An open call of a module.
@usableFromInline
struct ModuleCall {
  private let frames: CallFrames
  /// Nil where the same module's call was open already.
  private let module: (any Module)?
  private let operationsBefore: Int

  @usableFromInline
  init(_ module: any Module) {
    frames = .current
    operationsBefore = frames.dryRun?.operationCount ?? 0
    if frames.modules.last === module {
      self.module = nil
      return
    }
    self.module = module
    if frames.describe == nil { frames.describe = describe }
    frames.push(module)
  }

  @usableFromInline
  func end<Result>(_ result: Result) {
    guard let module else { return }
    frames.pop()
    frames.dryRun?.end(module, result, since: operationsBefore)
  }
}

/// `layers.0.fc1 (Linear)`: the innermost open call, by its path from the outermost one; that one's
/// own path is known once its model has been walked.
private func describe(_ modules: [AnyObject]) -> String? {
  guard let last = modules.last as? any Module, let root = modules.first as? any Module else {
    return nil
  }
  let kind = String(describing: type(of: last))
  let below = ModuleTree(root, naming: false).modules.first { $0.module === last }?.name
  let path = [knownPath(of: root), below].compactMap { $0 }.filter { !$0.isEmpty }
  if below == nil || path.isEmpty, let own = knownPath(of: last), !own.isEmpty {
    return "\(own) (\(kind))"
  }
  return path.isEmpty ? kind : "\(path.joined(separator: ".")) (\(kind))"
}

/// The path of a module in the model that was walked last, from those of its parameters.
private func knownPath(of module: any Module) -> String? {
  for entry in ModuleTree(module, naming: false).parameters {
    guard let path = entry.box.path, path.hasSuffix(entry.name) else { continue }
    let prefix = path.dropLast(entry.name.count)
    return String(prefix.hasSuffix(".") ? prefix.dropLast() : prefix)
  }
  return nil
}
