import HebbCore
import HebbIO
import HebbNN
import Testing

/// A model that is one vector.
final class Vector: Module {
  @Parameter var p: Tensor

  init(_ p: Tensor) { self.p = p }

  /// Gradients that are given numbers: those of Σ p g.
  func gradients(_ g: Tensor) -> Gradients { HebbNN.gradients(of: (p * g).sum(), for: self) }
}

/// The tensors of `Tests/Goldens/<file>.safetensors`, computed by PyTorch (see Tools/golden).
func golden(_ file: String) throws -> [String: Tensor] {
  var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  parts.removeLast(3)
  let folder = parts.joined(separator: "/") + "/Goldens"
  return try SafeTensors(path: "\(folder)/\(file).safetensors").tensors()
}
