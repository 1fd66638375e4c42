extension TextbookSystem {
  /// Optimizers.
  static let optimizers: [TextbookSystem] = []
}
