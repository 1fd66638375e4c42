import HebbCore

extension PrimitiveCase {
  /// Convolutions, pools, resizing.
  static let spatial: [PrimitiveCase] = []
}
