import HebbCore
import HebbNN
import HebbTestSupport

extension LayerCase {
  /// Convolutions, pools, upsampling.
  static let spatial: [LayerCase] = []
}
