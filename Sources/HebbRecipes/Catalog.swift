import HebbTraining
import HebbVision

/// What Hebb contains, for `hebb list`.
public enum Catalog {
  /// A thing with what it is.
  public struct Entry: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// What it is, in one line.
    public let summary: String

    /// A thing with what it is.
    public init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// The kinds of things that are listed.
  public enum Kind: String, Sendable, CaseIterable {
    /// Networks.
    case models
    /// Training runs with an expected result.
    case recipes
    /// Data sets.
    case datasets
    /// Parts of networks.
    case layers
    /// Systems of the textbooks, with what shows that they work.
    case systems
  }

  /// The things of a kind.
  public static func entries(_ kind: Kind) -> [Entry] {
    switch kind {
    case .models: models
    case .recipes:
      Recipe.all.map { Entry($0.name, $0.title) } + Study.all.map { Entry($0.name, $0.title) }
    case .datasets: datasets
    case .layers: layers
    case .systems: TextbookSystem.all.map { Entry($0.id, $0.title) }
    }
  }

  /// The classes, each with the command that trains it, then what `hebb run` takes.
  private static var models: [Entry] {
    let classes = [
      Entry("LinearRegression", "one output, linear in the inputs; hebb train linear-regression"),
      Entry("SoftmaxRegression", "784-10, 7,850 parameters; hebb train softmax-regression"),
      Entry("MLP", "784-256-10 with ReLU, 203,530 parameters, any sizes; hebb train mlp"),
      Entry(
        "MultiLayerNet",
        "any sizes, with batch normalization and dropout where asked for; hebb train saito-batch-norm"
      ),
      Entry("LeNet5", "two convolutions, three linear layers, 61,706 parameters; hebb train lenet"),
      Entry(
        "LeNetReLU",
        "LeNet-5 with ReLU and max pooling, 61,706 parameters; hebb train lenet-constant-rate"),
      Entry(
        "LeNetBatchNorm", "LeNet with batch normalization, 44,878 parameters; hebb train lenet-bn"),
      Entry("HopfieldNetwork", "binary units that recall stored patterns; in a Swift program"),
      Entry("BoltzmannMachine", "stochastic binary units, computed exactly; in a Swift program"),
      Entry(
        "RestrictedBoltzmannMachine",
        "visible and hidden units, contrastive divergence; in a Swift program"),
    ]
    return classes + ModelTable.all.map { Entry($0.name, "\($0.summary); hebb run \($0.name)") }
  }

  private static var datasets: [Entry] {
    (Recipe.all.map(\.data) + Study.all.compactMap(\.data)).reduce(into: []) { entries, data in
      if !entries.contains(where: { $0.name == data.name }) {
        entries.append(Entry(data.name, data.summary))
      }
    }
  }
}
