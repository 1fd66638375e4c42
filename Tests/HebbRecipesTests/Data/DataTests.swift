import HebbCPU
import HebbCore
import HebbIO
import HebbRecipes
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct DataTests {
  @Test func theEmbeddedSubsetIsTakenWhereNothingElseIs() throws {
    let data = try FashionMNISTData().load(from: .searched([]), seed: 0)
    #expect(data.examples.training.count == 7_000 && data.examples.test?.count == 2_000)
    #expect(!data.isComplete && data.origin.contains("part of Hebb"))
    // A folder without the files is passed over.
    let empty = TemporaryFolder()
    let same = try FashionMNISTData().load(from: .searched([empty.path]), seed: 0)
    #expect(same.origin == data.origin)
  }

  @Test func foldersAreFoundOrRefused() throws {
    let folder = TemporaryFolder()
    try TinyFashion.write(to: folder)
    for location in [DataLocation.named(folder.path), .searched(["/nowhere", folder.path])] {
      let data = try FashionMNISTData().load(from: location, seed: 0)
      #expect(data.examples.training.count == 160 && data.origin.contains(folder.path))
      let batch = try data.examples.training.batch(at: [3, 5])
      #expect(batch.inputs.shape == [2, 1, 28, 28] && batch.targets.integers() == [1, 5])
    }
    #expect(DataLocation.find(named: "x") == .named("x"))
    folder.write([0, 0, 8], "t10k-labels-idx1-ubyte")
    // A folder that has damaged files is not passed over silently.
    expectSentence("t10k-labels-idx1-ubyte") {
      _ = try FashionMNISTData().load(from: .searched([folder.path]), seed: 0)
    }
  }

  @Test func syntheticDataHaveAnotherTest() throws {
    let data = try SyntheticLinearData().load(from: .searched([]), seed: 3)
    let again = try SyntheticLinearData().load(from: .searched([]), seed: 3)
    let first = try data.examples.training.batch(at: [0, 1])
    #expect(
      first.inputs.floats() == (try again.examples.training.batch(at: [0, 1])).inputs.floats())
    let test = try #require(data.examples.test).batch(at: [0, 1])
    #expect(first.inputs.floats() != test.inputs.floats())
    // y = 2 x₁ - 3.4 x₂ + 4.2, up to noise of .01.
    let x = test.inputs.doubles()
    let y = test.targets.doubles()
    #expect(abs(2 * x[0] - 3.4 * x[1] + 4.2 - y[0]) < 0.05)
  }

  @Test func picturesAreScaledToFit() throws {
    let folder = TemporaryFolder()
    func predictInput(_ picture: Tensor) throws -> [Float] {
      try PNG.write(picture, to: folder.file("picture.png"))
      let example = try FashionMNISTData().example(folder.file("picture.png")) {
        try FashionMNISTData().load(from: .searched([]), seed: 0)
      }
      #expect(example.input.shape == [1, 1, 28, 28] && example.truth == nil)
      return example.input.floats()
    }
    // Of the right size: as it is.
    let same = (0..<784).map { UInt8($0 % 256) }
    #expect(try predictInput(Tensor(same, shape: [28, 28])) == same.map { Float($0) / 255 })
    // Twice as large: the mean of four pixels.
    let pattern = (0..<56 * 56).map { UInt8($0 % 2 == 0 ? 100 : 200) }
    for value in try predictInput(Tensor(pattern, shape: [56, 56])) {
      #expect(abs(value - 150.0 / 255) < 1e-6)
    }
    // Twice as wide as high: black above and below, the whole brightness between.
    let wide = [UInt8](repeating: 255, count: 14 * 28)
    let fitted = try predictInput(Tensor(wide, shape: [14, 28]))
    #expect(fitted[6 * 28 + 5] == 0 && fitted[21 * 28 + 5] == 0)
    #expect(abs(fitted[7 * 28 + 5] - 1) < 1e-6 && abs(fitted[20 * 28 + 27] - 1) < 1e-6)
    // A single pixel fills the square; odd sizes keep the mean.
    #expect(try predictInput(Tensor([255] as [UInt8], shape: [1, 1])).allSatisfy { $0 > 0.999 })
    let odd = try predictInput(Tensor([UInt8](repeating: 51, count: 61 * 61), shape: [61, 61]))
    #expect(odd.allSatisfy { abs($0 - 0.2) < 1e-5 })
    expectSentence("picture.png") {
      folder.write([1, 2, 3], "picture.png")
      _ = try FashionMNISTData().example(folder.file("picture.png")) {
        try FashionMNISTData().load(from: .searched([]), seed: 0)
      }
    }
  }
}
