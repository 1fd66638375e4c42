import HebbCore
import HebbIO
import Testing

/// A case of `text_models.safetensors`, computed by transformers in double precision (see Tools/golden).
struct TextGolden {
  let name: String
  let config: JSONObject
  private let file: [String: Tensor]

  init(_ name: String) throws {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    let path = parts.joined(separator: "/") + "/Goldens/text_models.safetensors"
    let file = try SafeTensors(path: path)
    self.name = name
    self.file = try file.tensors()
    let text = try #require(file.metadata[name])
    config = try #require(try JSONValue(parsing: text, name: name).objectValue)
  }

  /// The tensor `<case>/<key>`.
  subscript(key: String) -> Tensor {
    get throws { try #require(file["\(name)/\(key)"], "\(name)/\(key)") }
  }

  /// What stands under `<case>/<prefix>`, without it.
  func all(under prefix: String) -> [String: Tensor] {
    let whole = "\(name)/\(prefix)"
    var result: [String: Tensor] = [:]
    for (key, tensor) in file where key.hasPrefix(whole) {
      result[String(key.dropFirst(whole.count))] = tensor
    }
    return result
  }
}

/// In single precision transformers itself is off by 4e-6 (the file's metadata); in double precision the
/// goldens are rounded to single.
let precisions: [(DType, Double)] = [(.float32, 1e-5), (.float64, 1e-7)]
