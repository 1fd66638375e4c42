extension TextbookSystem {
  /// Convolution layers and ideas.
  static let convolution: [TextbookSystem] = []
}
