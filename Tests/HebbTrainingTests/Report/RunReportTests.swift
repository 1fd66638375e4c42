import HebbCPU
import HebbCore
import HebbData
import HebbIO
import HebbTestSupport
import HebbTraining
import Testing

@Suite struct RunReportTests {
  @Test func showsEverything() throws {
    let folder = TemporaryFolder()
    let record = try Samples.record(folder)
    let trainer = try Samples.trainer(record: record)
    let summary = try trainer.run()
    // Most of these labels are wrong.
    let numbers = Samples.clusters(12).inputs
    let labels = Tensor((0..<12).map { Int64($0 % 3) })
    let vectors = AnyDataset(ArrayDataset(inputs: numbers, targets: labels))
    let pictures = ArrayDataset(inputs: numbers, targets: labels, inputShape: [1, 2, 2])
    var report = RunReport(
      title: "Clusters & <others>", summary: summary,
      lines: try MetricsLog.read(record.folder.metricsPath), model: trainer.model)
    report.classNames = ["first", "second", "third"]
    report.details = try ClassificationDetails(
      of: trainer.model, on: vectors, classCount: 3)
    report.test = AnyDataset(pictures)
    report.guides = [("test_accuracy", 0.9, "test_accuracy at least 0.9")]
    report.facts = [("Seed", "7")]
    try report.write(to: record.folder.reportPath)
    let bytes = try #require(folder.contents("run/report.html"))
    let page = String(decoding: bytes, as: UTF8.self)
    for text in [
      "Clusters &amp; &lt;others&gt;", "Test accuracy", "Confusion matrix", "second", "fc1.weight",
      "Loss during training", "First examples", "Worst mistakes", "data:image/png", "at least 0.9",
      "Seed", "Backend",
      "samples/s",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("<others>"))
    // The model at work: a picture with truth and prediction for each of the twelve examples.
    let details = try #require(report.details)
    #expect(details.first.map(\.index) == Array(0..<12))
    #expect(Set(details.worst) == Set(details.first.filter { !$0.isRight }))
    let grid = try #require(page.components(separatedBy: "First examples").last)
    let first = try #require(grid.components(separatedBy: "Worst mistakes").first)
    #expect(first.components(separatedBy: "data:image/png").count == 13)
    let wrong = details.first.count { !$0.isRight }
    let marks = first.components(separatedBy: "(wrong)</figcaption>").count - 1
    #expect(wrong > 0 && marks == wrong, "\(details.first)")
  }

  @Test func needsNothingButNumbers() throws {
    let trainer = try Samples.trainer(epochs: 1)
    let summary = try trainer.run()
    let folder = TemporaryFolder()
    try RunReport(title: "Bare", summary: summary, lines: [], model: trainer.model)
      .write(to: folder.file("report.html"))
    #expect(folder.names == ["report.html"])
    expectSentence("cannot be written") {
      try RunReport(title: "Bare", summary: summary, lines: [], model: trainer.model)
        .write(to: folder.file("none/report.html"))
    }
  }
}
