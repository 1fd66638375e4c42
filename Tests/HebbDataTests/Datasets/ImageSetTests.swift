import Foundation
import HebbCore
import HebbData
import HebbIO
import HebbTestSupport
import Testing

struct ImageSetTests {
  let folder: TemporaryFolder

  init() { folder = TemporaryFolder() }

  @Test func mnistIsReadFromItsFolder() throws {
    let path = "\(folder.path)/mnist"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (part, count) in [("train", 3), ("t10k", 2)] {
      let pixels = (0..<count * 784).map { UInt8(truncatingIfNeeded: $0) }
      try AtomicFile.write(
        try IDX.encode(Tensor(pixels, shape: [count, 28, 28])),
        to: "\(path)/\(part)-images-idx3-ubyte")
      try AtomicFile.write(
        try IDX.encode(Tensor((0..<count).map { UInt8($0) })),
        to: "\(path)/\(part)-labels-idx1-ubyte")
    }
    let data = try MNIST(folder: folder.path)
    #expect(data.training.count == 3 && data.test.count == 2 && data.folder == path)
    let batch = data.test.batch(at: [1])
    #expect(batch.inputs.type == TensorType([1, 1, 28, 28], .float32))
    #expect(batch.inputs.floats()[0] == Float(784 % 256) / 255 && batch.targets.integers() == [1])
    let scaled = try MNIST(folder: folder.path, scaling: .none)
    #expect(scaled.test.batch(at: [1]).inputs.dtype == .uint8)
    expectError(
      "\(path)/none: expected the files of MNIST (train-images-idx3-ubyte.gz and three more) there "
        + "or in its folder mnist, found none; name the folder that has them with --data"
    ) { _ = try MNIST(folder: "\(path)/none") }
  }

  private func record(_ label: UInt8, _ first: UInt8) -> [UInt8] {
    [label] + (0..<3072).map { first &+ UInt8(truncatingIfNeeded: $0 / 1024) }
  }

  @Test func cifarIsReadFromItsBinaryFiles() throws {
    try AtomicFile.write(
      Gzip.compress(record(3, 10) + record(9, 50)), to: "\(folder.path)/data_batch_1.bin.gz")
    try AtomicFile.write(record(1, 90), to: "\(folder.path)/data_batch_2.bin")
    try AtomicFile.write(record(0, 200), to: "\(folder.path)/test_batch.bin")
    let data = try CIFAR10(folder: folder.path)
    #expect(data.training.count == 3 && data.test.count == 1)
    let batch = data.training.batch(at: [2, 1])
    #expect(batch.inputs.type == TensorType([2, 3, 32, 32], .float32))
    #expect(batch.targets.integers() == [1, 9])
    // Red, green and blue of the first pixel of both.
    let pixels = batch.inputs.floats()
    let planes = [0, 1024, 2048, 3072, 4096, 5120].map { pixels[$0] * 255 }
    expectClose(planes.map(Double.init), [90, 91, 92, 50, 51, 52], within: 1e-6)
  }

  @Test func damagedFilesOfCifarAreOneSentence() throws {
    let path = "\(folder.path)/data_batch_1.bin"
    expectError(
      "\(folder.path): expected data_batch_1.bin (or .gz) of CIFAR-10 there or in its folder "
        + "cifar10, found none; name the folder that has the binary version with --data"
    ) { _ = try CIFAR10(folder: folder.path) }
    try AtomicFile.write(record(3, 0), to: path)
    expectError(
      "\(folder.path): expected the file test_batch.bin or test_batch.bin.gz, found neither; "
        + "download it"
    ) { _ = try CIFAR10(folder: folder.path) }
    try AtomicFile.write(record(3, 0), to: "\(folder.path)/test_batch.bin")
    try AtomicFile.write(record(3, 0).dropLast(), to: path)
    expectError(
      "\(path): expected records of 3073 bytes, found 3072 bytes; the file is damaged or not of the "
        + "binary version"
    ) { _ = try CIFAR10(folder: folder.path) }
    try AtomicFile.write(record(3, 0) + record(10, 0), to: path)
    expectError(
      "\(path): expected labels below 10, found 10 in record 1; check that this is the right file"
    ) { _ = try CIFAR10(folder: folder.path) }
  }
}
