extension TextbookSystem {
  /// Methodology and hyperparameter search.
  static let methodology: [TextbookSystem] = []
}
