import HebbCore
import HebbNN
import HebbTestSupport

extension LayerCase {
  /// Activations.
  static let activations: [LayerCase] = []
}
