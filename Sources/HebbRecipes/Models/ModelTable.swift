import HebbCore
import HebbIO
import HebbNN
import HebbVision

/// A model that `hebb run` can run by its name.
public struct NamedModel: Sendable {
  /// Its name: torchvision's or Hugging Face's where they have it.
  public let name: String
  /// What it reads and writes, in one line.
  public let summary: String
  /// Makes the model as large as the weights, loads them, and computes the outputs.
  public let run: @Sendable (ModelCall) throws -> ModelResult

  /// A model.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - summary: What it reads and writes.
  ///   - run: Makes the model, loads the weights, checks every input, computes the outputs.
  public init(
    _ name: String, _ summary: String, run: @escaping @Sendable (ModelCall) throws -> ModelResult
  ) {
    self.name = name
    self.summary = summary
    self.run = run
  }

  /// A model with one array `input` and one array `output`.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - summary: What it reads and writes.
  ///   - make: The model, as large as the weights, and the input, checked.
  /// - Returns: The model under its name.
  public static func layer(
    _ name: String, _ summary: String,
    make: @escaping @Sendable (ModelCall) throws -> (layer: any Layer, input: Tensor)
  ) -> NamedModel {
    NamedModel(name, summary) { call in
      try call.expectInputs("input")
      let (layer, input) = try make(call)
      let report = try call.load(into: layer)
      return ModelResult(["output": layer(input)], report: report)
    }
  }
}

/// The models that `hebb run` knows. A family of models adds its rows in a file of its own.
public enum ModelTable {
  /// All models in the order of the list.
  public static var all: [NamedModel] { classic + residual + recurrent + text + recurrentText }

  /// The model of a name.
  ///
  /// - Throws: `DataError` with the names there are.
  public static func model(named name: String) throws(DataError) -> NamedModel {
    guard let model = all.first(where: { $0.name == name }) else {
      throw DataError(
        "expected one of the models \(all.map(\.name).joined(separator: ", ")), found \"\(name)\"; "
          + "check the name")
    }
    return model
  }
}
