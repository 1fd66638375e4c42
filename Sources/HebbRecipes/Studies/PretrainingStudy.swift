import HebbCore
import HebbData
import HebbNN
import HebbOptim
import HebbPlot
import HebbTraining
import HebbVision

extension Study {
  /// Weights of an autoencoder as the beginning of a classifier with few labels.
  ///
  /// - SeeAlso: Hinton & Salakhutdinov 2006; Vincent et al. 2010, whose autoencoders remove noise.
  static var pretraining: Study {
    let source = "pre-trained weights give lower errors where labels are few (Hinton 2006)"
    return Study(
      name: "pretraining", title: "An autoencoder's weights as a beginning, 1,000 labels",
      question: "Do weights that an autoencoder learned from 60,000 images without labels help a "
        + "classifier that has 1,000 labels?",
      data: MNISTData(),
      expected: [
        .atMost(0.11, "error_pretrained", source: source),
        .atLeast(0.005, "error_random_minus_pretrained", source: source),
      ]
    ) { notebook in
      let images = try notebook.training()
      let labeled = AnyDataset(images, first: 1000)
      let test = try ClassifiedExamples(notebook.test())
      var errors: [String: Double] = [:]
      for name in ["random", "pretrained"] {
        var found: [Double] = []
        for run in 0..<(notebook.isQuick ? 1 : 3) {
          let seed = notebook.seed &+ UInt64(run)
          let model = MultiLayerNet(sizes: [784, 400, 200, 10], start: .he, seed: seed)
          if name == "pretrained" { try pretrain(model, images, seed, notebook) }
          var random = PhiloxGenerator(seed: seed, stream: 1)
          try notebook.train(
            model, SGD(model, rate: 0.05, momentum: 0.9), on: labeled,
            steps: notebook.isQuick ? 20 : 600, using: &random)
          found.append(1 - test.accuracy(of: model))
        }
        errors[name] = found.mean
        notebook.record("error_\(name)", found.mean)
        notebook.say("\(name) beginning: test error \(NumberFormat.percent(found.mean))")
      }
      notebook.record(
        "error_random_minus_pretrained", (errors["random"] ?? 0) - (errors["pretrained"] ?? 0))
    }
  }

  /// Trains the hidden layers of a network as the encoder of a denoising autoencoder, 784-400-200 and
  /// back, with 30 % of the pixels set to 0.
  private static func pretrain(
    _ model: MultiLayerNet, _ images: AnyDataset, _ seed: UInt64, _ notebook: StudyNotebook
  ) throws {
    var random = PhiloxGenerator(seed: seed, stream: 2)
    let noise = Dropout(0.3, scaling: .inUse, using: &random)
    let network = Sequential {
      model.layers[0]
      ReLU()
      model.layers[1]
      ReLU()
      Linear(inputs: 200, outputs: 400, using: &random)
      ReLU()
      Linear(inputs: 400, outputs: 784, using: &random)
    }
    let optimizer = Adam(network, rate: 0.001)
    for step in 0..<(notebook.isQuick ? 20 : 3000) {
      if step % 50 == 0 { try notebook.checkStop() }
      let indices = (0..<128).map { _ in random.nextInteger(below: images.count) }
      let x = try images.batch(at: indices).inputs.flattened(from: 1)
      let loss = binaryCrossEntropy(logits: network(noise(x)), targets: x)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    }
  }
}
