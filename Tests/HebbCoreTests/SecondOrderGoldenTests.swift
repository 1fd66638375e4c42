import HebbCore
import HebbIO
import HebbTestSupport
import Testing

/// Second derivatives against PyTorch (`Tools/golden/second_order.py`); gradient penalties of layers
/// are in `HebbNNTests`.
@Suite struct SecondOrderGoldenTests {
  let file: [String: Tensor]

  init() throws { file = try SafeTensors(path: goldenPath("second_order")).tensors() }

  private func golden(_ name: String) throws -> Tensor { try #require(file[name]) }

  @Test(arguments: ["hessian_origin", "hessian_away"]) func hessians(_ name: String) throws {
    let w = try golden("\(name)/w")
    func loss(_ w: Tensor) -> Tensor { square(1 - w[0] * w[1]) }
    let (value, slope) = valueAndGradient(at: w, of: loss)
    expectClose(value, try golden("\(name)/output"), within: 1e-6)
    expectClose(slope, try golden("\(name)/gradient"), within: 1e-6)
    expectClose(hessian(at: w, of: loss), try golden("\(name)/hessian"), within: 1e-6)
  }

  @Test func aGradientPenaltyTrains() {
    // Adding the penalty pulls the slope of a network towards 1.
    var w = Tensor.sample([1, 8], 1)
    let x = Tensor.sample([16, 8], 2)
    var penalties: [Double] = []
    for _ in 0..<60 {
      let (input, weight) = (x.source(), w.source())
      let slope = gradients(of: tanh(affine(input, weight, nil)).sum(), for: [input])[0]
      let penalty = square(sqrt(square(slope).sum(axes: [1]) + 1e-12) - 1).mean()
      let update = w - 0.2 * gradients(of: penalty, for: [weight])[0]
      Tensor.commit([update], results: [penalty])
      penalties.append(penalty.item())
      w = update
    }
    #expect(penalties[59] < 0.5 * penalties[0])
  }
}

/// The path of a file in `Tests/Goldens`.
func goldenPath(_ name: String, file: String = #filePath) -> String {
  let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
  return folder.joined(separator: "/") + "/Goldens/\(name).safetensors"
}
