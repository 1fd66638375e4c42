import CHebbKernels
import COneDNN
import HebbCore
import Synchronization

/// oneDNN's engine, and checks of its answers.
enum OneDNN {
  /// The processor as an engine.
  nonisolated(unsafe) static let engine: dnnl_engine_t = {
    var engine: dnnl_engine_t?
    check(dnnl_engine_create(&engine, dnnl_cpu, 0), "create an engine")
    guard let engine else { preconditionFailure("oneDNN gave no engine") }
    return engine
  }()

  /// Caps the instruction set where the processor hides the description of its matrix tiles, which
  /// oneDNN's kernels would trust; call before the first use.
  static func prepare() {
    let processor = hebb_processor_describe()
    if processor.amx_tile, !(processor.amx_described && processor.amx_enabled_by_system) {
      _ = dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_fp16)
    }
  }

  /// Whether products and convolutions of `bfloat16` are faster than those of `float32`: where oneDNN may
  /// use the processor's matrix tiles. Its vector kernels for `bfloat16` reach half of the speed of those
  /// for `float32` (175 against 338 GFLOP/s), and before AVX-512 there are none.
  static var multipliesNarrow: Bool {
    if let forced = NarrowProducts.forced { return forced }
    return hasTiles
  }

  private static let hasTiles: Bool = {
    let processor = hebb_processor_describe()
    return processor.amx_bf16 && processor.avx512bw && processor.amx_described
      && processor.amx_enabled_by_system
  }()

  static func check(_ status: dnnl_status_t, _ what: @autoclosure () -> String) {
    if status == dnnl_out_of_memory { MemoryFailure.stop("with which oneDNN could \(what())") }
    if status != dnnl_success {
      fatalError("Hebb: oneDNN could not \(what()): \(String(cString: dnnl_status2str(status)))")
    }
  }

  static func dataType(_ dtype: DType) -> dnnl_data_type_t? {
    switch dtype {
    case .float32: dnnl_f32
    case .bfloat16: dnnl_bf16
    default: nil
    }
  }
}

/// For tests: whether products of `bfloat16` go to oneDNN as they are. Plans made before keep their way.
package enum NarrowProducts {
  private static let setting = Mutex<Bool?>(nil)

  /// Nil chooses what is faster here.
  package static var forced: Bool? {
    get { setting.withLock { $0 } }
    set { setting.withLock { $0 = newValue } }
  }
}

/// A description of memory: sizes, type, and strides or oneDNN's own choice.
final class MemoryDescriptor: @unchecked Sendable {
  let handle: dnnl_memory_desc_t

  /// Memory with given strides; with nil, oneDNN chooses.
  init(_ dimensions: [Int], _ dtype: DType, strides: [Int]?) {
    var sizes = paddedDims(dimensions)
    guard let type = OneDNN.dataType(dtype) else {
      preconditionFailure("oneDNN does not compute with \(dtype)")
    }
    var handle: dnnl_memory_desc_t?
    let rank = Int32(dimensions.count)
    if let strides {
      var steps = paddedDims(strides)
      let status = withDims(&sizes) { sizes in
        withDims(&steps) { dnnl_memory_desc_create_with_strides(&handle, rank, sizes, type, $0) }
      }
      OneDNN.check(status, "describe memory of shape \(dimensions) with strides \(strides)")
    } else {
      let status = withDims(&sizes) {
        dnnl_memory_desc_create_with_tag(&handle, rank, $0, type, dnnl_format_tag_any)
      }
      OneDNN.check(status, "describe memory of shape \(dimensions)")
    }
    guard let handle else { preconditionFailure("oneDNN gave no memory descriptor") }
    self.handle = handle
  }

  /// Takes over a descriptor.
  init(copying source: const_dnnl_memory_desc_t) {
    var handle: dnnl_memory_desc_t?
    OneDNN.check(dnnl_memory_desc_clone(&handle, source), "copy a memory descriptor")
    guard let handle else { preconditionFailure("oneDNN gave no memory descriptor") }
    self.handle = handle
  }

  convenience init(_ view: View) {
    let strides = (0..<view.shape.rank).map { view.strides[$0] }
    self.init(Array(view.shape), view.dtype, strides: strides)
  }

  deinit { dnnl_memory_desc_destroy(handle) }

  var byteCount: Int { Int(dnnl_memory_desc_get_size(handle)) }

  func equals(_ other: MemoryDescriptor) -> Bool {
    dnnl_memory_desc_equal(handle, other.handle) != 0
  }
}

/// A prepared oneDNN primitive with its arguments in the buffers of a plan.
final class DNNStep: Step, @unchecked Sendable {
  struct Argument {
    var role: Int32
    var descriptor: MemoryDescriptor
    var buffer: Int
    var byteOffset: Int

    init(_ role: Int32, _ descriptor: MemoryDescriptor, _ buffer: Int, _ byteOffset: Int = 0) {
      self.role = role
      self.descriptor = descriptor
      self.buffer = buffer
      self.byteOffset = byteOffset
    }
  }

  private let primitive: dnnl_primitive_t
  private let stream: dnnl_stream_t
  private let arguments: [Argument]
  private let executionArguments: UnsafeMutablePointer<dnnl_exec_arg_t>
  private let name: String
  private let threads: Int32

  init(
    _ name: String, _ description: PrimitiveDescriptor, _ arguments: [Argument], threads: Int32
  ) {
    self.name = name
    self.threads = threads
    var primitive: dnnl_primitive_t?
    OneDNN.check(dnnl_primitive_create(&primitive, description.handle), "prepare \(name)")
    var stream: dnnl_stream_t?
    OneDNN.check(
      dnnl_stream_create(&stream, OneDNN.engine, UInt32(dnnl_stream_default_flags.rawValue)),
      "create a stream")
    guard let primitive, let stream else { preconditionFailure("oneDNN gave no primitive") }
    self.primitive = primitive
    self.stream = stream
    self.arguments = arguments
    executionArguments = .allocate(capacity: arguments.count)
    for (i, argument) in arguments.enumerated() {
      var memory: dnnl_memory_t?
      OneDNN.check(
        dnnl_memory_create(&memory, argument.descriptor.handle, OneDNN.engine, nil),
        "describe the memory of \(name)")
      executionArguments.advanced(by: i).initialize(
        to: dnnl_exec_arg_t(arg: argument.role, memory: memory))
    }
  }

  deinit {
    for i in arguments.indices { dnnl_memory_destroy(executionArguments[i].memory) }
    executionArguments.deallocate()
    dnnl_primitive_destroy(primitive)
    dnnl_stream_destroy(stream)
  }

  override var label: String { name }

  override func run(_ addresses: Addresses) {
    for (i, argument) in arguments.enumerated() {
      let address = addresses[argument.buffer] + argument.byteOffset
      dnnl_memory_set_data_handle(executionArguments[i].memory, address)
    }
    hebb_parallel_set_threads(threads)
    let status = dnnl_primitive_execute(
      primitive, stream, Int32(arguments.count), executionArguments)
    OneDNN.check(status, "run \(name)")
  }
}

/// What a primitive will do, before it is prepared.
final class PrimitiveDescriptor {
  let handle: dnnl_primitive_desc_t

  init?(_ create: (UnsafeMutablePointer<dnnl_primitive_desc_t?>) -> dnnl_status_t) {
    var handle: dnnl_primitive_desc_t?
    guard create(&handle) == dnnl_success, let handle else { return nil }
    self.handle = handle
  }

  deinit { dnnl_primitive_desc_destroy(handle) }

  /// The memory that the primitive wants for one of its arguments.
  func memory(_ query: dnnl_query_t) -> MemoryDescriptor {
    guard let descriptor = dnnl_primitive_desc_query_md(handle, query, 0) else {
      preconditionFailure("oneDNN does not say which memory it wants")
    }
    return MemoryDescriptor(copying: descriptor)
  }

  /// Which kernel oneDNN has chosen.
  var implementation: String {
    var text: UnsafePointer<CChar>?
    let status = dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &text)
    guard status == dnnl_success, let text else { return "" }
    return String(cString: text)
  }
}

/// Attributes: scratch memory from the plan's arena, and what follows the operation.
final class PrimitiveAttributes {
  let handle: dnnl_primitive_attr_t

  /// Attributes.
  ///
  /// - Parameters:
  ///   - operands: What is combined with the result before the activation, in order.
  ///   - activation: What is applied last.
  ///   - ownsScratch: Whether oneDNN keeps scratch memory itself.
  init(
    _ operands: [(kind: dnnl_alg_kind_t, descriptor: MemoryDescriptor)] = [],
    _ activation: Elementwise.Opcode? = nil, ownsScratch: Bool = false
  ) {
    var handle: dnnl_primitive_attr_t?
    OneDNN.check(dnnl_primitive_attr_create(&handle), "create attributes")
    guard let handle else { preconditionFailure("oneDNN gave no attributes") }
    self.handle = handle
    OneDNN.check(
      dnnl_primitive_attr_set_scratchpad_mode(
        handle, ownsScratch ? dnnl_scratchpad_mode_library : dnnl_scratchpad_mode_user),
      "choose who keeps scratch memory")
    if operands.isEmpty, activation == nil { return }
    var operations: dnnl_post_ops_t?
    OneDNN.check(dnnl_post_ops_create(&operations), "create post-operations")
    for operand in operands {
      OneDNN.check(
        dnnl_post_ops_append_binary(operations, operand.kind, operand.descriptor.handle),
        "append an operand")
    }
    if let activation {
      let kind =
        activation == .relu
        ? dnnl_eltwise_relu : activation == .sigmoid ? dnnl_eltwise_logistic : dnnl_eltwise_tanh
      OneDNN.check(
        dnnl_post_ops_append_eltwise(operations, kind, 0, 0), "append \(activation)")
    }
    OneDNN.check(dnnl_primitive_attr_set_post_ops(handle, operations), "set post-operations")
    dnnl_post_ops_destroy(operations)
  }

  deinit { dnnl_primitive_attr_destroy(handle) }
}

extension PlanBuilder {
  /// How many threads a kernel of so many multiplications gets: below some microseconds of work, a
  /// second thread costs more than it does. oneDNN must know it when a primitive is made.
  func prepareThreads(multiplications: Int) -> Int32 {
    let count = multiplications < 200_000 ? 1 : Int32(threads)
    hebb_parallel_set_threads(count)
    return count
  }

  /// Adds a oneDNN primitive with scratch memory from the arena; `threads` is what
  /// `prepareThreads` gave before the description was made.
  func addDNN(
    _ name: String, _ description: PrimitiveDescriptor, threads: Int32,
    reads: [DNNStep.Argument], writes: [DNNStep.Argument]
  ) {
    var writes = writes
    // Reorders of operands may have asked for another number meanwhile.
    hebb_parallel_set_threads(threads)
    let scratchpad = description.memory(dnnl_query_scratchpad_md)
    if scratchpad.byteCount > 0 {
      let buffer = scratch(byteCount: scratchpad.byteCount)
      writes.append(DNNStep.Argument(DNNL_ARG_SCRATCHPAD, scratchpad, buffer))
    }
    let step = DNNStep(name, description, reads + writes, threads: threads)
    add(step, reads: reads.map(\.buffer), writes: writes.map(\.buffer))
  }

  /// Adds a primitive whose result it computes in a layout of its own, and brings it to its place.
  func addDNN(
    _ name: String, _ description: PrimitiveDescriptor, threads: Int32,
    reads: [DNNStep.Argument], to target: DNNStep.Argument, in chosen: MemoryDescriptor
  ) {
    if target.descriptor.equals(chosen) {
      addDNN(name, description, threads: threads, reads: reads, writes: [target])
      return
    }
    let packed = DNNStep.Argument(target.role, chosen, scratch(byteCount: chosen.byteCount))
    addDNN(name, description, threads: threads, reads: reads, writes: [packed])
    addReorder(from: packed, to: target)
  }

  /// The value in the memory layout that a primitive wants, reordered by oneDNN where it differs.
  func reordered(
    _ argument: DNNStep.Argument, to wanted: MemoryDescriptor
  ) -> DNNStep.Argument {
    if argument.descriptor.equals(wanted) { return argument }
    let buffer = scratch(byteCount: wanted.byteCount)
    let target = DNNStep.Argument(argument.role, wanted, buffer)
    addReorder(from: argument, to: target)
    return target
  }

  func addReorder(from source: DNNStep.Argument, to target: DNNStep.Argument) {
    let threads = prepareThreads(multiplications: target.descriptor.byteCount)
    let attributes = PrimitiveAttributes()
    let description = PrimitiveDescriptor {
      dnnl_reorder_primitive_desc_create(
        $0, source.descriptor.handle, OneDNN.engine, target.descriptor.handle, OneDNN.engine,
        attributes.handle)
    }
    guard let description else { preconditionFailure("oneDNN cannot reorder a layout") }
    var (from, to) = (source, target)
    from.role = DNNL_ARG_FROM
    to.role = DNNL_ARG_TO
    addDNN("reorder", description, threads: threads, reads: [from], writes: [to])
  }
}

/// A list of sizes as oneDNN takes it.
func paddedDims(_ numbers: [Int]) -> dnnl_dims_t {
  var dims: dnnl_dims_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  withDims(&dims) { for (i, number) in numbers.enumerated() { $0[i] = Int64(number) } }
  return dims
}

func withDims<R>(_ dims: inout dnnl_dims_t, _ body: (UnsafeMutablePointer<Int64>) -> R) -> R {
  withUnsafeMutablePointer(to: &dims) { pointer in
    pointer.withMemoryRebound(to: Int64.self, capacity: Int(DNNL_MAX_NDIMS), body)
  }
}
