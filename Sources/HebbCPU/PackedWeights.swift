import COneDNN
import HebbCore

/// A weight in the order that a kernel reads. It is made once and kept beside the elements, so that
/// later runs find it, as long as these do not change.
struct PackedWeight {
  /// The argument of the plan.
  var argument: Int
  /// Which order it is.
  var key: any Hashable & Sendable
  var byteCount: Int
  /// Packs the elements.
  var pack: (_ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer) -> Void

  /// The packed elements of a run's argument.
  func packed(_ storage: Storage) -> Storage {
    storage.arrangement(key) {
      let target = Storage(byteCount: byteCount)
      pack(storage.pointer, target.pointer)
      return target
    }
  }
}

/// A layout of oneDNN's choice as a key.
private struct PackedLayout: Hashable, Sendable {
  let descriptor: MemoryDescriptor

  static func == (a: PackedLayout, b: PackedLayout) -> Bool { a.descriptor.equals(b.descriptor) }
  func hash(into hasher: inout Hasher) { hasher.combine(descriptor.byteCount) }
}

extension PlanBuilder {
  /// The argument whose elements a view is, where these stay from run to run; nil for all others.
  func keptArgument(_ view: View) -> Int? {
    guard case .argument(let number) = buffers[view.buffer].place, view.isRowMajor,
      view.offset == 0, !isDonated(number)
    else { return nil }
    return number
  }

  /// A buffer with a weight in the order that a kernel reads, kept from run to run; nil where the weight
  /// is computed by the plan, or changes with every run.
  ///
  /// - Parameters:
  ///   - view: The weight, row-major.
  ///   - key: Which order it is.
  ///   - byteCount: How many bytes it takes.
  ///   - pack: Packs the elements.
  /// - Returns: The buffer.
  func packedBuffer(
    _ view: View, key: any Hashable & Sendable, byteCount: Int,
    _ pack: @escaping (_ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer) -> Void
  ) -> Int? {
    guard let number = keptArgument(view) else { return nil }
    packedWeights.append(
      PackedWeight(argument: number, key: key, byteCount: byteCount, pack: pack))
    return addBuffer(.packed(packedWeights.count - 1), byteCount: byteCount)
  }

  /// A weight in the memory layout that a primitive wants.
  func packed(
    _ view: View, _ argument: DNNStep.Argument, to wanted: MemoryDescriptor
  ) -> DNNStep.Argument {
    if argument.descriptor.equals(wanted) { return argument }
    let attributes = PrimitiveAttributes()
    let threads = prepareThreads(multiplications: wanted.byteCount)
    let description = PrimitiveDescriptor {
      dnnl_reorder_primitive_desc_create(
        $0, argument.descriptor.handle, OneDNN.engine, wanted.handle, OneDNN.engine,
        attributes.handle)
    }
    guard let description, description.memory(dnnl_query_scratchpad_md).byteCount == 0 else {
      return reordered(argument, to: wanted)
    }
    let step = DNNStep(
      "reorder", description,
      [.init(DNNL_ARG_FROM, argument.descriptor, 0), .init(DNNL_ARG_TO, wanted, 1)],
      threads: threads)
    let buffer = packedBuffer(
      view, key: PackedLayout(descriptor: wanted), byteCount: wanted.byteCount
    ) { source, target in
      withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: 2) { addresses in
        addresses.initializeElement(at: 0, to: source)
        addresses.initializeElement(at: 1, to: target)
        guard let base = addresses.baseAddress else { return }
        step.run(UnsafePointer(base))
      }
    }
    guard let buffer else { return reordered(argument, to: wanted) }
    return DNNStep.Argument(argument.role, wanted, buffer)
  }
}
