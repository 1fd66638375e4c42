import HebbCore
import HebbIO
import HebbNN
import HebbTestSupport
import Testing

/// What holds for every loss of the golden `more_losses`.
@Suite struct LossCatalogTests {
  static let file = Result {
    try SafeTensors(path: Golden.folder + "/more_losses.safetensors").tensors()
  }

  @Test(arguments: LossCase.all, Precision.both)
  func agreesWithPyTorch(_ row: LossCase, _ precision: Precision) throws {
    let whole = "\(row.name)/"
    let file = try Self.file.get().filter { $0.key.hasPrefix(whole) }
    let stored = Dictionary(
      uniqueKeysWithValues: file.map { (String($0.key.dropFirst(whole.count)), $0.value) })
    var inputs: [String: Tensor] = [:]
    for (name, tensor) in stored {
      let real = tensor.dtype.isFloatingPoint ? tensor.cast(to: precision.dtype) : tensor
      inputs[name] = stored["grad_\(name)"] == nil ? real : real.source()
    }
    let value = row.loss(LossInputs(tensors: inputs))
    let expected = try #require(stored["output"])
    expectClose(value, expected, within: precision.tolerance, row.name)
    let cotangent = inputs["cotangent"] ?? value.filled(with: 1)
    for (name, tensor) in inputs {
      guard let slope = stored["grad_\(name)"] else { continue }
      let found = gradients(of: value, for: [tensor], cotangent: cotangent)[0]
      expectClose(found, slope, within: precision.tolerance, "gradient of \(row.name), \(name)")
    }
  }

  /// Every case of the golden has a row here.
  @Test func noCaseIsLeftOut() throws {
    let names = Set(try Self.file.get().keys.compactMap { $0.split(separator: "/").first })
    #expect(names == Set(LossCase.all.map { Substring($0.name) }))
  }
}
