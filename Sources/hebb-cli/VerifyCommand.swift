import ArgumentParser
import Hebb

/// `hebb verify`: trains a recipe and compares with what it must come to.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Trains a recipe or runs a study and checks the result against the published one.",
    discussion: """
      Exit status 1 if a check fails. The last line on standard output is one JSON object. The \
      published results are of all the data, so these are needed.
      """)

  @Argument(help: "The recipe, as hebb list recipes names it.")
  var recipe: String

  @OptionGroup var options: TrainingOptions

  func run() throws {
    try options.setThreads()
    let job = try Job.named(recipe)
    guard !options.quick else {
      throw ValidationError("The published results are of the whole recipe, without --quick.")
    }
    switch job {
    case .recipe(let recipe):
      var runOptions = options.runOptions
      runOptions.needsAllData = true
      let run = try RecipeRun.start(recipe, runOptions)
      let result = try options.train(run)
      try Self.judge(result.checks, result.json, report: run.folder.reportPath)
    case .study(let study):
      let result = try options.run(study)
      try Self.judge(result.checks, result.json, report: result.run.folder.reportPath)
    }
  }

  /// Prints each check, and ends with status 1 if one fails.
  private static func judge(_ checks: [ResultCheck], _ json: JSONObject, report: String) throws {
    print("report: \(report)")
    Console.printTable(
      checks.map { check in
        let value = check.value.map { NumberFormat.significant($0, digits: 5) } ?? "not measured"
        return [
          check.isMet ? "pass" : "FAIL", check.expectation.metric, value,
          "expected \(check.expectation.rangeText)", "(\(check.expectation.source))",
        ]
      })
    let passed = checks.allSatisfy(\.isMet)
    var object = json
    object["passed"] = .bool(passed)
    object["checks"] = .array(
      checks.map { check in
        [
          "metric": .string(check.expectation.metric),
          "value": check.value.map { .number($0) } ?? .null,
          "expected": .string(check.expectation.rangeText), "passed": .bool(check.isMet),
        ]
      })
    Console.print(object)
    if !passed { throw ExitCode(1) }
  }
}
