import HebbCore

/// The function between the two maps of a Transformer's perceptron, by the names of Hugging Face.
public enum TextActivation: String, Sendable, Hashable, CaseIterable {
  /// x Φ(x).
  case gelu
  /// GELU by the hyperbolic tangent, as GPT-2 has it.
  case geluTanh = "gelu_new"
  /// max(x, 0).
  case relu
  /// x σ(x).
  case silu
  /// The hyperbolic tangent.
  case tanh

  /// The function that Hugging Face calls so; nil if there is none here.
  public init?(name: String) {
    switch name {
    case "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
    case "gelu_python": self = .gelu
    case "swish": self = .silu
    default: self.init(rawValue: name)
    }
  }

  /// The function, element by element.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .gelu: HebbCore.gelu(x)
    case .geluTanh: HebbCore.geluTanh(x)
    case .relu: HebbCore.relu(x)
    case .silu: HebbCore.silu(x)
    case .tanh: HebbCore.tanh(x)
    }
  }
}
