import HebbCore

extension PrimitiveCase {
  /// Functions of numbers, reductions, contractions.
  static let arithmetic: [PrimitiveCase] = []
}
