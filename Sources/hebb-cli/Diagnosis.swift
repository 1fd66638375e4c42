import CHebbKernels
import CLAPACK
import COneDNN
import Hebb

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One thing that was looked at.
struct Finding {
  /// Whether something should be done about it.
  enum State: String {
    /// As it should be.
    case fine
    /// Good to know.
    case note
    /// Something is wrong or slow.
    case problem
  }

  var name: String
  var value: String
  var state = State.fine
  /// What to do, or why it is so.
  var advice: String?
}

/// Looks at the machine.
enum Diagnosis {
  static func findings() -> [Finding] {
    let machine = Machine.current
    let processor = hebb_processor_describe()
    return [
      Finding(name: "hebb", value: hebbVersion),
      Finding(name: "system", value: machine.system),
      Finding(name: "processor", value: machine.summary),
      instructionSets(processor), matrixTiles(processor), products, caches(processor), backend,
      oneDNN,
      linearAlgebra, threads(machine), otherWork(machine), memory(machine), hugePages,
      graphicsProcessor, data,
    ]
  }

  // MARK: - Processor

  static func instructionSets(_ processor: hebb_processor) -> Finding {
    let all: [(Bool, String)] = [
      (processor.avx2, "AVX2"), (processor.fma, "FMA"), (processor.f16c, "F16C"),
      (processor.avx512f, "AVX-512F"), (processor.avx512bw, "AVX-512BW"),
      (processor.avx512vl, "AVX-512VL"), (processor.avx512dq, "AVX-512DQ"),
      (processor.avx512_vnni, "AVX-512 VNNI"), (processor.avx512_bf16, "AVX-512 BF16"),
      (processor.avx512_fp16, "AVX-512 FP16"), (processor.neon, "NEON"), (processor.sve, "SVE"),
    ]
    let names = all.filter(\.0).map(\.1)
    let used =
      switch hebb_vector_level() {
      case 3: "AVX-512"
      case 2: "AVX2"
      default: processor.neon ? "NEON" : "the baseline"
      }
    let list = names.isEmpty ? "baseline" : names.joined(separator: ", ")
    var finding = Finding(name: "instruction sets", value: "\(list); loops use \(used)")
    if !processor.avx2, !processor.neon {
      finding.state = .problem
      finding.advice = "Without AVX2 everything is several times slower; use a newer machine."
    }
    return finding
  }

  /// AMX: a virtual machine may advertise it and hide its description, and oneDNN's kernels then die
  /// with an illegal instruction.
  static func matrixTiles(_ processor: hebb_processor) -> Finding {
    let name = "matrix tiles"
    let kinds = [(processor.amx_bf16, "AMX BF16"), (processor.amx_int8, "AMX INT8")]
    guard processor.amx_tile else { return Finding(name: name, value: "none (no AMX)") }
    let list = kinds.filter(\.0).map(\.1).joined(separator: ", ")
    guard processor.amx_enabled_by_system else {
      return Finding(
        name: name, value: "\(list), not enabled by the system", state: .note,
        advice: "A kernel from 5.16 on, with AMX in its configuration, lets programs use it.")
    }
    guard processor.amx_described else {
      return Finding(
        name: name, value: "\(list), but CPUID leaf 0x1D, which describes the tiles, is empty",
        state: .note,
        advice: "The virtual machine hides it. oneDNN's AMX kernels would die here, so Hebb keeps "
          + "oneDNN to AVX-512; nothing to do. A host that passes leaves 0x1D and 0x1E on lifts this."
      )
    }
    return Finding(name: name, value: "\(list), usable")
  }

  /// Which way products and convolutions take, and why.
  static var products: Finding {
    let name = "products"
    let vectors =
      hebb_product_available()
      ? "on vectors, in kernels of our own and oneDNN's" : "on vectors, through oneDNN"
    switch hebb_tiles_status() {
    case HEBB_TILES_USABLE:
      return Finding(
        name: name,
        value: "on matrix tiles where they win, precision \(MatrixPrecision.standard.name)")
    case HEBB_TILES_FORBIDDEN:
      return Finding(
        name: name, value: "\(vectors): matrix tiles are there, and used on demand (--tiles)")
    case HEBB_TILES_NO_PERMISSION:
      return Finding(name: name, value: "\(vectors): the system does not allow matrix tiles")
    case HEBB_TILES_FAILED:
      return Finding(
        name: name, value: "\(vectors): matrix tiles are announced, but a trial failed",
        state: .note, advice: "The virtual machine announces instructions that it does not pass on."
      )
    default:
      return Finding(name: name, value: "\(vectors): the processor shows no AMX with bf16")
    }
  }

  static func caches(_ processor: hebb_processor) -> Finding {
    let sizes = [processor.level1_bytes, processor.level2_bytes, processor.level3_bytes]
    let texts = zip(["L1", "L2", "L3"], sizes).filter { $0.1 > 0 }.map {
      "\($0.0) \(NumberFormat.bytes(Int($0.1)))"
    }
    return Finding(
      name: "caches", value: texts.isEmpty ? "unknown" : texts.joined(separator: ", "))
  }

  // MARK: - Libraries

  static var backend: Finding {
    let name = Hebb.backendName
    guard name == "reference" else { return Finding(name: "backend", value: name) }
    return Finding(
      name: "backend", value: name, state: .problem,
      advice: "This program was built without HebbCPU and computes very slowly; build it again.")
  }

  static var oneDNN: Finding {
    guard let version = dnnl_version()?.pointee else {
      return Finding(
        name: "oneDNN", value: "unknown version", state: .problem,
        advice: "Run scripts/setup, which installs version 3.")
    }
    let value = "\(version.major).\(version.minor).\(version.patch)"
    guard version.major == 3 else {
      return Finding(
        name: "oneDNN", value: value, state: .problem,
        advice: "Hebb was built for version 3; run scripts/setup and build again.")
    }
    return Finding(name: "oneDNN", value: value)
  }

  static var linearAlgebra: Finding {
    let name = "OpenBLAS"
    // "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY USE_OPENMP Haswell MAX_THREADS=64"
    let description = openblas_get_config().map { String(cString: $0) } ?? ""
    let words = description.split(separator: " ").map(String.init)
    let version = words.count > 1 ? words[1] : "unknown version"
    let kernels = words.last { !$0.contains("=") && !$0.contains("_") && $0 != version }
    let value = version + (kernels.map { ", kernels for \($0)" } ?? "")
    guard openblas_get_parallel() == 0 else { return Finding(name: name, value: value) }
    return Finding(
      name: name, value: value + ", one thread", state: .note,
      advice:
        "This build cannot be called from several threads, so products of float64 and batches "
        + "of matrices take turns; install libopenblas-openmp-dev.")
  }

  // MARK: - Threads and memory

  static func threads(_ machine: Machine) -> Finding {
    var finding = Finding(
      name: "threads", value: "\(Hebb.threads) of \(machine.processorCount) processors")
    if !hebb_parallel_available(), machine.processorCount > 1 {
      finding.state = .problem
      finding.advice = "libgomp was not found, so one thread computes; install libgomp1."
    } else if let share = processorShare, share + 0.01 < Double(machine.processorCount) {
      finding.state = .problem
      finding.advice =
        "A limit of this container gives it \(NumberFormat.significant(share, digits: 3)) "
        + "processors' time; more threads than that wait for each other: use --threads "
        + "\(max(1, Int(share)))."
    }
    return finding
  }

  /// How many processors' time the control group allows; nil where there is no limit.
  static var processorShare: Double? {
    guard let text = SystemFile.text("/sys/fs/cgroup/cpu.max") else { return nil }
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]),
      period > 0
    else { return nil }
    return quota / period
  }

  static func otherWork(_ machine: Machine) -> Finding {
    let fields = SystemFile.text("/proc/loadavg")?.split(separator: " ") ?? []
    guard let load = fields.first.flatMap({ Double($0) }) else {
      return Finding(name: "other work", value: "unknown")
    }
    var finding = Finding(
      name: "other work", value: "load \(NumberFormat.fixed(load, digits: 1)) in the last minute")
    if load > 0.5 * Double(machine.processorCount) {
      finding.state = .note
      finding.advice =
        "Threads wait for each other at every step, so another busy program slows training down "
        + "more than its share; measure on an idle machine."
    }
    return finding
  }

  static func memory(_ machine: Machine) -> Finding {
    let text = SystemFile.text("/proc/meminfo") ?? ""
    let free = SystemFile.number(after: "MemAvailable:", in: text).map { $0 << 10 }
    let total = NumberFormat.bytes(machine.memoryByteCount)
    var finding = Finding(
      name: "memory",
      value: total + (free.map { ", \(NumberFormat.bytes($0)) available" } ?? ""))
    if let free, free < 1 << 30 {
      finding.state = .problem
      finding.advice = "Little is left; end other programs, or use smaller batches."
    }
    return finding
  }

  static var hugePages: Finding {
    let name = "huge pages"
    let path = "/sys/kernel/mm/transparent_hugepage/enabled"
    guard let text = SystemFile.text(path) else {
      return Finding(
        name: name, value: "not known to the system", state: .note,
        advice: "Fresh memory costs more without them.")
    }
    let chosen = text.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("[") }
    let mode = chosen.map { String($0.dropFirst().dropLast()) } ?? "unknown"
    guard mode == "never" else { return Finding(name: name, value: mode) }
    return Finding(
      name: name, value: mode, state: .problem,
      advice: "Fresh memory costs more without them: as root, echo madvise > \(path)")
  }

  static var graphicsProcessor: Finding {
    let isThere = access("/dev/nvidiactl", F_OK) == 0
    return Finding(
      name: "GPU", value: isThere ? "found, not used" : "none", state: isThere ? .note : .fine,
      advice: isThere ? "This version of Hebb computes on the processor." : nil)
  }

  static var data: Finding {
    let name = "Fashion-MNIST"
    do {
      let data = try FashionMNISTData().load(from: .find(named: nil), seed: 0)
      guard !data.isComplete else { return Finding(name: name, value: data.origin) }
      return Finding(
        name: name, value: data.origin, state: .note,
        advice: "Name the folder of the whole data set with --data, or put it into shared/data.")
    } catch {
      return Finding(
        name: name, value: "\(error)", state: .problem,
        advice: "Put the four files back, or name another folder with --data.")
    }
  }
}
