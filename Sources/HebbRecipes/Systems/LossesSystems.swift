extension TextbookSystem {
  /// Losses, distances and penalties.
  static let losses: [TextbookSystem] = []
}
