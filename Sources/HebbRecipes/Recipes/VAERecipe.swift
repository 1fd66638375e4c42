import HebbCore
import HebbGenerative
import HebbPlot
import HebbTraining

extension Recipe {
  /// A variational autoencoder of handwritten digits.
  ///
  /// - SeeAlso: PyTorch's example `vae`; Kingma & Welling 2014.
  public static var vae: Recipe {
    let latent = 20
    var recipe = Recipe(
      name: "vae-mnist", title: "A variational autoencoder on MNIST",
      model: { VAE(latent: latent, seed: $0) }, data: MNISTPicturesData(latent: latent),
      training: Hyperparameters(optimizer: .adam, rate: 1e-3, batchSize: 128, epochs: 10),
      quick: QuickForm(epochs: 2),
      expected: [
        .within(
          104.6...106.6, "test_loss",
          source: "PyTorch's example vae, 10 epochs: published logs end at 105.6")
      ])
    recipe.sections = { model, data in
      guard let model = model as? VAE, let test = data.examples.test else { return [] }
      let first = try test.batch(at: Array(0..<min(10, test.count)))
      return withoutGradients {
        // μ itself, not a point drawn around it: the pictures are the same at each call.
        let repeated = sigmoid(model.decode(model.encode(first.inputs).mean))
        let drawn = Tensor.normal([40, latent], using: PhiloxGenerator(seed: 0).mixing("samples"))
        let samples = sigmoid(model.decode(drawn))
        return [
          HTMLReport.Section(
            "Pictures",
            lead: "The first pictures of the test set, what the model makes of them, and what it "
              + "makes of points drawn from N(0, 1).",
            blocks: [
              .images(grid("Originals", first.targets)), .images(grid("Reconstructions", repeated)),
              .images(grid("Samples", samples)),
            ])
        ]
      }
    }
    return recipe
  }

  private static func grid(_ title: String, _ pictures: Tensor) -> ImageGrid {
    let items = (0..<pictures.shape[0]).map { row in
      ImageGrid.Item(image: PixelImage(planes: pictures[row].floats(), width: 28, height: 28))
    }
    var grid = ImageGrid(title: title, items: items)
    grid.imageWidth = 56
    return grid
  }
}
