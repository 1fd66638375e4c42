import HebbCore

extension PrimitiveCase {
  /// Factorizations, solutions, Fourier transforms.
  static let linearAlgebra: [PrimitiveCase] = []
}
