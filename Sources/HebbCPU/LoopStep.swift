import CHebbKernels
import HebbCore

/// A fused loop.
final class LoopStep: Step, @unchecked Sendable {
  /// The loop as it was put together; `prepare` joins its dimensions.
  let program: UnsafeMutablePointer<hebb_program>
  let inputs: [Operand]
  let outputs: [Operand]
  private let threads: Int32
  private let name: String
  private var scratch = -1

  /// Where an operand begins.
  struct Operand {
    var buffer: Int
    var byteOffset: Int
  }

  init(_ program: hebb_program, inputs: [Operand], outputs: [Operand], threads: Int, label: String)
  {
    self.program = .allocate(capacity: 1)
    self.program.initialize(to: program)
    self.inputs = inputs
    self.outputs = outputs
    self.threads = Int32(threads)
    name = label
  }

  convenience init(
    _ program: hebb_program, inputs: [View], outputs: [View], threads: Int, label: String
  ) {
    self.init(
      program, inputs: inputs.map { Operand(buffer: $0.buffer, byteOffset: $0.byteOffset) },
      outputs: outputs.map { Operand(buffer: $0.buffer, byteOffset: $0.byteOffset) },
      threads: threads, label: label)
  }

  deinit { program.deallocate() }

  /// Makes the loop ready to run by itself; `entry` is its entry in the plan.
  func prepare(_ entry: inout PlanBuilder.Entry, _ builder: PlanBuilder) {
    hebb_program_simplify(program)
    let bytes = Int(hebb_program_scratch_bytes(program, threads))
    guard bytes > 0 else { return }
    scratch = builder.scratch(byteCount: bytes)
    entry.writes.append(scratch)
  }

  override var label: String { name }

  override var traffic: (read: Int, written: Int)? {
    var program = program.pointee
    let sizes = Self.byteCounts(&program.inputs, Int(program.input_count), program)
    let results = Self.byteCounts(&program.outputs, Int(program.output_count), program)
    return (sizes.reduce(0, +), results.reduce(0, +))
  }

  /// The bytes of each operand, without repetitions.
  private static func byteCounts<Operands>(
    _ operands: inout Operands, _ count: Int, _ program: hebb_program
  ) -> [Int] {
    var dimensions = program.dimensions
    return withUnsafeBytes(of: &dimensions) { dimensions in
      withUnsafeBytes(of: &operands) { bytes in
        bytes.bindMemory(to: hebb_operand.self).prefix(count).map { operand in
          var strides = operand.strides
          return withUnsafeBytes(of: &strides) { strides in
            (0..<Int(program.rank)).reduce(DType(rawValue: operand.dtype)?.byteCount ?? 1) {
              let step = strides.bindMemory(to: Int64.self)[$1]
              return step == 0 ? $0 : $0 * Int(dimensions.bindMemory(to: Int64.self)[$1])
            }
          }
        }
      }
    }
  }

  override func run(_ addresses: Addresses) {
    withUnsafeTemporaryAllocation(
      of: UnsafeMutableRawPointer?.self, capacity: inputs.count + outputs.count
    ) { pointers in
      for (i, input) in inputs.enumerated() {
        pointers.initializeElement(at: i, to: addresses[input.buffer] + input.byteOffset)
      }
      for (i, output) in outputs.enumerated() {
        let position = inputs.count + i
        pointers.initializeElement(at: position, to: addresses[output.buffer] + output.byteOffset)
      }
      guard let base = pointers.baseAddress else { return }
      base.withMemoryRebound(to: UnsafeRawPointer?.self, capacity: inputs.count) { sources in
        hebb_program_run(
          program, sources, base + inputs.count, scratch < 0 ? nil : addresses[scratch], threads)
      }
    }
  }
}
