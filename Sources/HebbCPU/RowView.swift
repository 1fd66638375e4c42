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
  /// The number of rows.
  let rows: Int
  let inputs: [RowOperand]
  let outputs: [RowOperand]
  private let loop: LoopStep
  /// The dimensions of the loop that are not single, and the last of them that counts rows.
  private let axes: [Int]
  private let position: Int

  /// All ways to see a loop that has not been prepared as rows, those of few rows first.
  static func all(of loop: LoopStep) -> [RowView] {
    let program = loop.program
    let dimensions = program.dimensions
    let rank = Int(program.pointee.rank)
    guard (0..<rank).allSatisfy({ dimensions[$0] > 0 }) else { return [] }
    let axes = (0..<rank).filter { dimensions[$0] > 1 }
    let (inputs, outputs) = (program.inputs, program.outputs)
    func isEven(_ outer: Int, _ inner: Int) -> Bool {
      func joins(_ operand: UnsafeMutablePointer<hebb_operand>) -> Bool {
        operand.strides[outer] == operand.strides[inner] * dimensions[inner]
      }
      return loop.inputs.indices.allSatisfy { joins(inputs + $0) }
        && loop.outputs.indices.allSatisfy { joins(outputs + $0) }
    }
    func goesForward(_ operand: UnsafeMutablePointer<hebb_operand>) -> Bool {
      axes.allSatisfy { operand.strides[$0] >= 0 }
    }
    guard loop.inputs.indices.allSatisfy({ goesForward(inputs + $0) }),
      loop.outputs.indices.allSatisfy({ goesForward(outputs + $0) })
    else { return [] }
    var views: [RowView] = []
    var rows = 1
    for (position, axis) in axes.enumerated() {
      if position > 0, !isEven(axes[position - 1], axis) { break }
      rows *= Int(dimensions[axis])
      views.append(RowView(loop, axes, position, rows))
    }
    return views
  }

  private init(_ loop: LoopStep, _ axes: [Int], _ position: Int, _ rows: Int) {
    (self.loop, self.axes, self.position, self.rows) = (loop, axes, position, rows)
    let dimensions = loop.program.dimensions
    func seen(
      _ operand: UnsafeMutablePointer<hebb_operand>, _ place: LoopStep.Operand
    ) -> RowOperand {
      let size = DType(rawValue: operand.pointee.dtype)?.byteCount ?? 1
      var reach = 0
      for axis in axes[(position + 1)...] {
        reach += Int((dimensions[axis] - 1) * operand.strides[axis])
      }
      return RowOperand(
        buffer: place.buffer, offset: place.byteOffset,
        step: Int(operand.strides[axes[position]]) * size, extent: (reach + 1) * size,
        dtype: operand.pointee.dtype, combine: operand.pointee.combine)
    }
    let (sources, targets) = (loop.program.inputs, loop.program.outputs)
    inputs = loop.inputs.enumerated().map { seen(sources + $0, $1) }
    outputs = loop.outputs.enumerated().map { seen(targets + $0, $1) }
  }

  /// Writes the loop over some of the rows to `target`, with outputs that are part of a result too large
  /// for the caches.
  func write(rows: Int, large: [Int], to target: UnsafeMutablePointer<hebb_program>) {
    target.initialize(to: loop.program.pointee)
    target.pointee.rank = Int32(axes.count - position)
    for (place, axis) in axes[position...].enumerated() {
      target.dimensions[place] = loop.program.dimensions[axis]
      for input in inputs.indices {
        (target.inputs + input).strides[place] = (loop.program.inputs + input).strides[axis]
      }
      for output in outputs.indices {
        (target.outputs + output).strides[place] = (loop.program.outputs + output).strides[axis]
      }
    }
    target.dimensions[0] = Int64(rows)
    for output in large { target.outputs[output].is_part_of_large = 1 }
    hebb_program_simplify(target)
  }
}

extension UnsafeMutablePointer<hebb_program> {
  fileprivate var dimensions: UnsafeMutablePointer<Int64> { hebb_program_dimensions(self) }
  fileprivate var inputs: UnsafeMutablePointer<hebb_operand> { hebb_program_inputs(self) }
  fileprivate var outputs: UnsafeMutablePointer<hebb_operand> { hebb_program_outputs(self) }
}

extension UnsafeMutablePointer<hebb_operand> {
  fileprivate var strides: UnsafeMutablePointer<Int64> { hebb_operand_strides(self) }
}
