extension TextbookSystem {
  /// Learning-rate schedules and training dynamics.
  static let training: [TextbookSystem] = []
}
