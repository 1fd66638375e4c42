import Foundation
import HebbIO
import HebbTestSupport
import HebbTraining
import Testing

/// The program itself, as the build made it.
enum Tool {
  /// Beside the tests; nil where only these were built.
  static let path: String? = {
    let own = SystemFile.executable ?? CommandLine.arguments[0]
    let tool = Folder.parent(of: own) + "/hebb-cli"
    return Folder.isFile(tool) ? tool : nil
  }()

  /// What to say where it is not there.
  static let absence: Comment = "hebb-cli is not beside the tests; swift build makes it"

  /// How a run of the program ended.
  struct Result {
    var status: Int32
    var output: String
    var errors: String
    /// Whether a signal ended it.
    var wasKilled: Bool

    /// The last line of the output as JSON.
    var json: JSONObject? {
      output.split(separator: "\n").last.flatMap { line in
        (try? JSONValue(parsing: String(line)))?.objectValue
      }
    }

    /// What was printed on standard error as its one sentence.
    var sentence: String? {
      let lines = errors.split(separator: "\n")
      return lines.count == 1 ? String(lines[0]) : nil
    }
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - arguments: What follows its name.
  ///   - folder: The working folder.
  ///   - environment: Variables besides those of the tests.
  ///   - shell: A command before it, such as a limit.
  ///   - whileRunning: Called after the start, with the number of the process.
  /// - Returns: How it ended.
  /// - Throws: What starting it throws, or `whileRunning`.
  static func run(
    _ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:],
    shell: String? = nil, whileRunning: (Int32) throws -> Void = { _ in }
  ) throws -> Result {
    let tool = try #require(path)
    let process = Process()
    if let shell {
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-c", shell + "; exec \"$0\" \"$@\"", tool] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: tool)
      process.arguments = arguments
    }
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Through files: a pipe that nobody empties would stop the program.
    let names = [folder.file("output.txt"), folder.file("errors.txt")]
    for name in names { folder.write([], Folder.lastName(of: name)) }
    let handles = try names.map { try #require(FileHandle(forWritingAtPath: $0)) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    try process.run()
    try whileRunning(process.processIdentifier)
    // A program that does not stop by itself must not stop the tests.
    let begin = ContinuousClock.now
    while process.isRunning, ContinuousClock.now - begin < .seconds(120) { usleep(2_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus,
      output: String(decoding: folder.contents("output.txt") ?? [], as: UTF8.self),
      errors: String(decoding: folder.contents("errors.txt") ?? [], as: UTF8.self),
      wasKilled: process.terminationReason == .uncaughtSignal)
  }

  /// Waits until a condition holds, ten seconds at most.
  static func wait(until isTrue: () -> Bool) {
    let begin = ContinuousClock.now
    while !isTrue(), ContinuousClock.now - begin < .seconds(10) { usleep(500) }
  }
}
