extension TextbookSystem {
  /// Metrics and evaluation.
  static let metrics: [TextbookSystem] = []
}
