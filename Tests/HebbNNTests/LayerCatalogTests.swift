import HebbCore
import HebbIO
import HebbNN
import HebbTestSupport
import Testing

/// What holds for every layer.
@Suite struct LayerCatalogTests {
  @Test(arguments: LayerCase.all) func namesAndShapes(_ row: LayerCase) {
    let layer = row.layer(seed: 1)
    let state = layer.state().map { "\($0.name)\($0.tensor.shape)" }
    #expect(state.joined(separator: " ") == row.state)
    let output = layer(row.sample(seed: 1))
    #expect(output.shape == row.output)
  }

  @Test(arguments: LayerCase.all) func aSeedGivesTheSameBits(_ row: LayerCase) {
    func bits(_ seed: UInt64) -> [[Double]] {
      let layer = row.layer(seed: seed)
      return layer.namedParameters().compactMap { $0.box.tensor?.doubles() }
        + [layer(row.sample(seed: 1)).doubles()]
    }
    #expect(bits(1) == bits(1))
    let startsEqual = row.name.contains("Norm") || row.name.contains("PReLU")
    let isRandom = row.state.contains("weight") && !startsEqual
    let draws = row.state.contains("draws[]") && !row.name.hasSuffix("in use")
    if isRandom || draws { #expect(bits(1) != bits(2)) }
  }

  /// Gradients of every parameter and of the input against central differences, along a random
  /// cotangent. Buffers are put back before each evaluation, so that masks and statistics stay.
  @Test(arguments: LayerCase.all) func gradientsAgreeWithDifferences(_ row: LayerCase) throws {
    let layer = row.layer(seed: 3)
    let input = row.sample(seed: 4)
    let cotangent = Tensor.sample(row.output, 5, dtype: .float64)
    let buffers = layer.namedBuffers().map { ($0.box, $0.box.tensor?.evaluated()) }
    func loss(at x: Tensor) -> Tensor {
      for (box, tensor) in buffers { box.tensor = tensor }
      return (layer(x) * cotangent).sum()
    }
    let x = row.indices == nil ? input.source() : input
    let value = loss(at: x)
    for (name, slope) in gradients(of: value, for: layer.parameters).named {
      let box = try #require(layer.namedParameters().first { $0.name == name }?.box)
      let original = try #require(box.tensor)
      expectDifferences(slope, at: original, "\(row) \(name)") {
        box.tensor = $0
        defer { box.tensor = original }
        return loss(at: input).item()
      }
    }
    guard row.indices == nil else { return }
    expectDifferences(gradients(of: value, for: [x])[0], at: input, "\(row) input") {
      loss(at: $0).item()
    }
  }

  private func expectDifferences(
    _ slope: Tensor, at point: Tensor, _ comment: String, of function: (Tensor) -> Double
  ) {
    let numbers = point.doubles()
    let step = 1e-5
    let differences = numbers.indices.map { element in
      func moved(by delta: Double) -> Double {
        var numbers = numbers
        numbers[element] += delta
        return function(Tensor(numbers, shape: point.shape))
      }
      return (moved(by: step) - moved(by: -step)) / (2 * step)
    }
    expectClose(slope.doubles(), differences, within: 1e-8, comment)
  }

  /// What is saved to a file and loaded into a fresh layer gives the same numbers.
  @Test(arguments: LayerCase.all) func savesAndLoads(_ row: LayerCase) throws {
    let (saved, fresh) = (row.layer(seed: 6), row.layer(seed: 7))
    _ = saved(row.sample(seed: 8))
    let state = Dictionary(uniqueKeysWithValues: saved.state().map { ($0.name, $0.tensor) })
    let bytes = try SafeTensors.encode(state)
    let file = try SafeTensors(InputFile(bytes: bytes, name: "\(row)"))
    try fresh.load(try file.tensors())
    guard !row.state.contains("draws[]") else { return }  // Its masks belong to the seed.
    let x = row.sample(seed: 9)
    let (expected, actual) = (saved(x), fresh(x))
    #expect(actual.doubles() == expected.doubles())
  }
}
