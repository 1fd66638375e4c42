import HebbCPU
import HebbCore
import HebbData
import HebbIO
import HebbNN
import HebbRecipes
import HebbTestSupport
import HebbTraining
import Testing

/// The system `overfit-tiny`: eight pictures, all recognized with a loss below 0.001, by every network
/// for pictures that there is.
@Suite struct FewExamplesTests {
  /// The files of the first eight images of MNIST where a folder has them, else of Fashion-MNIST's that
  /// are part of Hebb: no test needs files from elsewhere.
  private static let files: Result<[String: [UInt8]], any Error> = Result {
    let (pixels, labels) = try digits ?? clothes()
    let images = try IDX.encode(Tensor(pixels, shape: [8, 28, 28]))
    var files: [String: [UInt8]] = [:]
    for part in ["train", "t10k"] {
      files["\(part)-images-idx3-ubyte"] = images
      files["\(part)-labels-idx1-ubyte"] = try IDX.encode(Tensor(labels))
    }
    return files
  }

  /// Of the test images of MNIST, which are read faster than the others; nil where no folder has them.
  private static var digits: (pixels: [UInt8], labels: [UInt8])? {
    guard case .searched(let folders) = DataLocation.find(named: nil) else { return nil }
    for folder in folders {
      func read(_ rest: String) -> Tensor? { try? IDX.read("\(folder)/mnist/t10k-\(rest).gz") }
      guard let images = read("images-idx3-ubyte"), let labels = read("labels-idx1-ubyte") else {
        continue
      }
      return (images[0..<8].scalars(as: UInt8.self), labels[0..<8].scalars(as: UInt8.self))
    }
    return nil
  }

  private static func clothes() throws -> (pixels: [UInt8], labels: [UInt8]) {
    let images = try FashionMNIST.embeddedSubset().training
    return (
      images.inputs[0..<8].scalars(as: UInt8.self), images.targets.integers()[..<8].map(UInt8.init)
    )
  }

  @Test(arguments: ImageModel.all.map(\.name)) func fitsEightPictures(name: String) throws {
    let entry = try #require(ImageModel.all.first { $0.name == name })
    var options = RunOptions()
    let folder = TemporaryFolder()
    // Both data sets have the same names of files.
    for (name, bytes) in try Self.files.get() { folder.write(bytes, name) }
    options.dataFolder = folder.path
    let recipe = Recipe(
      name: "eight-pictures", title: name, model: entry.make, data: FashionMNISTData(),
      training: Hyperparameters(optimizer: .adam, rate: 0.01, batchSize: 8, epochs: 1),
      quick: QuickForm(epochs: 1), expected: [])
    let fit = try Rehearsal(recipe, options).fit(first: 8)
    #expect(fit.isFitted && fit.loss < 1e-3 && fit.accuracy == 1, "\(fit.text)")
  }

  /// No network for pictures is forgotten: those are the public final classes in Sources/HebbVision
  /// but for the one with a single output, AlexNet with its larger pictures, the residual networks with
  /// their colored ones, and what those consist of.
  @Test func everyNetworkIsInTheList() throws {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    let folder = parts.joined(separator: "/") + "/Sources/HebbVision"
    var found: [String] = []
    for name in try Folder.names(in: folder) {
      let text = try #require(SystemFile.text("\(folder)/\(name)"))
      for line in text.split(separator: "\n") where line.hasPrefix("public final class ") {
        let rest = line.dropFirst("public final class ".count)
        found.append(String(rest.prefix { $0.isLetter || $0.isNumber }))
      }
    }
    let others = [
      "LinearRegression", "AlexNet", "ResNet", "CIFARResNet", "BasicBlock", "Bottleneck",
      "CIFARBlock",
    ]
    found.removeAll { others.contains($0) }
    #expect(ImageModel.all.map(\.name).sorted() == found.sorted())
    for entry in ImageModel.all {
      let model = entry.make(1)
      let (name, outputs) = ("\(type(of: model))", model(.zeros([2, 1, 28, 28])))
      #expect(name == entry.name && outputs.shape == [2, 10])
    }
  }
}
