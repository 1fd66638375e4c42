extension TextbookSystem {
  /// Regularization and ensembles.
  static let regularization: [TextbookSystem] = []
}
