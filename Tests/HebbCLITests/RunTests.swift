import HebbCore
import HebbIO
import HebbTestSupport
import Testing

/// `hebb run`, from files to files, against PyTorch.
@Suite(.enabled(if: Tool.path != nil, Tool.absence), .serialized) struct RunTests {
  let folder = TemporaryFolder()

  private func golden(_ name: String) throws -> [String: Tensor] {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return try SafeTensors(
      path: parts.dropLast(2).joined(separator: "/") + "/Goldens/\(name).safetensors"
    ).tensors()
  }

  private func part(_ golden: [String: Tensor], _ prefix: String) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (name, tensor) in golden where name.hasPrefix(prefix) {
      result[String(name.dropFirst(prefix.count))] = tensor
    }
    return result
  }

  private func expectClose(_ a: Tensor?, _ b: Tensor?, _ name: String) throws {
    let (a, b) = (try #require(a), try #require(b))
    #expect(a.shape == b.shape, "\(name)")
    let largest = b.doubles().map(abs).max() ?? 0
    for (x, y) in zip(a.doubles(), b.doubles()) {
      #expect(abs(x - y) <= 1e-5 * max(largest, 1), "\(name)")
    }
  }

  /// Runs a model with these files.
  private func run(
    _ model: String, weights: [String: Tensor], inputs: [String: Tensor], _ options: [String] = []
  ) throws -> (result: Tool.Result, outputs: [String: Tensor]) {
    try SafeTensors.write(weights, to: folder.file("w.safetensors"))
    try NPZ.write(inputs, to: folder.file("in.npz"))
    let result = try Tool.run(
      [
        "run", model, "--weights", "w.safetensors", "--input", "in.npz", "--output", "out.npz",
        "--threads", "1",
      ] + options, in: folder)
    return (result, result.status == 0 ? try NPZ.read(folder.file("out.npz")) : [:])
  }

  @Test func leNetAgreesWithPyTorch() throws {
    let golden = try golden("lenet")
    let weights = part(golden, "lenet/state/")
    let images = try #require(golden["lenet/input"])
    let (result, outputs) = try run("lenet", weights: weights, inputs: ["input": images])
    #expect(result.output == "output  float32[4, 10]\n", "\(result.errors)")
    try expectClose(outputs["output"], golden["lenet/logits"], "lenet")
    // As DataParallel saves it, in double precision.
    let wrapped = Dictionary(
      uniqueKeysWithValues: weights.map { ("module." + $0.key, $0.value.cast(to: .float64)) })
    let again = try run("lenet", weights: wrapped, inputs: ["input": images.cast(to: .float64)])
    #expect(again.outputs["output"]?.floats() == outputs["output"]?.floats())
  }

  /// `Tools/golden/checkpoints.py`: two layers in both directions, batches first, without biases.
  @Test(arguments: [
    ("rnn", "{\"nonlinearity\": \"relu\"}"), ("lstm", "{}"), ("gru", "{\"batch_first\": true}"),
  ])
  func recurrentLayersAgreeWithPyTorch(model: String, settings: String) throws {
    let golden = try golden("checkpoints/recurrent")
    folder.write(Array(settings.utf8), "c.json")
    let weights = part(golden, "\(model)/state/")
    let inputs = part(golden, "\(model)/in/")
    let (result, outputs) = try run(
      model, weights: weights, inputs: inputs, ["--config", "c.json"])
    #expect(result.status == 0, "\(result.errors)")
    let expected = part(golden, "\(model)/out/")
    #expect(outputs.keys.sorted() == expected.keys.sorted())
    for (name, tensor) in expected { try expectClose(outputs[name], tensor, "\(model) \(name)") }
    // A state of another size, and a weight that does not fit, are sentences.
    var wrong = inputs
    wrong["h0"] = .zeros([1, 1, 1])
    let refused = try run(model, weights: weights, inputs: wrong, ["--config", "c.json"]).result
    #expect(refused.status == 1 && refused.sentence?.contains("as \"h0\"") == true)
    var damaged = weights
    damaged["weight_hh_l0"] = .zeros([1, 2])
    let unfit = try run(model, weights: damaged, inputs: inputs, ["--config", "c.json"]).result
    #expect(unfit.status == 1 && unfit.sentence != nil, "\(unfit.errors)")
  }

  @Test func linearModelsAndPerceptrons() throws {
    let weight = Tensor([1, 2, 3, -4, 5, 6] as [Float], shape: [2, 3])
    let bias = Tensor([0.5, -0.5] as [Float])
    let x = Tensor([1, 0, 2, 0, 1, 0] as [Float], shape: [2, 3])
    let softmax = try run(
      "softmax-regression", weights: ["linear.weight": weight, "linear.bias": bias],
      inputs: ["input": x])
    #expect(softmax.outputs["output"]?.floats() == [7.5, 7.5, 2.5, 4.5])
    let perceptron = try run(
      "mlp",
      weights: [
        "layers.0.weight": weight, "layers.0.bias": bias,
        "layers.1.weight": Tensor([1, 1] as [Float], shape: [1, 2]),
        "layers.1.bias": Tensor([-20] as [Float]),
      ], inputs: ["input": x])
    #expect(perceptron.outputs["output"]?.floats() == [-5, -13])
    let linear = try run(
      "linear-regression",
      weights: [
        "linear.weight": Tensor([1, 2, 3] as [Float], shape: [1, 3]),
        "linear.bias": Tensor([1] as [Float]),
      ], inputs: ["input": x])
    #expect(linear.outputs["output"]?.floats() == [8, 3])
  }

  @Test func allWrongNamesAreListedAtOnce() throws {
    let weight = Tensor([1, 2] as [Float], shape: [1, 2])
    let input = ["input": Tensor([1, 2] as [Float], shape: [1, 2])]
    let strict = try run(
      "linear-regression", weights: ["linear.weight": weight, "head": weight], inputs: input)
    #expect(
      strict.result.errors
        == "hebb: the saved state does not fit to the model: missing are linear.bias; not used are "
        + "head\n")
    let loose = try run(
      "linear-regression", weights: ["linear.weight": weight, "head": weight], inputs: input,
      ["--no-strict"])
    #expect(loose.result.status == 0 && loose.outputs["output"]?.floats() == [5])
    #expect(loose.result.sentence?.contains("missing are linear.bias; not used are head") == true)
  }

  @Test func errorsAreSentences() throws {
    let weights = ["linear.weight": Tensor([1, 2] as [Float], shape: [1, 2])]
    let good = Tensor([1, 2] as [Float], shape: [1, 2])
    for (model, inputs, part) in [
      ("linear", ["input": good], "expected one of the models linear-regression"),
      ("linear-regression", ["x": good], "found also \"x\""),
      ("linear-regression", [:], "expected an array \"input\""),
      ("linear-regression", ["input": good, "h0": good], "found also \"h0\""),
      (
        "linear-regression", ["input": Tensor([1, 2] as [Float])],
        "expected real numbers of shape [batch, 2] as \"input\", found float32[2]"
      ),
      (
        "linear-regression", ["input": Tensor([1, 2] as [Int64], shape: [1, 2])],
        "found int64[1, 2]"
      ),
      ("lenet", ["input": good], "expected a weight \"fc3.weight\""),
    ] as [(String, [String: Tensor], String)] {
      let (result, _) = try run(model, weights: weights, inputs: inputs)
      #expect(result.status == 1 && !result.wasKilled, "\(model): \(result.errors)")
      #expect(result.sentence?.contains(part) == true, "\(model): \(result.errors)")
    }
  }
}
