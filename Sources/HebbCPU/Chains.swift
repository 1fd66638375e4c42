import CHebbKernels
import HebbCore

/// Loops over the same rows become chains: each runs on some rows before the first goes on to the next
/// ones, so that what they hand on stays in the cache and values that nobody else reads take no memory.
/// A normalization over rows, which is three loops, then reads memory once.
extension PlanBuilder {
  func joinLoopsToChains() {
    var result: [Entry] = []
    result.reserveCapacity(entries.count)
    var chain: Chain?
    // What stands between the loops of the chain; a loop may go past it that does not depend on it.
    var passed: [Entry] = []
    let most = 8
    // How many entries touch each buffer, and the last chain that does.
    var touches = Array(repeating: 0, count: buffers.count)
    for entry in entries { entry.forEachTouched { touches[$0] += 1 } }
    var lastChain = Array(repeating: 0, count: buffers.count)
    var number = 0

    func close() {
      if let chain { chain.addEntries(to: &result, self, touches) }
      result += passed
      (chain, passed) = (nil, [])
    }
    for entry in entries {
      guard let loop = entry.step as? LoopStep else {
        passed.append(entry)
        if passed.count > most { close() }
        continue
      }
      let member = Chain.Member(loop: loop, entry: entry)
      let isNear = entry.reads.contains { lastChain[$0] == number }
      if let chain, isNear, !passed.contains(where: { entry.depends(on: $0) }), chain.join(member) {
      } else {
        close()
        chain = Chain(member, threads: threads)
        number += 1
      }
      entry.forEachTouched { lastChain[$0] = number }
    }
    close()
    replaceEntries(result)
  }
}

extension PlanBuilder.Entry {
  /// Calls `body` with each buffer that the step reads or writes, once.
  fileprivate func forEachTouched(_ body: (Int) -> Void) {
    for (place, buffer) in reads.enumerated() where !reads[..<place].contains(buffer) {
      body(buffer)
    }
    for (place, buffer) in writes.enumerated()
    where !writes[..<place].contains(buffer) && !reads.contains(buffer) { body(buffer) }
  }

  /// Whether this entry has to come after another that stands before it.
  fileprivate func depends(on other: Self) -> Bool {
    reads.contains { other.writes.contains($0) }
      || writes.contains { other.reads.contains($0) || other.writes.contains($0) }
  }
}

/// Loops that run together, rows by rows.
private final class Chain {
  /// A loop with the places that it touches.
  final class Member {
    let loop: LoopStep
    var entry: PlanBuilder.Entry
    /// The ways to see the loop's space as rows, those of few rows first.
    private(set) lazy var views = RowView.all(of: loop)

    init(loop: LoopStep, entry: PlanBuilder.Entry) {
      self.loop = loop
      self.entry = entry
    }

    func view(rows: Int) -> RowView? { views.first { $0.rows == rows } }
  }

  private var members: [Member]
  /// The members as so many rows; empty for a single loop.
  private var views: [RowView] = []
  private var rowCount = 1
  private let threads: Int

  init(_ member: Member, threads: Int) {
    members = [member]
    self.threads = threads
  }

  /// Takes one more loop; false where that cannot be or does not pay.
  func join(_ last: Member) -> Bool {
    guard members.count < 32 else { return false }
    // Memory that is written once and not read before: nothing else is safe rows by rows.
    for output in last.loop.outputs {
      for member in members
      where member.loop.inputs.contains(where: { $0.buffer == output.buffer })
        || member.loop.outputs.contains(where: { $0.buffer == output.buffer })
      { return false }
    }
    let before = (rowCount, views)
    for view in last.views.reversed() where view.rows > 1 {
      let others =
        view.rows == before.0 ? before.1 : members.compactMap { $0.view(rows: view.rows) }
      guard others.count == members.count else { continue }
      (rowCount, views) = (view.rows, others + [view])
      if isLocal, sharesRows, shape != nil {
        members.append(last)
        return true
      }
    }
    (rowCount, views) = before
    return false
  }

  /// Whether every loop reads of what the chain computes only the rows that it is at.
  private var isLocal: Bool {
    for (number, view) in views.enumerated() {
      for operand in view.inputs {
        guard let source = writer(of: operand.buffer, before: number) else { continue }
        guard source.step > 0, operand.step == source.step, operand.offset >= source.offset,
          operand.offset + operand.extent <= source.offset + source.step
        else { return false }
      }
    }
    return true
  }

  private func writer(of buffer: Int, before number: Int) -> RowOperand? {
    for view in views[..<number].reversed() {
      if let source = view.outputs.last(where: { $0.buffer == buffer }) { return source }
    }
    return nil
  }

  /// Whether the last loop has rows in common with one before.
  private var sharesRows: Bool {
    guard let last = views.last else { return false }
    return last.inputs.contains { operand in
      operand.step != 0
        && views.dropLast().contains { view in
          view.inputs.contains { $0.step != 0 && $0.buffer == operand.buffer }
            || view.outputs.contains { $0.step != 0 && $0.buffer == operand.buffer }
        }
    }
  }

  // MARK: - Chunks

  /// What the operands of a chunk should take together, a part of the second-level cache.
  private static let chunkBytes = 256 << 10
  private static let mostChunkBytes = 1 << 20

  /// The cut; nil where rows are too long, or sums over the rows too wide, for it to pay.
  private var shape: Chunks? {
    var places: [(buffer: Int, offset: Int)] = []
    var bytesPerRow = 0
    var sumBytes = 0
    func count(_ operand: RowOperand) {
      if places.contains(where: { $0 == (operand.buffer, operand.offset) }) { return }
      places.append((operand.buffer, operand.offset))
      bytesPerRow += operand.extent
    }
    for view in views {
      for operand in view.inputs where operand.step != 0 { count(operand) }
      for operand in view.outputs where operand.step != 0 { count(operand) }
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

  /// Adds the steps of the plan: the chain, and the additions of sums over the rows.
  /// `touches` says how many entries of the plan touch each buffer.
  func addEntries(
    to entries: inout [PlanBuilder.Entry], _ builder: PlanBuilder, _ touches: [Int]
  ) {
    guard members.count > 1, let chunks = shape else {
      for member in members {
        member.loop.prepare(&member.entry, builder)
        entries.append(member.entry)
      }
      return
    }
    let internals = internalBuffers(builder, touches)
    var sums: [PlanBuilder.Entry] = []
    var partials: [Int: Int] = [:]
    for (member, view) in zip(members, views) {
      for (number, output) in view.outputs.enumerated() where output.step == 0 && chunks.count > 1 {
        let partial = builder.scratch(byteCount: chunks.count * output.extent)
        partials[output.buffer] = partial
        let step = LoopStep(
          output.sum(of: chunks.count), inputs: [.init(buffer: partial, byteOffset: 0)],
          outputs: [member.loop.outputs[number]], threads: builder.threads,
          label: "add sums of rows")
        var entry = PlanBuilder.Entry(step: step, reads: [partial], writes: [output.buffer])
        step.prepare(&entry, builder)
        sums.append(entry)
      }
    }
    for (buffer, step) in internals {
      builder.buffers[buffer].byteCount = chunks.threadBytes(rowBytes: step) * chunks.threads
    }
    let step = ChainStep(
      members.map(\.loop), views, chunks, internals: internals, partials: partials,
      label: builder.isProfiled
        ? members.map(\.loop.label).joined(separator: " | ") : "loops")
    var writes = members.flatMap { $0.loop.outputs.map { partials[$0.buffer] ?? $0.buffer } }
    if step.scratchBytes > 0 {
      step.scratch = builder.scratch(byteCount: step.scratchBytes)
      writes.append(step.scratch)
    }
    var reads: [Int] = []
    for member in members { reads += member.loop.inputs.map(\.buffer) }
    reads.sort()
    var last = -1
    reads.removeAll { buffer in
      defer { last = buffer }
      return buffer == last || writes.contains(buffer)
    }
    entries.append(
      PlanBuilder.Entry(
        step: step, reads: reads, writes: writes, inPlace: reusableInputs(internals, writes),
        note: .joined(members.map(\.entry.note))))
    entries += sums
  }

  /// The buffers that only this chain uses, with the bytes of a row.
  private func internalBuffers(_ builder: PlanBuilder, _ touches: [Int]) -> [Int: Int] {
    var steps: [Int: Int] = [:]
    for view in views {
      for output in view.outputs
      where output.step > 0 && output.isInRow && builder.buffers[output.buffer].place == .arena {
        steps[output.buffer] = output.step
      }
    }
    for view in views {
      for operand in view.inputs where !operand.isInRow { steps[operand.buffer] = nil }
    }
    if steps.isEmpty { return steps }
    var own: [Int: Int] = [:]
    for member in members { member.entry.forEachTouched { own[$0, default: 0] += 1 } }
    return steps.filter { own[$0.key] == touches[$0.key] }
  }

  /// Inputs whose memory an output may take: nothing reads them later, and all see the same rows.
  private func reusableInputs(
    _ internals: [Int: Int], _ written: [Int]
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
        guard !isRead,
          let own = views[number].outputs.first(where: { $0.buffer == pair.output })?.step
        else { continue }
        let isSame = views.allSatisfy { view in
          view.inputs.allSatisfy {
            $0.buffer != pair.input || ($0.isInRow ? $0.step : -1) == own
          }
        }
        if isSame { pairs.append(pair) }
      }
    }
    return pairs
  }
}
