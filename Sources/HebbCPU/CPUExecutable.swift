import CHebbKernels
import HebbCore

/// A plan on the CPU: steps, and where their buffers lie in one arena.
final class CPUExecutable: Executable, @unchecked Sendable {
  private let steps: [Step]
  private let places: [PlanBuilder.Buffer.Place]
  private let packedWeights: [PackedWeight]
  private let byteCounts: [Int]
  /// Offsets in the arena; −1 for buffers that lie elsewhere.
  private let offsets: [Int]
  private let arenaBytes: Int
  /// For each output: the value's own buffer, or the argument that it is.
  private let outputs: [Int]
  /// Arguments whose memory an output takes.
  private let donations: [Int: Int]
  private let threads: Int32
  /// For profiles; nil unless one was being made when the plan was.
  private let description: PlanDescription?
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>

  init(_ builder: PlanBuilder) {
    steps = builder.entries.map(\.step)
    places = builder.buffers.map(\.place)
    packedWeights = builder.packedWeights
    byteCounts = builder.buffers.map(\.byteCount)
    threads = Int32(builder.threads)
    let arena = Arena(builder)
    offsets = arena.offsets
    arenaBytes = arena.byteCount
    donations = arena.donations
    outputs = builder.outputBuffers()
    description = builder.isProfiled ? builder.describe(arena) : nil
    addresses = .allocate(capacity: max(builder.buffers.count, 1))
  }

  deinit { addresses.deallocate() }

  func run(_ arguments: [PlanArgument]) -> [Storage] {
    let arena = Storage(byteCount: arenaBytes)
    var results: [Int: Storage] = [:]
    // Others may forget an arrangement while this run reads it.
    var held: [Storage] = []
    held.reserveCapacity(packedWeights.count)
    for (buffer, place) in places.enumerated() {
      switch place {
      case .argument(let number):
        guard case .storage(let storage) = arguments[number] else { continue }
        addresses[buffer] = storage.pointer
      case .scalar(let number, let dtype):
        addresses[buffer] = arena.pointer + offsets[buffer]
        if case .scalar(let value) = arguments[number] {
          value.write(to: addresses[buffer], as: dtype)
        }
      case .packed(let number):
        let weight = packedWeights[number]
        guard case .storage(let storage) = arguments[weight.argument] else { continue }
        let packed = weight.packed(storage)
        held.append(packed)
        addresses[buffer] = packed.pointer
      case .arena:
        addresses[buffer] = arena.pointer + offsets[buffer]
      case .output:
        let storage: Storage
        if let donor = donations[buffer], case .storage(let given) = arguments[donor] {
          storage = given
          storage.forgetArrangements()
        } else {
          storage = Storage(byteCount: byteCounts[buffer])
        }
        results[buffer] = storage
        addresses[buffer] = storage.pointer
      }
    }
    let state = hebb_flush_denormals(threads)
    let detail = PlanRecorder.detail
    withExtendedLifetime(held) {
      if detail == .off {
        for step in steps { step.run(addresses) }
      } else {
        PlanRecorder.run(description, stepCount: steps.count, detail) { steps[$0].run(addresses) }
      }
    }
    hebb_restore_float_state(state)
    return outputs.map { buffer in
      if let storage = results[buffer] { return storage }
      switch places[buffer] {
      case .argument(let number):
        if case .storage(let storage) = arguments[number] { return storage }
      default: break
      }
      preconditionFailure("an output of a plan has no memory")
    }
  }
}

extension PlanBuilder {
  /// The buffer of each output, in order.
  func outputBuffers() -> [Int] {
    var buffer = Array(repeating: -1, count: graph.outputs.count)
    for (index, candidate) in buffers.enumerated() {
      if case .output(let position) = candidate.place { buffer[position] = index }
    }
    return graph.outputs.enumerated().map { position, value in
      // An argument that is an output itself, or an output that is listed twice.
      if buffer[position] < 0 { buffer[position] = buffer[outputPosition(of: value)] }
      return buffer[position] < 0 ? view(of: value).buffer : buffer[position]
    }
  }
}

/// Places the buffers of a plan in one block: memory is shared by buffers that do not live at the
/// same time.
struct Arena {
  private(set) var offsets: [Int]
  private(set) var byteCount = 0
  /// For outputs that take the memory of an argument: the argument.
  private(set) var donations: [Int: Int] = [:]

  private struct Gap {
    var offset: Int
    var size: Int
  }

  init(_ builder: PlanBuilder) {
    let buffers = builder.buffers
    offsets = Array(repeating: -1, count: buffers.count)
    var gaps: [Gap] = []
    var isTaken = Array(repeating: false, count: buffers.count)
    func size(_ buffer: Int) -> Int { (max(buffers[buffer].byteCount, 1) + 63) & ~63 }
    func isArena(_ buffer: Int) -> Bool {
      switch buffers[buffer].place {
      case .arena: true
      default: false
      }
    }
    func takeGap(_ size: Int) -> Int {
      var best: Int?
      for (i, gap) in gaps.enumerated() where gap.size >= size {
        if gap.size < best.map({ gaps[$0].size }) ?? .max { best = i }
      }
      if let best {
        let offset = gaps[best].offset
        gaps[best].offset += size
        gaps[best].size -= size
        if gaps[best].size == 0 { gaps.remove(at: best) }
        return offset
      }
      // Grow, into the gap at the end if there is one.
      if let last = gaps.indices.last(where: { gaps[$0].offset + gaps[$0].size == byteCount }) {
        let offset = gaps[last].offset
        byteCount = offset + size
        gaps.remove(at: last)
        return offset
      }
      byteCount += size
      return byteCount - size
    }
    func giveBack(_ offset: Int, _ size: Int) {
      var gap = Gap(offset: offset, size: size)
      gaps.removeAll { other in
        if other.offset + other.size == gap.offset {
          gap = Gap(offset: other.offset, size: other.size + gap.size)
          return true
        }
        if gap.offset + gap.size == other.offset {
          gap.size += other.size
          return true
        }
        return false
      }
      gaps.append(gap)
    }
    for (buffer, info) in buffers.enumerated() {
      if case .scalar = info.place { offsets[buffer] = takeGap(64) }
    }
    var touched: [Int] = []
    for (number, entry) in builder.entries.enumerated() {
      for (output, input) in entry.inPlace where !isTaken[input] {
        guard buffers[input].lastStep == number, buffers[output].firstStep == number,
          offsets[output] < 0, donations[output] == nil,
          size(input) == size(output)
        else { continue }
        switch (buffers[output].place, buffers[input].place) {
        case (.arena, .arena):
          offsets[output] = offsets[input]
        case (.output, .argument(let argument)) where builder.isDonated(argument):
          donations[output] = argument
        default: continue
        }
        isTaken[input] = true
      }
      touched.removeAll(keepingCapacity: true)
      touched.append(contentsOf: entry.writes)
      touched.sort()
      for buffer in touched
      where isArena(buffer) && offsets[buffer] < 0 && buffers[buffer].firstStep == number {
        offsets[buffer] = takeGap(size(buffer))
      }
      touched.append(contentsOf: entry.reads)
      touched.sort()
      var previous = -1
      for buffer in touched where buffer != previous {
        previous = buffer
        guard isArena(buffer), buffers[buffer].lastStep == number else { continue }
        // Memory that an output took over lives on under the output's name.
        if entry.inPlace.contains(where: {
          $0.input == buffer && offsets[$0.output] == offsets[buffer]
        }) {
          continue
        }
        giveBack(offsets[buffer], size(buffer))
      }
    }
    // Buffers that no step uses.
    for buffer in buffers.indices where isArena(buffer) && offsets[buffer] < 0 {
      offsets[buffer] = 0
    }
  }
}
