import HebbCore
import HebbGenerative
import HebbIO
import HebbPlot
import HebbTraining

extension TrainedModel {
  /// Whether the model makes pictures.
  public var makesPictures: Bool { model is VAE }

  /// A picture that the model makes, written into the folder `predictions` of the run.
  ///
  /// - Parameter text: A picture or `test:17` to be made again, or `sample:17` for one that is drawn from
  ///   that seed.
  /// - Returns: The path of the PNG file.
  /// - Throws: `DataError` if the input cannot be understood or read, or the file not be written.
  public func makePicture(_ text: String) throws -> String {
    guard let model = model as? VAE else {
      throw DataError("expected a run of a model that makes pictures, found one of \(recipe.name)")
    }
    let logits: Tensor
    if text.hasPrefix("sample:") {
      guard let seed = UInt64(text.dropFirst("sample:".count)) else {
        throw DataError("expected sample: with a whole number, found \(quoted(text))")
      }
      let random = PhiloxGenerator(seed: seed).mixing("samples")
      logits = withoutGradients { model.decode(.normal([1, model.latent], using: random)) }
    } else {
      let example = try recipe.data.example(text, from: data)
      // μ itself, so that the picture is the same each time.
      logits = withoutGradients { model.decode(model.encode(example.input).mean) }
    }
    let side = Int(Double(logits.count).squareRoot())
    let image = PixelImage(planes: sigmoid(logits).floats(), width: side, height: side)
    let name = text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    let path = "\(runFolder)/predictions"
    try Folder.create(path)
    let file = "\(path)/\(String(name.suffix(60))).png"
    try AtomicFile.write(image.png(), to: file)
    return file
  }
}
