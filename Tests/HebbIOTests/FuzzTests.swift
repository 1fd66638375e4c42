import HebbCore
import HebbData
import HebbIO
import Testing

/// At least 10,000 damaged files of every format. Each format has a process of its own, so that a
/// crash is a failed test and not the end of all tests, and memory is that of this format alone.
@Suite(.serialized) struct FuzzTests {
  @Test func idx() async {
    await #expect(processExitsWith: .success) {
      expectBoundedMemory {
        let result = fuzz(Samples.idx) { _ = try IDX.read($0) }
        #expect(result.accepted > 500 && result.rejected > 3_000)
      }
    }
  }

  @Test func idxInGzip() async {
    await #expect(processExitsWith: .success) {
      expectBoundedMemory {
        let compressed = Samples.idx.map { Gzip.compress($0) }
        let damagedOutside = fuzz(compressed) { _ = try IDX.read($0) }
        #expect(damagedOutside.rejected > 9_000)
        // Damaged first and compressed then: all of it reaches the reader.
        let damagedInside = fuzz(Samples.idx, seed: 2) { file in
          let contents = try file.bytes(in: 0..<file.count)
          let name = file.name
          _ = try IDX.read(InputFile(bytes: Gzip.compress(contents, level: 1), name: name))
        }
        #expect(damagedInside.accepted > 500 && damagedInside.rejected > 3_000)
      }
    }
  }

  @Test func safeTensors() async throws {
    await #expect(processExitsWith: .success) {
      try expectBoundedMemory {
        let result = try fuzz([Samples.safeTensors()], count: 20_000) { file in
          let opened = try SafeTensors(file)
          _ = try opened.tensors()
        }
        #expect(result.accepted > 200 && result.rejected > 5_000)
      }
    }
  }

  @Test func npy() async {
    await #expect(processExitsWith: .success) {
      try expectBoundedMemory {
        let result = try fuzz(Samples.npy()) { _ = try NPY.read($0) }
        #expect(result.accepted > 200 && result.rejected > 3_000)
      }
    }
  }

  @Test func npz() async {
    await #expect(processExitsWith: .success) {
      try expectBoundedMemory {
        let outside = try fuzz(Samples.npz()) { _ = try NPZ.read($0) }
        #expect(outside.accepted > 200 && outside.rejected > 5_000)
        // Damaged arrays in a sound archive.
        let inside = try fuzz(Samples.npy(), seed: 2) { file in
          let contents = try file.bytes(in: 0..<file.count)
          let archive = Samples.archive(of: contents, isDeflated: contents.count.isMultiple(of: 2))
          _ = try NPZ.read(InputFile(bytes: archive, name: file.name))
        }
        #expect(inside.accepted > 200 && inside.rejected > 3_000)
      }
    }
  }

  @Test func png() async {
    await #expect(processExitsWith: .success) {
      try expectBoundedMemory {
        let originals = try Samples.png()
        let result = fuzz(originals, count: 12_000, repair: Samples.withRightChecksums) { file in
          let contents = try file.bytes(in: 0..<file.count)
          for channels in PNG.Channels.allCases {
            _ = try PNG.decode(contents, as: channels, name: file.name)
          }
        }
        #expect(result.accepted > 200 && result.rejected > 5_000)
      }
    }
  }

  @Test func json() async {
    await #expect(processExitsWith: .success) {
      expectBoundedMemory {
        let result = fuzz([Array(Samples.json.utf8)]) { file in
          let contents = try file.bytes(in: 0..<file.count)
          let value = try JSONValue(parsing: contents, name: file.name)
          // What was accepted is written in a form that is accepted, and means the same.
          #expect(try JSONValue(parsing: value.text(), name: file.name) == value)
        }
        #expect(result.accepted > 500 && result.rejected > 3_000)
      }
    }
  }

  @Test(arguments: ["zip", "legacy"]) func pyTorch(format: String) async {
    await #expect(processExitsWith: .success) { [format] in
      try expectBoundedMemory {
        let names = format == "zip" ? ["list.pt", "protocol4.pt"] : ["tensor.pt", "legacy.pt"]
        let originals = try names.map { try PyTorchCheckpointTests.bytes($0) }
        let result = fuzz(originals, repair: Samples.withRightEntryChecksums) { file in
          _ = try PyTorchCheckpoint(file).tensors()
        }
        #expect(result.accepted > 200 && result.rejected > 3_000)
      }
    }
  }

  @Test func csv() async {
    await #expect(processExitsWith: .success) {
      expectBoundedMemory {
        let result = fuzz(Samples.csv.map { Array($0.utf8) }) { file in
          let table = try CSV.read(file)
          _ = try table.oneHot()
        }
        #expect(result.accepted > 500 && result.rejected > 2_000)
        let spaced = fuzz([Array(Samples.csv[2].utf8)], count: 1_000, seed: 2) { file in
          _ = try CSV.read(file, separator: .whitespace, hasHeader: false)
        }
        #expect(spaced.rejected > 100)
      }
    }
  }
}
