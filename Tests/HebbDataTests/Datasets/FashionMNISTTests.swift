import Foundation
import HebbCore
import HebbData
import HebbIO
import HebbTestSupport
import Testing

struct FashionMNISTTests {
  let folder = TemporaryFolder()

  /// Writes four files of 3 and 2 images; a change replaces or removes one of them.
  private func writeFiles(
    in path: String, isCompressed: Bool = false, _ changes: [String: Tensor] = [:],
    without removed: String? = nil
  ) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    var files: [String: Tensor] = [:]
    for (part, count) in [("train", 3), ("t10k", 2)] {
      let pixels = (0..<count * 784).map { UInt8(truncatingIfNeeded: $0 + count) }
      files["\(part)-images-idx3-ubyte"] = Tensor(pixels, shape: [count, 28, 28])
      files["\(part)-labels-idx1-ubyte"] = Tensor((0..<count).map { UInt8($0 + 7) })
    }
    for (name, tensor) in changes { files[name] = tensor }
    if let removed { files[removed] = nil }
    for (name, tensor) in files {
      let bytes = try IDX.encode(tensor)
      try AtomicFile.write(
        isCompressed ? Gzip.compress(bytes) : bytes,
        to: "\(path)/\(name)\(isCompressed ? ".gz" : "")")
    }
  }

  private func expectSmallFiles(_ data: FashionMNIST) {
    #expect(data.training.count == 3 && data.test.count == 2)
    let batch = data.training.batch(at: [2])
    #expect(batch.inputs.type == TensorType([1, 1, 28, 28], .float32))
    #expect(batch.inputs.scalars(as: Float.self)[0] == Float((2 * 784 + 3) % 256) / 255)
    #expect(batch.targets.scalars(as: Int64.self) == [9])
  }

  @Test func readsPlainAndCompressedFiles() throws {
    try writeFiles(in: folder.path + "/plain")
    expectSmallFiles(try FashionMNIST(folder: folder.path + "/plain"))
    try writeFiles(in: folder.path + "/fashion-mnist", isCompressed: true)
    let found = try FashionMNIST(folder: folder.path)
    expectSmallFiles(found)
    #expect(found.origin == .folder(folder.path + "/fashion-mnist"))
  }

  @Test func saysWhatIsMissing() throws {
    expectError(
      "\(folder.path): expected the files of Fashion-MNIST (train-images-idx3-ubyte.gz and three "
        + "more) there or in its folder fashion-mnist, found none; download them from "
        + "https://github.com/zalandoresearch/fashion-mnist or name no folder to use a subset"
    ) { _ = try FashionMNIST(folder: folder.path) }
    try writeFiles(in: folder.path, without: "t10k-labels-idx1-ubyte")
    expectError(
      "\(folder.path): expected the file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz, "
        + "found neither; download the missing file"
    ) { _ = try FashionMNIST(folder: folder.path) }
  }

  @Test func filesMustBelongTogether() throws {
    let path = folder.path
    let labels = "\(path)/train-labels-idx1-ubyte"
    try writeFiles(in: path, ["train-labels-idx1-ubyte": Tensor([1, 2] as [UInt8])])
    expectError(
      "\(labels): expected 3 uint8 labels, one for each image, found uint8[2]; check that the two "
        + "files belong together"
    ) { _ = try FashionMNIST(folder: path) }
    try writeFiles(in: path, ["train-labels-idx1-ubyte": Tensor([1, 10, 2] as [UInt8])])
    expectError(
      "\(labels): expected labels below 10, found 10 at position 1; check that this is the right "
        + "file"
    ) { _ = try FashionMNIST(folder: path) }
    let images = "\(path)/t10k-images-idx3-ubyte"
    try writeFiles(
      in: path,
      ["t10k-images-idx3-ubyte": Tensor([UInt8](repeating: 0, count: 40), shape: [2, 4, 5])])
    expectError(
      "\(images): expected uint8 images of 28 times 28 pixels, found uint8[2, 4, 5]; check that "
        + "this is the right file"
    ) { _ = try FashionMNIST(folder: path) }
    try writeFiles(
      in: path, ["t10k-images-idx3-ubyte": Tensor([] as [UInt8], shape: [0, 28, 28])])
    #expect(throws: DataError.self) { try FashionMNIST(folder: path) }
  }

  @Test func damagedFilesAreErrors() throws {
    try writeFiles(in: folder.path, isCompressed: true)
    let images = "\(folder.path)/train-images-idx3-ubyte.gz"
    let bytes = try FileReading.bytes(of: images)
    try AtomicFile.write(Array(bytes.dropLast(10)), to: images)
    expectError(
      "\(images): the compressed data are cut off; the file is incomplete, get it again"
    ) { _ = try FashionMNIST(folder: folder.path) }
  }

  @Test func subsetIsBalanced() throws {
    let subset = try FashionMNIST.embeddedSubset()
    #expect(subset.origin == .embeddedSubset)
    for (part, count) in [(subset.training, 7_000), (subset.test, 2_000)] {
      #expect(part.inputs.type == TensorType([count, 28, 28], .uint8))
      var counts = [Int](repeating: 0, count: 10)
      for label in part.targets.scalars(as: Int64.self) { counts[Int(label)] += 1 }
      #expect(counts == [Int](repeating: count / 10, count: 10))
    }
    // The mean of all training pixels of Fashion-MNIST is 0.2860 (in 0...1); this is a sample of
    // it.
    let pixels = subset.training.inputs.scalars(as: UInt8.self)
    let mean = Double(pixels.reduce(0) { $0 + Int($1) }) / Double(pixels.count) / 255
    #expect(abs(mean - 0.2860) < 0.005)
  }

  /// The system `pixel-scale`: pixels lie in 0...1, or have mean 0 and deviation 1.
  @Test func pixelsHaveACommonRange() throws {
    let subset = try FashionMNIST.embeddedSubset().training
    let images = subset.batch(at: Array(0..<2_000)).inputs
    #expect(images.min().item() == 0 && images.max().item() == 1)
    #expect(abs(images.mean().item() - 0.2860) < 0.01)
    // Every picture uses the range, dark and bright ones alike.
    #expect(images.max(axes: [1, 2, 3]).min().item() > 0.3)

    let standardized = ArrayDataset(
      inputs: subset.inputs, targets: subset.targets, inputShape: [1, 28, 28],
      scaling: .standardized(mean: 0.2860, deviation: 0.3530))
    let values = standardized.batch(at: Array(0..<2_000)).inputs
    #expect(abs(values.mean().item()) < 0.03)
    #expect(abs(values.variance().item().squareRoot() - 1) < 0.03)
    // Measured instead of known: exact.
    let sample = subset.subset(Array(0..<500))
    let measured = sample.standardized(by: FeatureScaling(of: sample)).batch(at: Array(0..<500))
    #expect(abs(measured.inputs.mean().item()) < 1e-4)
    #expect(abs(measured.inputs.variance(correction: 0).item() - 1) < 1e-3)
  }

  @Test func subsetIsMixed() throws {
    // Training without shuffling would fail on sorted classes.
    let labels = try FashionMNIST.embeddedSubset().training.targets.scalars(as: Int64.self)
    for start in stride(from: 0, to: 7_000, by: 500) {
      #expect(Set(labels[start..<start + 500]).count == 10)
    }
  }

  @Test func classesHaveNames() {
    #expect(FashionMNIST.classNames.count == 10)
    #expect(FashionMNIST.classNames[9] == "Ankle boot")
  }
}
