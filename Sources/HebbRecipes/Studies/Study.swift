import HebbTraining

/// An experiment of several small runs that are compared: the optimizers of a book's chapter, a
/// penalty with and without. Like a recipe it is data with an expected result, and `hebb train` and
/// `hebb verify` run it by its name.
public struct Study: Sendable {
  /// What a command line calls it.
  public let name: String
  /// What a report calls it.
  public let title: String
  /// What is asked, and what the book found, in a sentence or two.
  public let question: String
  /// The data set; nil where the study makes its own numbers.
  public let data: (any RecipeData)?
  /// What the study must come to.
  public let expected: [Expectation]
  /// Does the work, and writes down what it finds.
  let body: @Sendable (_ notebook: StudyNotebook) throws -> Void

  /// A study.
  ///
  /// - Parameters:
  ///   - name: What a command line calls it.
  ///   - title: What a report calls it.
  ///   - question: What is asked, and what the book found.
  ///   - data: The data set; nil where the study makes its own numbers.
  ///   - expected: What the study must come to.
  ///   - body: Does the work, and writes down what it finds.
  public init(
    name: String, title: String, question: String, data: (any RecipeData)? = nil,
    expected: [Expectation], body: @escaping @Sendable (_ notebook: StudyNotebook) throws -> Void
  ) {
    self.name = name
    self.title = title
    self.question = question
    self.data = data
    self.expected = expected
    self.body = body
  }
}
