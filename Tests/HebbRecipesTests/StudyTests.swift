import HebbCPU
import HebbCore
import HebbData
import HebbIO
import HebbRecipes
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct StudyTests {
  @Test func namesAreFound() throws {
    let all = Recipe.all.map(\.name) + Study.all.map(\.name)
    #expect(Set(all).count == all.count)
    guard case .study(let study) = try Job.named("weight-decay") else {
      Issue.record("weight-decay is no study")
      return
    }
    #expect(study.name == "weight-decay")
    expectSentence("did you mean saito-dropout?") { _ = try Job.named("saito-dropot") }
    expectSentence("found the study weight-decay") { _ = try Recipe.named("weight-decay") }
  }

  /// The book's numbers: test loss 98 without the penalty, .08 with it.
  @Test func weightDecayReachesTheBooksNumbers() throws {
    let folder = TemporaryFolder()
    var options = RunOptions()
    options.output = folder.file("run")
    guard case .study(let study) = try Job.named("weight-decay") else { return }
    let result = try StudyRun(study, options).run()
    for check in result.checks { #expect(check.isMet, "\(check)") }
    #expect(result.checks.count == 6)
    let run = try RunFolder.open(folder.file("run"))
    #expect(try MetricsLog.read(run.metricsPath).count == 6)
    let page = try #require(SystemFile.text(run.reportPath))
    #expect(page.contains("<svg") && page.contains("decay_norm"))
    expectSentence("found the study", "keeps no model") {
      _ = try TrainedModel(run: folder.file("run"))
    }
  }

  /// Each runs in its short form on a few made-up images: no result, but no error either.
  @Test(arguments: Study.all.map(\.name).filter { $0 != "weight-decay" })
  func studiesRun(name: String) throws {
    let folder = TemporaryFolder()
    try TinyFashion.write(to: folder, training: 600, test: 60)
    guard case .study(let study) = try Job.named(name) else { return }
    var options = RunOptions()
    options.isQuick = true
    if study.data != nil { options.dataFolder = folder.path }
    options.output = folder.file("run")
    let result = try StudyRun(study, options).run()
    #expect(result.checks.allSatisfy { $0.value?.isFinite == true })
    #expect(Set(result.metrics.map(\.name)).isSuperset(of: study.expected.map(\.metric)))
  }

  @Test func optionsOfRecipesAreRefused() throws {
    guard case .study(let study) = try Job.named("weight-decay") else { return }
    var options = RunOptions()
    options.settings = ["rate=1"]
    expectSentence("no --epochs and no --set") { _ = try StudyRun(study, options) }
    guard case .study(let images) = try Job.named("saito-dropout") else { return }
    options = RunOptions()
    options.dataFolder = "/nowhere"
    expectSentence("the files of MNIST") { _ = try StudyRun(images, options) }
  }
}
