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
    let others = [
      Entry(
        "AlexNet",
        "five convolutions, 46,764,746 parameters, timed layer by layer; hebb train products"),
      Entry(
        "ResNet",
        "residual networks of 18 to 152 layers, weights as torchvision's; hebb run resnet50"),
      Entry(
        "CIFARResNet",
        "residual networks of 6n + 2 layers for small pictures; hebb train resnet20-cifar10"),
      Entry(
        "GPT2LanguageModel",
        "a Transformer that guesses the next token, any sizes; hebb train nanogpt-shakespeare"),
      Entry(
        "BERT", "a Transformer that reads in both directions, with four heads; hebb run bert"),
      Entry(
        "RecurrentLanguageModel",
        "LSTM, GRU or RNN that guess the next token; hebb train lstm-timemachine"),
      Entry("VAE", "a variational autoencoder; hebb train vae-mnist"),
      Entry("HopfieldNetwork", "binary units that recall stored patterns; in a Swift program"),
      Entry("BoltzmannMachine", "stochastic binary units, computed exactly; in a Swift program"),
      Entry(
        "RestrictedBoltzmannMachine",
        "visible and hidden units, contrastive divergence; in a Swift program"),
    ]
    return [Entry("LinearRegression", "linear in the inputs; hebb train linear-regression")]
      + ImageModel.all.map { Entry($0.name, $0.summary) } + others
      + ModelTable.all.map { Entry($0.name, "\($0.summary); hebb run \($0.name)") }
  }

  private static var datasets: [Entry] {
    (Recipe.all.map(\.data) + Study.all.compactMap(\.data)).reduce(into: []) { entries, data in
      if !entries.contains(where: { $0.name == data.name }) {
        entries.append(Entry(data.name, data.summary))
      }
    }
  }
}
