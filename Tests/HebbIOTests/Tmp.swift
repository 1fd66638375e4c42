import HebbCore
import HebbIO
import Testing
@Suite struct Tmp {
  @Test(arguments: 100..<120) func t(s: Int) throws {
    let seed = UInt64(s)
    _ = fuzz(Samples.idx, seed: seed) { _ = try IDX.read($0) }
    _ = fuzz(Samples.idx.map { Gzip.compress($0) }, seed: seed) { _ = try IDX.read($0) }
    _ = fuzz(try Samples.npy(), seed: seed) { _ = try NPY.read($0) }
    _ = fuzz(try Samples.npz(), seed: seed) { _ = try NPZ.read($0) }
    _ = try fuzz(Samples.npy(), seed: seed) { file in
          let contents = try file.bytes(in: 0..<file.count)
          let archive = Samples.archive(of: contents, isDeflated: contents.count.isMultiple(of: 2))
          _ = try NPZ.read(InputFile(bytes: archive, name: file.name))
        }
    _ = try fuzz([Samples.safeTensors()], count: 20_000, seed: seed) { file in
          let opened = try SafeTensors(file)
          _ = try opened.tensors()
        }
    _ = try fuzz(Samples.png(), count: 20_000, seed: seed, repair: Samples.withRightChecksums) { file in
          let contents = try file.bytes(in: 0..<file.count)
        for channels in PNG.Channels.allCases {
            _ = try PNG.decode(contents, as: channels,  name: file.name)
            }
        }
   _ = fuzz([Array(Samples.json.utf8)], seed: seed) { file in
          let contents = try file.bytes(in: 0..<file.count)
          let value = try JSONValue(parsing: contents, name: file.name)
          #expect(try JSONValue(parsing: value.text(), name: file.name) == value)
        }
  }
}
