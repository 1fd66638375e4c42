import HebbCore
import HebbTestSupport
import Testing

/// A function of tensors with its case in a golden file.
struct SpatialGolden: Sendable, CustomStringConvertible {
  let file: String
  let name: String
  /// The names of the inputs, in the order in which the function takes them.
  let inputs: [String]
  let function: @Sendable ([Tensor]) -> Tensor

  init(
    _ name: String, in file: String = "spatial", _ inputs: [String] = ["input"],
    _ function: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    (self.file, self.name, self.inputs, self.function) = (file, name, inputs, function)
  }

  /// A convolution of input, weight and bias.
  static func convolution(
    _ name: String, _ function: @escaping @Sendable ([Tensor]) -> Tensor
  ) -> SpatialGolden {
    SpatialGolden(name, in: "spatial_convolutions", ["input", "weight", "bias"], function)
  }

  var description: String { name }

  /// Compares output and gradients with PyTorch's.
  func check(_ precision: Precision, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let golden = try Golden(file, name)
    let sources = inputs.map { golden[$0].cast(to: precision.dtype).source() }
    let y = function(sources)
    expectClose(
      y, golden["output"], within: precision.tolerance, "\(name) output",
      sourceLocation: sourceLocation)
    let slopes = gradients(
      of: y, for: sources, cotangent: golden["cotangent"].cast(to: precision.dtype))
    for (input, slope) in zip(inputs, slopes) {
      expectClose(
        slope, golden["grad_\(input)"], within: precision.tolerance, "\(name) \(input)",
        sourceLocation: sourceLocation)
    }
  }
}
