extension TextbookSystem {
  /// Initialization and normalization.
  static let normalization: [TextbookSystem] = []
}
