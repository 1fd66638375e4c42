/// Training cannot go on because the loss or a parameter is no number any more.
public struct Divergence: Error, Sendable, CustomStringConvertible {
  /// The step that gave it.
  public let step: Int
  /// The input or the operation that gave the first NaN or infinity; nil if it was not found.
  public let cause: String?
  /// The whole sentence: step, loss, last finite loss, what to do, what is kept.
  public let description: String
}

/// Training was asked to stop, and has saved its state where it has a folder.
public struct Interruption: Error, Sendable, CustomStringConvertible {
  /// The signal that asked for it, SIGINT or SIGTERM.
  public let signal: Int32
  /// The number of steps done.
  public let step: Int
  /// The folder of the checkpoint; nil without a run folder.
  public let checkpoint: String?

  /// The whole sentence.
  public var description: String {
    let saved = checkpoint.map { "; its state is saved in \($0)" } ?? "; its state was not saved"
    return "training was interrupted after step \(step)\(saved)"
  }
}

/// Something other than training itself failed, such as reading the data; the state was saved.
public struct TrainingFailure: Error, CustomStringConvertible {
  /// What failed.
  public let underlying: any Error
  /// The number of steps done.
  public let step: Int
  /// The folder of the checkpoint.
  public let checkpoint: String

  /// The whole sentence.
  public var description: String {
    "\(underlying); the state after step \(step) is saved in \(checkpoint)"
  }
}
