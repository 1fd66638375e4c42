import HebbCore
import HebbIO
import HebbNN
import HebbTestSupport
import Testing

/// One case of a file in `Tests/Goldens`, computed by PyTorch (see Tools/golden).
struct Golden {
  let file: [String: Tensor]
  let name: String

  /// The case `name` of `<file>.safetensors`.
  init(_ file: String, _ name: String) throws {
    self.file = try SafeTensors(path: Self.folder + "/\(file).safetensors").tensors()
    self.name = name
  }

  static let folder: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/") + "/Goldens"
  }()

  /// The tensor `<case>/<key>`.
  subscript(key: String) -> Tensor {
    guard let tensor = file["\(name)/\(key)"] else {
      Issue.record("the golden \(name)/\(key) does not exist")
      return Tensor(0)
    }
    return tensor
  }

  func has(_ key: String) -> Bool { file["\(name)/\(key)"] != nil }

  /// What stands under `<case>/<prefix>`, without it.
  func all(under prefix: String) -> [String: Tensor] {
    let whole = "\(name)/\(prefix)"
    var result: [String: Tensor] = [:]
    for (key, tensor) in file where key.hasPrefix(whole) {
      result[String(key.dropFirst(whole.count))] = tensor
    }
    return result
  }
}

/// A precision in which a case is computed, with the error that is fair there, relative to the
/// largest magnitude in a tensor.
struct Precision: Sendable, CustomStringConvertible {
  let dtype: DType
  let tolerance: Double

  /// A few times the error of PyTorch's own single precision, which the goldens note.
  static let single = Precision(dtype: .float32, tolerance: 2e-6)
  /// The goldens are rounded to single precision: half a unit in the last place.
  static let double = Precision(dtype: .float64, tolerance: 6e-8)
  static let both = [single, double]

  var description: String { dtype.description }
}

/// Loads a layer's parameters and buffers from a case and compares the output with the golden's, and
/// so the gradients of parameters and input, and buffers after the call.
func expectGolden(
  _ golden: Golden, _ layer: some Layer, _ precision: Precision,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let names = layer.state().map(\.name).filter(golden.has)
  try layer.load(
    Dictionary(uniqueKeysWithValues: names.map { ($0, golden[$0]) }), strict: false)
  layer.cast(to: precision.dtype)
  for (name, _) in layer.namedParameters() { #expect(golden.has(name), "\(name) is not there") }
  let x = golden["input"].cast(to: precision.dtype).source()
  let y = layer(x)
  expectClose(
    y, golden["output"], within: precision.tolerance, "\(golden.name) output",
    sourceLocation: sourceLocation)
  let loss = (y * golden["cotangent"].cast(to: precision.dtype)).sum()
  let slopes = gradients(of: loss, for: layer)
  for (name, slope) in slopes.named {
    expectClose(
      slope, golden["grad_\(name)"], within: precision.tolerance, "\(golden.name) \(name)",
      sourceLocation: sourceLocation)
  }
  expectClose(
    gradients(of: loss, for: [x])[0], golden["grad_input"], within: precision.tolerance,
    "\(golden.name) input", sourceLocation: sourceLocation)
  for (name, box) in layer.namedBuffers() where golden.has("\(name)_after") {
    expectClose(
      try #require(box.tensor), golden["\(name)_after"], within: precision.tolerance,
      "\(golden.name) \(name)", sourceLocation: sourceLocation)
  }
}

/// Loads a module's parameters and buffers from a case and compares everything that a call gives, the
/// gradients of parameters and inputs, and buffers after the call.
///
/// `inputs` are the names of the call's inputs, whose gradients are compared where the golden has
/// them, `outputs` those of its results.
func expectGolden(
  _ golden: Golden, _ module: some Module, _ precision: Precision, inputs names: [String],
  outputs: [String] = ["output"], tolerance: Double? = nil,
  sourceLocation: SourceLocation = #_sourceLocation, _ call: ([Tensor]) -> [Tensor]
) throws {
  let tolerance = tolerance ?? precision.tolerance
  let state = module.state().map(\.name).filter(golden.has)
  try module.load(
    Dictionary(uniqueKeysWithValues: state.map { ($0, golden[$0]) }), strict: false)
  module.cast(to: precision.dtype)
  for (name, _) in module.namedParameters() {
    #expect(golden.has(name), "\(name) is not there", sourceLocation: sourceLocation)
  }
  let inputs = names.map { name -> Tensor in
    let tensor = golden[name]
    return tensor.dtype.isFloatingPoint ? tensor.cast(to: precision.dtype).source() : tensor
  }
  let results = call(inputs)
  #expect(results.count == outputs.count)
  var loss = Tensor(0, dtype: precision.dtype)
  for (name, result) in zip(outputs, results) {
    expectClose(
      result, golden[name], within: tolerance, "\(golden.name) \(name)",
      sourceLocation: sourceLocation)
    loss = loss + (result * golden["cotangent_\(name)"].cast(to: precision.dtype)).sum()
  }
  for (name, slope) in gradients(of: loss, for: module).named {
    expectClose(
      slope, golden["grad_\(name)"], within: tolerance, "\(golden.name) slope of \(name)",
      sourceLocation: sourceLocation)
  }
  for (name, input) in zip(names, inputs) where golden.has("grad_\(name)") {
    expectClose(
      gradients(of: loss, for: [input])[0], golden["grad_\(name)"], within: tolerance,
      "\(golden.name) slope of \(name)", sourceLocation: sourceLocation)
  }
  for (name, box) in module.namedBuffers() where golden.has("\(name)_after") {
    expectClose(
      try #require(box.tensor), golden["\(name)_after"], within: tolerance,
      "\(golden.name) \(name) after", sourceLocation: sourceLocation)
  }
}
