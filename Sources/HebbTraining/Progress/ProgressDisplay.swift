#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Shows training to a person: lines that stay, on standard output, and how far it is, on standard
/// error: a bar that renews itself on a terminal, else now and then a line.
public final class ProgressDisplay {
  /// What standard error is connected to.
  package enum Style: Sendable, Hashable {
    /// A terminal of this many columns.
    case terminal(width: Int, isUnicode: Bool)
    /// A file, a pipe or a log.
    case lines
  }

  private let style: Style
  private let writeLine: (String) -> Void
  private let writeProgress: (String) -> Void
  private var lastUpdate: ContinuousClock.Instant?
  private var isBarVisible = false

  /// A display on standard output and standard error.
  public convenience init() {
    self.init(
      style: Self.detectedStyle, writeLine: { Self.write($0 + "\n", to: STDOUT_FILENO) },
      writeProgress: { Self.write($0, to: STDERR_FILENO) })
  }

  /// A display that writes elsewhere, for tests.
  package init(
    style: Style, writeLine: @escaping (String) -> Void,
    writeProgress: @escaping (String) -> Void
  ) {
    self.style = style
    self.writeLine = writeLine
    self.writeProgress = writeProgress
  }

  /// Whether an update would be shown now. Making one costs a little, showing one more.
  package func isDue(at now: ContinuousClock.Instant = .now) -> Bool {
    guard let lastUpdate else { return true }
    switch style {
    case .terminal: return now - lastUpdate >= .milliseconds(100)
    case .lines: return now - lastUpdate >= .seconds(10)
    }
  }

  /// Shows how far training is.
  public func update(_ state: ProgressState) {
    let isFirst = lastUpdate == nil
    lastUpdate = .now
    switch style {
    case .terminal(let width, let isUnicode):
      // Back to the first column, the line, and nothing after it.
      let width = Self.terminalWidth ?? width
      writeProgress("\r" + state.barLine(width: width, isUnicode: isUnicode) + "\u{1b}[K")
      isBarVisible = true
    case .lines:
      // A run that is over in a few seconds needs no such lines.
      if !isFirst { writeProgress(state.plainLine + "\n") }
    }
  }

  /// Prints a line that stays.
  public func print(_ line: String) {
    clear()
    writeLine(line)
  }

  /// Removes the bar.
  public func clear() {
    guard isBarVisible else { return }
    writeProgress("\r\u{1b}[K")
    isBarVisible = false
  }

  private static var detectedStyle: Style {
    guard isatty(STDERR_FILENO) == 1, (environment("TERM") ?? "dumb") != "dumb" else {
      return .lines
    }
    let names: [String] = ["LC_ALL", "LC_CTYPE", "LANG"]
    let locale = names.lazy.compactMap { environment($0) }.first { !$0.isEmpty }
    let isUnicode = locale.map { $0.uppercased().contains("UTF") } ?? false
    return .terminal(width: terminalWidth ?? 80, isUnicode: isUnicode)
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static var terminalWidth: Int? {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Writes without a buffer, so that lines appear when they are printed. What cannot be written, as
  /// when a reader has gone, is dropped.
  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
          Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
