extension TextbookSystem {
  /// Data handling and augmentation.
  static let data: [TextbookSystem] = []
}
