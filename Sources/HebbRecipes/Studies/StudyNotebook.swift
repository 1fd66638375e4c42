import HebbCore
import HebbIO
import HebbPlot
import HebbTraining

/// What a study works with, and where it writes down what it finds.
public final class StudyNotebook {
  /// What all random numbers are made from.
  public let seed: UInt64
  /// Whether only the short form is asked for: it shows that everything works.
  public let isQuick: Bool
  /// The data set; nil where the study has none.
  public let data: LoadedData?

  /// The numbers found, in order.
  public private(set) var metrics: [ProgressState.Metric] = []
  /// Charts and tables for the report.
  public private(set) var blocks: [HTMLReport.Block] = []

  private let show: (String) -> Void

  /// An empty notebook.
  ///
  /// - Parameters:
  ///   - seed: What all random numbers are made from.
  ///   - isQuick: Whether only the short form is asked for.
  ///   - data: The data set.
  ///   - show: Shows a line to a person.
  public init(
    seed: UInt64, isQuick: Bool = false, data: LoadedData? = nil,
    show: @escaping (String) -> Void = { _ in }
  ) {
    self.seed = seed
    self.isQuick = isQuick
    self.data = data
    self.show = show
  }

  /// Writes down a number that the study found.
  public func record(_ name: String, _ value: Double) {
    metrics.append(ProgressState.Metric(name, value))
  }

  /// Adds a chart to the report.
  public func add(_ chart: any Chart, caption: String = "") {
    blocks.append(.chart(chart, caption: caption))
  }

  /// Adds a table to the report.
  public func add(_ table: HTMLReport.Table) { blocks.append(.table(table)) }

  /// Tells a person how far the study is.
  public func say(_ line: String) { show(line) }

  /// Leaves the study where somebody asked it to stop.
  ///
  /// - Throws: `StudyInterruption` after Ctrl-C or the system's request to end.
  public func checkStop() throws {
    if let signal = StopSignals.pending { throw StudyInterruption(signal: signal) }
  }

  /// The value of a number written down; nil if there is none of the name.
  public subscript(_ name: String) -> Double? { metrics.last { $0.name == name }?.value }
}

/// A study was asked to stop. It is short and keeps nothing: it is run again.
public struct StudyInterruption: Error, Sendable, CustomStringConvertible {
  /// The signal that asked for it, SIGINT or SIGTERM.
  public let signal: Int32

  /// The whole sentence.
  public var description: String {
    "the study was interrupted; it keeps no checkpoints, run it again from the beginning"
  }
}
