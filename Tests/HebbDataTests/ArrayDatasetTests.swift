import HebbCore
import HebbData
import Testing

struct ArrayDatasetTests {
  let pixels = Tensor((0..<256).map { UInt8($0) }, shape: [64, 2, 2])
  let labels = Tensor((0..<64).map { Int64($0 % 10) })

  @Test func pixelsAreDividedExactly() {
    let dataset = ArrayDataset(
      inputs: pixels, targets: labels, inputShape: [1, 2, 2], scaling: .unitInterval)
    let batch = dataset.batch(at: [63, 0, 0, 5])
    #expect(batch.inputs.type == TensorType([4, 1, 2, 2], .float32))
    let expected = [252, 253, 254, 255, 0, 1, 2, 3, 0, 1, 2, 3, 20, 21, 22, 23]
    #expect(batch.inputs.scalars(as: Float.self) == expected.map { Float($0) / 255 })
    #expect(batch.targets.type == TensorType([4], .int64))
    #expect(batch.targets.scalars(as: Int64.self) == [3, 0, 0, 5])
    #expect(batch.indices == [63, 0, 0, 5] && batch.count == 4)
  }

  @Test func pixelsAreStandardized() {
    let dataset = ArrayDataset(
      inputs: pixels, targets: labels, scaling: .standardized(mean: 0.2860, deviation: 0.3530))
    let values = dataset.batch(at: [25]).inputs.scalars(as: Float.self)
    let pixels: [Float] = [100, 101, 102, 103]
    let expected = pixels.map { (pixel: Float) -> Float in (pixel / 255 - 0.2860) / 0.3530 }
    #expect(values == expected)
  }

  @Test func othersAreCopied() {
    let dataset = ArrayDataset(
      inputs: pixels, targets: Tensor((0..<128).map { Float($0) }, shape: [64, 2]))
    let batch = dataset.batch(at: [1, 63])
    #expect(batch.inputs.type == TensorType([2, 2, 2], .uint8))
    #expect(batch.inputs.scalars(as: UInt8.self) == [4, 5, 6, 7, 252, 253, 254, 255])
    #expect(batch.targets.scalars(as: Float.self) == [2, 3, 126, 127])
  }

  @Test func emptyBatches() {
    let dataset = ArrayDataset(inputs: pixels, targets: labels, scaling: .unitInterval)
    #expect(dataset.batch(at: []).inputs.shape == [0, 2, 2])
    let empty = ArrayDataset(
      inputs: Tensor([] as [Float], shape: [3, 0]), targets: Tensor([1, 2, 3] as [Int64]))
    #expect(empty.batch(at: [2]).inputs.shape == [1, 0])
  }

  @Test func subsetsNumberAnew() {
    let dataset = ArrayDataset(inputs: pixels, targets: labels)
    let subset = Subset(dataset, indices: [9, 7, 5])
    #expect(subset.count == 3)
    let batch = subset.batch(at: [2, 0])
    #expect(batch.targets.scalars(as: Int64.self) == [5, 9])
    #expect(batch.indices == [2, 0])
    #expect(dataset.prefix(2).baseIndices == [0, 1] && dataset.prefix(1_000).count == 64)
  }
}
