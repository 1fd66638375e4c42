import HebbCPU
import HebbCore
import HebbIO
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbTraining
import Testing

/// Damaged checkpoints: each must be read or refused with a sentence; nothing may trap.
@Suite(.serialized) struct CheckpointFuzzTests {
  @Test func manifests() async {
    await #expect(processExitsWith: .success) {
      var manifest = CheckpointManifest(
        configuration: JSONObject([("recipe", .string("lenet")), ("n", .integer(3))]), seed: 17)
      manifest.step = 33
      manifest.position = .init(epoch: 2, batch: 7)
      manifest.epochMetrics.add([("loss", 0.25)], count: 8)
      manifest.best = .init(metric: "test_loss", value: 1, step: 3)
      let original = Array(manifest.json.text(isIndented: true).utf8)
      var damage = Damage(seed: 1)
      var accepted = 0
      for _ in 0..<20_000 {
        let bytes = damage.applied(to: original)
        do {
          _ = try CheckpointManifest(parsing: bytes, name: "manifest.json")
          accepted += 1
        } catch { #expect(!"\(error)".isEmpty) }
      }
      // Some damage hits only the space between members.
      #expect(accepted > 100 && accepted < 15_000)
    }
  }

  @Test func states() async throws {
    await #expect(processExitsWith: .success) {
      let model = Network(seed: 1)
      let optimizer = Adam(model)
      func encoded(_ state: [(name: String, tensor: Tensor)]) throws -> [UInt8] {
        try SafeTensors.encode(
          Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor) }))
      }
      let originals = try [encoded(model.state()), encoded(optimizer.state())]
      var damage = Damage(seed: 2)
      var accepted = 0
      for number in 0..<20_000 {
        let isModel = number.isMultiple(of: 2)
        let bytes = damage.applied(to: originals[isModel ? 0 : 1])
        do {
          let state = try SafeTensors(InputFile(bytes: bytes, name: "state")).tensors()
          if isModel {
            try load(state, into: model, name: "state")
          } else {
            try load(state, into: optimizer, step: 0, name: "state")
          }
          accepted += 1
        } catch { #expect(!"\(error)".isEmpty) }
      }
      // Damage in the elements of a tensor makes other numbers, which a checksum has to find.
      #expect(accepted > 100 && accepted < 19_000)
    }
  }

  @Test func wholeCheckpoints() async throws {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let record = try Samples.record(folder)
      let trainer = try Samples.trainer(epochs: 1, record: record)
      try trainer.run()
      let path = "run/checkpoints/step-00000013"
      let names = ["manifest.json", "model.safetensors", "optimizer.safetensors"]
      let originals = try names.map { try #require(folder.contents("\(path)/\($0)")) }
      var damage = Damage(seed: 3)
      var accepted = 0
      let fresh = try Samples.trainer(epochs: 1)
      for number in 0..<1_500 {
        let victim = number % 3
        folder.write(damage.applied(to: originals[victim]), "\(path)/\(names[victim])")
        do {
          try fresh.restore(Checkpoint(folder: folder.file(path)))
          accepted += 1
        } catch { #expect(!"\(error)".isEmpty) }
        folder.write(originals[victim], "\(path)/\(names[victim])")
      }
      #expect(accepted < 300)
      try fresh.restore(Checkpoint(folder: folder.file(path)))
    }
  }
}

/// Cuts off, flips, repeats and removes parts of files, and writes absurd numbers into them.
struct Damage {
  private var generator: PhiloxGenerator

  init(seed: UInt64) { generator = PhiloxGenerator(seed: seed) }

  mutating func applied(to original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...generator.nextInteger(below: 2) where !bytes.isEmpty { damage(&bytes) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    let place = generator.nextInteger(below: bytes.count)
    let end = min(bytes.count, place + 1 + generator.nextInteger(below: 24))
    switch generator.nextInteger(below: 7) {
    case 0: bytes.removeSubrange(place...)
    case 1: bytes[place] ^= 1 << UInt8(generator.nextInteger(below: 8))
    case 2: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
    case 5: for index in place..<end { bytes[index] = 0xff }
    default: writeNumber(&bytes, from: place)
    }
  }

  /// Writes over the next digit with a number that is too large, negative or fractional.
  private mutating func writeNumber(_ bytes: inout [UInt8], from place: Int) {
    let numbers = [
      "9223372036854775807", "-1", "1e400", "4294967296", "0", "0.5", "1e18", "\"nan\"", "null",
    ]
    let number = Array(numbers[generator.nextInteger(below: numbers.count)].utf8)
    let isDigit: (UInt8) -> Bool = { $0 >= 48 && $0 <= 57 }
    guard let digit = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[digit...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(digit..<end, with: number)
  }
}
