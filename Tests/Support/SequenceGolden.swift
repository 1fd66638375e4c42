import HebbCore
import HebbIO
import Testing

/// A case of `sequence_models.safetensors`, computed by PyTorch in double precision (see Tools/golden).
public struct SequenceGolden {
  /// The name of the case.
  public let name: String
  private let file: [String: Tensor]

  /// The case of a name.
  public init(_ name: String) throws {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    let path = parts.joined(separator: "/") + "/Goldens/sequence_models.safetensors"
    self.name = name
    file = try SafeTensors(path: path).tensors()
  }

  /// The tensor `<case>/<key>`.
  public subscript(key: String) -> Tensor {
    get throws { try #require(file["\(name)/\(key)"], "\(name)/\(key)") }
  }

  /// What stands under `<case>/<prefix>`, without it.
  public func all(under prefix: String) -> [String: Tensor] {
    let whole = "\(name)/\(prefix)"
    var result: [String: Tensor] = [:]
    for (key, tensor) in file where key.hasPrefix(whole) {
      result[String(key.dropFirst(whole.count))] = tensor
    }
    return result
  }
}
