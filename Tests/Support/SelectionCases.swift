import HebbCore

extension PrimitiveCase {
  /// Positions, sorting, cutting and putting together.
  static let selection: [PrimitiveCase] = []
}
