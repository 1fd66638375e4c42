import HebbCore
import HebbNN
import HebbTestSupport

extension LayerCase {
  /// Normalization, dropout, containers.
  static let normalizations: [LayerCase] = []
}
