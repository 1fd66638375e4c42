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
}

/// How HebbCore finds this module; see `hebb_backend.h`.
@c(hebb_cpu_backend)
public func makeCPUBackend() -> UnsafeMutableRawPointer? {
  OneDNN.prepare()
  return Unmanaged.passRetained(BackendBox(CPUBackend())).toOpaque()
}
