import CHebbKernels
import HebbCore

/// An operand of a loop whose outer dimensions are seen as rows.
struct RowOperand {
  var buffer: Int
  /// Bytes from the start of the buffer to the first row.
  var offset: Int
  /// Bytes from one row to the next; 0 where all rows share the memory.
  var step: Int
  /// Bytes from the first to behind the last element of a row.
  var extent: Int
  var dtype: UInt8
  var combine: UInt8

  /// Whether rows do not overlap and lie at the start of the buffer.
  var isInRow: Bool { step > 0 && offset + extent <= step }

  /// Whether parts of a sum over the rows can be kept and added.
  var canBePartial: Bool {
    combine != UInt8(HEBB_STORE.rawValue)
      && [UInt8(HEBB_FLOAT32.rawValue), UInt8(HEBB_FLOAT64.rawValue), UInt8(HEBB_INT64.rawValue)]
        .contains(dtype)
  }

  /// The loop that combines so many parts that lie one behind the other.
  func sum(of parts: Int) -> hebb_program {
    var program = hebb_program()
    let size = DType(rawValue: dtype)?.byteCount ?? 1
    let count = extent / size
    program.rank = 2
    let compute =
      switch UInt32(dtype) {
      case HEBB_FLOAT64.rawValue: HEBB_COMPUTE_FLOAT64
      case HEBB_INT64.rawValue: HEBB_COMPUTE_INT64
      default: HEBB_COMPUTE_FLOAT32
      }
    program.compute = Int32(compute.rawValue)
    (program.dimensions.0, program.dimensions.1) = (Int64(parts), Int64(count))
    (program.input_count, program.output_count) = (1, 1)
    program.inputs.0.dtype = dtype
    (program.inputs.0.strides.0, program.inputs.0.strides.1) = (Int64(count), 1)
    program.outputs.0.dtype = dtype
    program.outputs.0.combine = combine
    program.outputs.0.strides.1 = 1
    return program
  }
}

/// A loop whose outer dimensions are joined to rows, as far as every operand walks through them evenly.
struct RowView {
  let inputs: [RowOperand]
  let outputs: [RowOperand]
  /// The loop over rows: its first dimension counts them.
  private let program: hebb_program

  /// All ways to see a loop as rows, by the number of rows.
  static func all(of loop: LoopStep) -> [Int: RowView] {
    var plain = loop.plain
    let rank = Int(plain.rank)
    let dimensions = withUnsafeBytes(of: &plain.dimensions) { bytes in
      (0..<rank).map { Int(bytes.bindMemory(to: Int64.self)[$0]) }
    }
    guard dimensions.allSatisfy({ $0 > 0 }) else { return [:] }
    let axes = (0..<rank).filter { dimensions[$0] > 1 }
    let inputs = steps(&plain.inputs, Int(plain.input_count), axes)
    let outputs = steps(&plain.outputs, Int(plain.output_count), axes)
    guard (inputs + outputs).allSatisfy({ $0.allSatisfy { $0 >= 0 } }) else { return [:] }
    var views: [Int: RowView] = [:]
    var rows = 1
    for (position, axis) in axes.enumerated() {
      if position > 0 {
        let isEven = (inputs + outputs).allSatisfy {
          $0[position - 1] == $0[position] * dimensions[axis]
        }
        guard isEven else { break }
      }
      rows *= dimensions[axis]
      let sizes = [rows] + axes[(position + 1)...].map { dimensions[$0] }
      views[rows] = RowView(
        loop, sizes, inputs.map { Array($0[position...]) }, outputs.map { Array($0[position...]) })
    }
    return views
  }

  private init(_ loop: LoopStep, _ sizes: [Int], _ inputs: [[Int]], _ outputs: [[Int]]) {
    var program = loop.plain
    program.rank = Int32(sizes.count)
    withUnsafeMutableBytes(of: &program.dimensions) { bytes in
      let dimensions = bytes.bindMemory(to: Int64.self)
      for (axis, size) in sizes.enumerated() { dimensions[axis] = Int64(size) }
    }
    self.inputs = Self.set(&program.inputs, inputs, sizes, loop.inputs)
    self.outputs = Self.set(&program.outputs, outputs, sizes, loop.outputs)
    self.program = program
  }

  /// The loop over some of the rows, with outputs that are part of a result too large for the caches.
  func program(rows: Int, large: [Int]) -> hebb_program {
    var part = program
    part.dimensions.0 = Int64(rows)
    withUnsafeMutableBytes(of: &part.outputs) { bytes in
      let operands = bytes.bindMemory(to: hebb_operand.self)
      for output in large { operands[output].is_part_of_large = 1 }
    }
    hebb_program_simplify(&part)
    return part
  }

  /// The steps of each operand along those axes, in elements.
  private static func steps<Operands>(
    _ operands: inout Operands, _ count: Int, _ axes: [Int]
  ) -> [[Int]] {
    withUnsafeBytes(of: &operands) { bytes in
      bytes.bindMemory(to: hebb_operand.self).prefix(count).map { operand in
        var operand = operand
        return withUnsafeBytes(of: &operand.strides) { strides in
          axes.map { Int(strides.bindMemory(to: Int64.self)[$0]) }
        }
      }
    }
  }

  /// Gives the operands new steps, and says where their rows lie.
  private static func set<Operands>(
    _ operands: inout Operands, _ steps: [[Int]], _ sizes: [Int], _ places: [LoopStep.Operand]
  ) -> [RowOperand] {
    withUnsafeMutableBytes(of: &operands) { bytes in
      let operands = bytes.bindMemory(to: hebb_operand.self)
      return steps.indices.map { number in
        withUnsafeMutableBytes(of: &operands[number].strides) { strides in
          let strides = strides.bindMemory(to: Int64.self)
          for (axis, step) in steps[number].enumerated() { strides[axis] = Int64(step) }
        }
        let size = DType(rawValue: operands[number].dtype)?.byteCount ?? 1
        let reach = zip(sizes, steps[number]).dropFirst().reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        return RowOperand(
          buffer: places[number].buffer, offset: places[number].byteOffset,
          step: steps[number][0] * size, extent: (reach + 1) * size,
          dtype: operands[number].dtype, combine: operands[number].combine)
      }
    }
  }
}
