import CHebbKernels
import HebbCore

/// Loops over the same rows become chains: each runs on some rows before the first goes on to the next
/// ones, so that what they hand on stays in the cache and values that nobody else reads take no memory.
/// A normalization over rows, which is three loops, then reads memory once.
extension PlanBuilder {
  func joinLoopsToChains() {
    var result: [Entry] = []
    var chain: Chain?
    // What stands between the loops of the chain; a loop may go past it that does not depend on it.
    var passed: [Entry] = []
    let most = 8
    // How many entries touch each buffer.
    var touches = Array(repeating: 0, count: buffers.count)
    for entry in entries { for buffer in entry.touched { touches[buffer] += 1 } }

    func close() {
      if let chain { result += chain.entries(self, touches) }
      result += passed
      (chain, passed) = (nil, [])
    }
    for entry in entries {
      if let loop = entry.step as? LoopStep {
        let member = Chain.Member(loop: loop, entry: entry, rows: RowView.all(of: loop))
        if let open = chain, !passed.contains(where: { entry.depends(on: $0) }),
          let joined = open.joined(by: member, threads: threads)
        {
          chain = joined
          continue
        }
        close()
        chain = Chain(member)
      } else {
        passed.append(entry)
        if passed.count > most { close() }
      }
    }
    close()
    replaceEntries(result)
  }
}

extension PlanBuilder.Entry {
  fileprivate var touched: Set<Int> { Set(reads).union(writes) }

  /// Whether this entry has to come after another that stands before it.
  fileprivate func depends(on other: Self) -> Bool {
    reads.contains { other.writes.contains($0) }
      || writes.contains { other.reads.contains($0) || other.writes.contains($0) }
  }
}

/// Loops that run together, rows by rows.
private struct Chain {
  /// A loop with the places that it touches.
  struct Member {
    var loop: LoopStep
    var entry: PlanBuilder.Entry
    /// The ways to see the loop's space as rows, by their number.
    var rows: [Int: RowView]
  }

  private(set) var members: [Member]
  /// The number of rows; 1 for a single loop.
  private(set) var rowCount = 1
  private var threads = 1

  init(_ member: Member) { members = [member] }

  /// The chain with one more loop; nil where that cannot be or does not pay.
  func joined(by last: Member, threads: Int) -> Chain? {
    guard members.count < 32 else { return nil }
    var chain = self
    chain.threads = threads
    chain.members.append(last)
    // Memory that is written once and not read before: nothing else is safe rows by rows.
    for output in last.loop.outputs {
      for member in members
      where (member.loop.inputs + member.loop.outputs).contains(where: {
        $0.buffer == output.buffer
      }) { return nil }
    }
    for rowCount in last.rows.keys.sorted(by: >) where rowCount > 1 {
      guard chain.members.allSatisfy({ $0.rows[rowCount] != nil }) else { continue }
      chain.rowCount = rowCount
      if chain.isLocal, chain.sharesRows, chain.shape != nil { return chain }
    }
    return nil
  }

  private func view(_ member: Member) -> RowView {
    guard let view = member.rows[rowCount] else {
      preconditionFailure("a loop is not \(rowCount) rows")
    }
    return view
  }

  /// Whether every loop reads of what the chain computes only the rows that it is at.
  private var isLocal: Bool {
    var written: [Int: RowOperand] = [:]
    for member in members {
      let view = view(member)
      for operand in view.inputs {
        guard let source = written[operand.buffer] else { continue }
        guard source.step > 0, operand.step == source.step, operand.offset >= source.offset,
          operand.offset + operand.extent <= source.offset + source.step
        else { return false }
      }
      for operand in view.outputs { written[operand.buffer] = operand }
    }
    return true
  }

  /// Whether the last loop has rows in common with one before.
  private var sharesRows: Bool {
    guard let last = members.last else { return false }
    let touched = Set(
      members.dropLast().flatMap { member in
        let view = view(member)
        return (view.inputs + view.outputs).filter { $0.step != 0 }.map(\.buffer)
      })
    return view(last).inputs.contains { $0.step != 0 && touched.contains($0.buffer) }
  }

  // MARK: - Chunks

  /// What the operands of a chunk should take together, a part of the second-level cache.
  private static let chunkBytes = 256 << 10
  private static let mostChunkBytes = 1 << 20

  /// The cut; nil where rows are too long, or sums over the rows too wide, for it to pay.
  private var shape: Chunks? {
    var places: Set<[Int]> = []
    var bytesPerRow = 0
    var sumBytes = 0
    for member in members {
      let view = view(member)
      for operand in view.inputs + view.outputs where operand.step != 0 {
        if places.insert([operand.buffer, operand.offset]).inserted {
          bytesPerRow += operand.extent
        }
      }
      for output in view.outputs where output.step == 0 {
        guard output.canBePartial else { return nil }
        sumBytes += output.extent
      }
    }
    let total = bytesPerRow * rowCount
    // A small chain is one chunk.
    if total <= Self.chunkBytes / 2 { return Chunks(rows: rowCount, count: 1, threads: 1) }
    var rows = max(Self.chunkBytes / max(bytesPerRow, 1), 1)
    // Each chunk has its own sums, which are added in the end; of rows as wide as a vocabulary they would be
    // most of the work.
    if sumBytes > 0 { rows = max(rows, 24 * sumBytes / max(bytesPerRow, 1)) }
    guard rows * bytesPerRow <= Self.mostChunkBytes else { return nil }
    rows = min(rows, max(rowCount / (4 * threads), 1))
    let count = (rowCount + rows - 1) / rows
    guard count >= 2 * threads, sumBytes * count <= total / 4 else { return nil }
    return Chunks(rows: rows, count: count, threads: threads)
  }

  // MARK: - Entries

  /// The steps of the plan: the chain, and the additions of sums over the rows.
  /// `touches` says how many entries of the plan touch each buffer.
  func entries(_ builder: PlanBuilder, _ touches: [Int]) -> [PlanBuilder.Entry] {
    guard members.count > 1, let chunks = shape else { return members.map(\.entry) }
    let internals = internalBuffers(builder, touches)
    var sums: [PlanBuilder.Entry] = []
    var partials: [Int: Int] = [:]
    for member in members {
      let view = view(member)
      for (number, output) in view.outputs.enumerated() where output.step == 0 && chunks.count > 1 {
        let partial = builder.scratch(byteCount: chunks.count * output.extent)
        partials[output.buffer] = partial
        let step = LoopStep(
          output.sum(of: chunks.count), inputs: [.init(buffer: partial, byteOffset: 0)],
          outputs: [member.loop.outputs[number]], threads: builder.threads,
          label: "add sums of rows")
        var writes = [output.buffer]
        if step.scratchBytes > 0 {
          step.scratch = builder.scratch(byteCount: step.scratchBytes)
          writes.append(step.scratch)
        }
        sums.append(PlanBuilder.Entry(step: step, reads: [partial], writes: writes))
      }
    }
    for (buffer, step) in internals {
      builder.buffers[buffer].byteCount = chunks.threadBytes(rowBytes: step) * chunks.threads
    }
    let step = ChainStep(
      members.map { ($0.loop, view($0)) }, rowCount, chunks, internals: internals,
      partials: partials)
    var writes = members.flatMap { $0.loop.outputs.map { partials[$0.buffer] ?? $0.buffer } }
    if step.scratchBytes > 0 {
      step.scratch = builder.scratch(byteCount: step.scratchBytes)
      writes.append(step.scratch)
    }
    let written = Set(writes)
    let reads = Set(members.flatMap { $0.loop.inputs.map(\.buffer) }).subtracting(written)
    let entry = PlanBuilder.Entry(
      step: step, reads: reads.sorted(), writes: writes,
      inPlace: reusableInputs(internals, written), note: .joined(members.map(\.entry.note)))
    return [entry] + sums
  }

  /// The buffers that only this chain uses, with the bytes of a row.
  private func internalBuffers(_ builder: PlanBuilder, _ touches: [Int]) -> [Int: Int] {
    var steps: [Int: Int] = [:]
    for member in members {
      for output in view(member).outputs
      where output.step > 0 && output.isInRow && builder.buffers[output.buffer].place == .arena {
        steps[output.buffer] = output.step
      }
    }
    for member in members {
      for operand in view(member).inputs where !(operand.isInRow) { steps[operand.buffer] = nil }
    }
    var own: [Int: Int] = [:]
    for member in members { for buffer in member.entry.touched { own[buffer, default: 0] += 1 } }
    return steps.filter { own[$0.key] == touches[$0.key] }
  }

  /// Inputs whose memory an output may take: nothing reads them later, and all see the same rows.
  private func reusableInputs(
    _ internals: [Int: Int], _ written: Set<Int>
  ) -> [(output: Int, input: Int)] {
    var pairs: [(output: Int, input: Int)] = []
    for (number, member) in members.enumerated() {
      for pair in member.entry.inPlace
      where internals[pair.output] == nil && internals[pair.input] == nil
        && !written.contains(pair.input)
      {
        let isRead = members[(number + 1)...].contains { later in
          later.loop.inputs.contains { $0.buffer == pair.input }
        }
        let steps = Set(
          members.flatMap { member in
            view(member).inputs.filter { $0.buffer == pair.input }.map {
              $0.isInRow ? $0.step : -1
            }
          })
        let own = view(member).outputs.first { $0.buffer == pair.output }?.step
        if !isRead, steps.count == 1, steps.first == own { pairs.append(pair) }
      }
    }
    return pairs
  }
}
