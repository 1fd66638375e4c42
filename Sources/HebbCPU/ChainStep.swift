import CHebbKernels
import HebbCore

/// How the rows of a chain are cut.
struct Chunks {
  var rows: Int
  var count: Int
  var threads: Int

  /// What each thread has for the rows of a chunk.
  func threadBytes(rowBytes: Int) -> Int { (rowBytes * rows + 63) & ~63 }
}

/// Fused loops that run one after the other on some rows at a time; see `hebb_chain.h`.
final class ChainStep: Step, @unchecked Sendable {
  private let links: UnsafeMutablePointer<hebb_chain_link>
  private let programs: UnsafeMutablePointer<hebb_program>
  private let count: Int
  private let operands: [LoopStep.Operand]
  private let chunks: Int64
  private let threads: Int32
  private let name: String
  let scratchBytes: Int
  var scratch = -1

  /// A chain.
  ///
  /// - Parameters:
  ///   - loops: The loops.
  ///   - views: The loops, seen as rows.
  ///   - chunks: How the rows are cut.
  ///   - internals: The bytes of a row of each buffer that every thread has for itself.
  ///   - partials: Buffers for the sums of chunks, instead of those for the whole sums.
  ///   - label: What a profile shows.
  init(
    _ loops: [LoopStep], _ views: [RowView], _ chunks: Chunks, internals: [Int: Int],
    partials: [Int: Int], label: String
  ) {
    count = loops.count
    self.chunks = Int64(chunks.count)
    threads = Int32(chunks.threads)
    name = label
    let rowCount = views[0].rows
    links = .allocate(capacity: loops.count)
    var operands: [LoopStep.Operand] = []
    let chunkRows = chunks.rows
    let lastRows = rowCount - (chunks.count - 1) * chunkRows
    programs = .allocate(capacity: lastRows == chunkRows ? loops.count : 2 * loops.count)
    for (number, view) in views.enumerated() {
      let (program, last) = (programs + number, programs + loops.count + number)
      let large = view.outputs.indices.filter { output in
        let operand = view.outputs[output]
        return operand.step * rowCount >= Int(HEBB_STREAM_BYTES) && internals[operand.buffer] == nil
          && !views[(number + 1)...].contains { later in
            later.inputs.contains { $0.buffer == operand.buffer }
          }
      }
      view.write(rows: chunkRows, large: large, to: program)
      var link = hebb_chain_link()
      link.program = UnsafePointer(program)
      link.last_program = link.program
      if lastRows != chunkRows {
        view.write(rows: lastRows, large: large, to: last)
        link.last_program = UnsafePointer(last)
      }
      func place(_ operand: RowOperand, isOutput: Bool) -> hebb_chain_operand {
        if let step = internals[operand.buffer] {
          operands.append(.init(buffer: operand.buffer, byteOffset: operand.offset))
          return hebb_chain_operand(
            chunk_step: 0, thread_step: Int64(chunks.threadBytes(rowBytes: step)))
        }
        if isOutput, operand.step == 0, let partial = partials[operand.buffer] {
          operands.append(.init(buffer: partial, byteOffset: 0))
          return hebb_chain_operand(chunk_step: Int64(operand.extent), thread_step: 0)
        }
        operands.append(.init(buffer: operand.buffer, byteOffset: operand.offset))
        return hebb_chain_operand(chunk_step: Int64(operand.step * chunkRows), thread_step: 0)
      }
      withUnsafeMutableBytes(of: &link.inputs) { bytes in
        let places = bytes.bindMemory(to: hebb_chain_operand.self)
        for (i, operand) in view.inputs.enumerated() {
          places[i] = place(operand, isOutput: false)
        }
      }
      withUnsafeMutableBytes(of: &link.outputs) { bytes in
        let places = bytes.bindMemory(to: hebb_chain_operand.self)
        for (i, operand) in view.outputs.enumerated() {
          places[i] = place(operand, isOutput: true)
        }
      }
      (links + number).initialize(to: link)
    }
    self.operands = operands
    scratchBytes = Int(hebb_chain_scratch_bytes(links, Int32(loops.count), threads))
  }

  deinit {
    links.deallocate()
    programs.deallocate()
  }

  override var label: String { name }

  override func run(_ addresses: Addresses) {
    withUnsafeTemporaryAllocation(
      of: UnsafeMutableRawPointer?.self, capacity: operands.count
    ) { pointers in
      for (i, operand) in operands.enumerated() {
        pointers.initializeElement(at: i, to: addresses[operand.buffer] + operand.byteOffset)
      }
      hebb_chain_run(
        links, Int32(count), chunks, pointers.baseAddress, scratch < 0 ? nil : addresses[scratch],
        threads)
    }
  }
}
