import HebbCore
import HebbData
import HebbIO
import HebbTestSupport
import Testing

struct ArrayFilesTests {
  let folder = TemporaryFolder()
  let pixels = Tensor([0, 255, 51, 102] as [UInt8], shape: [2, 2])
  let labels = Tensor([3, 4] as [Int64])

  @Test func archivesAndPairsOfFiles() throws {
    try NPZ.write(["x": pixels, "y": labels], to: folder.file("d.npz"))
    let data = try ArrayDataset(arraysIn: folder.file("d.npz"), scaling: .unitInterval)
    #expect(data.batch(at: [1]).inputs.floats() == [0.2, 0.4])
    try NPY.write(pixels, to: folder.file("x.npy"))
    try NPY.write(labels, to: folder.file("y.npy"))
    let pair = try ArrayDataset(
      inputsFile: folder.file("x.npy"), targetsFile: folder.file("y.npy"))
    #expect(pair.batch(at: [1, 0]).targets.integers() == [4, 3])
  }

  /// NumPy makes float64 without being asked; models have float32.
  @Test func numbersOf64BitsEnterAsFloat32() throws {
    let numbers = Tensor([0.1, 0.2] as [Double], shape: [2, 1])
    try NPZ.write(["x": numbers, "y": labels], to: folder.file("d.npz"))
    let data = try ArrayDataset(arraysIn: folder.file("d.npz"))
    let batch = data.batch(at: [0, 1])
    #expect(batch.inputs.dtype == .float32 && batch.inputs.floats() == [0.1, 0.2])
    #expect(batch.targets.dtype == .int64)
    let exact = try ArrayDataset(arraysIn: folder.file("d.npz"), dtype: .float64)
    #expect(exact.batch(at: [1]).inputs.doubles() == [0.2])
  }

  @Test func errors() throws {
    try NPZ.write(["x": pixels, "z": Tensor([1, 2, 3])], to: folder.file("d.npz"))
    let path = folder.file("d.npz")
    let missing = #expect(throws: DataError.self) { try ArrayDataset(arraysIn: path) }
    #expect(missing?.problem == "expected an array \"y\", found \"x\", \"z\"; check the name")
    let odd = #expect(throws: DataError.self) { try ArrayDataset(arraysIn: path, targets: "z") }
    #expect(odd?.problem.contains("inputs of shape [2, 2] and targets of shape [3]") == true)
    #expect(throws: DataError.self) {
      try ArrayDataset(arraysIn: path, inputs: "z", targets: "z", scaling: .unitInterval)
    }
  }
}
