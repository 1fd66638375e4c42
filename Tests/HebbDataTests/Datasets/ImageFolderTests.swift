import Foundation
import HebbCore
import HebbData
import HebbIO
import HebbTestSupport
import Testing

struct ImageFolderTests {
  /// Two classes, three pictures of 2 times 3 pixels, each filled with its number.
  private func pictures() throws -> TemporaryFolder {
    let folder = TemporaryFolder()
    for (name, value) in [("dog/b", 2), ("cat/1", 0), ("dog/a", 1)] as [(String, UInt8)] {
      let path = folder.file("data/" + name.prefix(3))
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      var pixels = [UInt8](repeating: value, count: 18)
      pixels[1] = 255  // green of the first pixel
      try PNG.write(Tensor(pixels, shape: [2, 3, 3]), to: folder.file("data/\(name).png"))
    }
    return folder
  }

  @Test func classesAreFoldersInOrder() throws {
    let folder = try pictures()
    folder.write([1], "data/notes.txt")
    let data = try ImageFolder(folder.file("data"))
    #expect(data.classNames == ["cat", "dog"] && data.labels == [0, 1, 1] && data.count == 3)
    let batch = try data.batch(at: [2, 0])
    #expect(batch.inputs.type == TensorType([2, 3, 2, 3], .float32))
    #expect(batch.targets.integers() == [1, 0])
    let values = batch.inputs.floats()
    // Red, then green with its first pixel, then blue.
    #expect(values[0] == 2.0 / 255 && values[6] == 1 && values[7] == 2.0 / 255)
    #expect(values[18] == 0 && values[24] == 1 && values[30] == 0)
    #expect(
      try ImageFolder(folder.file("data"), channels: .gray).batch(at: [0]).inputs.shape
        == [1, 1, 2, 3])
  }

  @Test func errorsNameTheFile() throws {
    let folder = try pictures()
    let path = folder.file("data")
    #expect(throws: DataError.self) { try ImageFolder(folder.file("nowhere")) }
    #expect(throws: DataError.self) { try ImageFolder(path + "/cat") }
    try PNG.write(Tensor([1, 2] as [UInt8], shape: [1, 2]), to: path + "/dog/c.png")
    let error = #expect(throws: DataError.self) { try ImageFolder(path).batch(at: [3]) }
    #expect(
      error?.description
        == "\(path)/dog/c.png: expected a picture of shape [2, 3, 3], as the first one, found "
        + "[1, 2, 3]; scale all pictures to one size, and choose gray or rgb")
    folder.write([1, 2, 3], "data/dog/c.png")
    #expect(throws: DataError.self) { try ImageFolder(path).batch(at: [3]) }
  }
}
