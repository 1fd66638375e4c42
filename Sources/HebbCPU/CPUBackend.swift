import CHebbKernels
import COneDNN
import HebbCore

/// The fast backend: oneDNN for products and convolutions, fused loops in C for the rest, one arena
/// of memory for each plan.
struct CPUBackend: Backend {
  var name: String { "cpu" }

  func compile(_ graph: PlanGraph) -> any Executable {
    PlanBuilder(graph).build()
  }

  func compute(_ call: SmallCall) -> Bool {
    hebb_apply_floats(
      hebb_opcode(rawValue: UInt32(call.opcode.rawValue)), call.result, call.first, call.second,
      call.secondIsSingle ? 1 : 0, Int64(call.count))
    return true
  }
}

/// How HebbCore finds this module; see `hebb_backend.h`.
@c(hebb_cpu_backend)
public func makeCPUBackend() -> UnsafeMutableRawPointer? {
  OneDNN.prepare()
  return Unmanaged.passRetained(BackendBox(CPUBackend())).toOpaque()
}
