import HebbCore
import HebbNN
import HebbTestSupport

extension LayerCase {
  /// Recurrent layers, attention, Transformer.
  static let sequences: [LayerCase] = []
}
