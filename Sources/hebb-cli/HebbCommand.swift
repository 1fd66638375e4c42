import ArgumentParser
import Hebb

/// The command line: each subcommand is a file beside this one.
@main
struct HebbCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hebb",
    abstract: "Deep learning for Swift: trains, measures and uses networks.",
    discussion: "Begin with: hebb train lenet",
    version: hebbVersion,
    subcommands: [
      ListCommand.self, TrainCommand.self, EvaluateCommand.self, PredictCommand.self,
      VerifyCommand.self, RunCommand.self, ConvertCommand.self, BenchCommand.self,
      ProfileCommand.self,
      DoctorCommand.self,
    ])

  /// Errors of our own are one sentence on standard error and exit status 1; a signal that stopped
  /// training gives 128 and its number; the rest, like a wrong command line, is the parser's affair.
  static func main() {
    MemoryFailure.handler.withLock { $0 = { Console.fail($0) } }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as DataError {
      Console.fail(error.description)
    } catch let error as Divergence {
      Console.fail(error.description)
    } catch let error as TrainingFailure {
      Console.fail(error.description)
    } catch let error as StateError {
      Console.fail(error.description)
    } catch let error as Interruption {
      Console.fail(error.description, status: 128 + error.signal)
    } catch let error as StudyInterruption {
      Console.fail(error.description, status: 128 + error.signal)
    } catch {
      exit(withError: error)
    }
  }
}
