import HebbCore
import HebbIO
import HebbNN

/// What models for text ask of a call.
extension ModelCall {
  /// The settings, which must be there.
  ///
  /// - Throws: `DataError` if there are none.
  func demandedSettings() throws(DataError) -> JSONObject {
    guard !settings.members.isEmpty else {
      throw DataError(
        "expected the sizes of the model \(model), found none; give its config.json with --config")
    }
    return settings
  }

  /// The class that the settings name in `architectures`; the first of those known where they name none.
  ///
  /// - Throws: `DataError` if it is none of those known.
  func architecture(_ known: String...) throws(DataError) -> String {
    guard let value = settings["architectures"], value != .null else { return known[0] }
    let names = value.arrayValue?.compactMap(\.stringValue) ?? []
    guard let name = names.first(where: known.contains) else {
      throw DataError(
        "expected one of \(known.joined(separator: ", ")) in \"architectures\" of the "
          + "configuration, found \(value.text().prefix(80)); check the file given with --config")
    }
    return name
  }

  /// An argument of integers.
  ///
  /// - Parameters:
  ///   - name: The name of the array.
  ///   - limit: What they are smaller than; none is negative.
  ///   - shape: The shape; any `[batch, time]` where nil.
  /// - Returns: `int64`.
  /// - Throws: `DataError` if there is no such array, or it is something else.
  func integers(_ name: String, below limit: Int, shape: Shape?) throws(DataError) -> Tensor {
    guard let array = try optionalIntegers(name, below: limit, shape: shape) else {
      let known = inputs.keys.sorted().prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
      throw DataError(
        inputsName,
        "expected an array \"\(name)\" for the model \(model), found "
          + (known.isEmpty ? "none" : known) + "; rename the array")
    }
    return array
  }

  /// An argument of integers that may be left out.
  ///
  /// - Throws: As `integers`, except where there is no such array.
  func optionalIntegers(
    _ name: String, below limit: Int, shape: Shape?
  ) throws(DataError) -> Tensor? {
    guard let array = inputs[name] else { return nil }
    let fits =
      shape.map { array.shape == $0 } ?? (array.rank == 2 && !array.shape.contains(0))
    guard fits, !array.dtype.isFloatingPoint else {
      let expected = shape.map { "\($0)" } ?? "[batch, time]"
      throw DataError(
        inputsName,
        "expected integers of shape \(expected) as \"\(name)\", found \(array.type); reshape or "
          + "convert the array")
    }
    let integers = array.cast(to: .int64)
    let wrong = integers.scalars(as: Int64.self).first { $0 < 0 || $0 >= Int64(limit) }
    if let wrong {
      throw DataError(
        inputsName,
        "expected \"\(name)\" to be from 0 to \(limit - 1), found \(wrong); check that array and "
          + "model belong together")
    }
    return integers
  }

  /// The call with other names of the weights: what Hugging Face saves of a model alone has no prefix,
  /// what it saves with a head has one.
  ///
  /// - Parameters:
  ///   - base: The part that is saved alone.
  ///   - isWhole: Whether that part is all of the model.
  ///   - prefix: What stands before its names in the model with a head.
  ///   - rename: The name of today for an old one; nil for what is no weight.
  /// - Returns: The same call.
  func renamed(
    base: any Module, isWhole: Bool, prefix: String, _ rename: (String) -> String?
  ) -> ModelCall {
    let own = Set(base.state().map(\.name))
    var result: [String: Tensor] = [:]
    for (name, tensor) in weights {
      guard var name = rename(name) else { continue }
      if isWhole {
        if name.hasPrefix(prefix) { name = String(name.dropFirst(prefix.count)) }
      } else if own.contains(name) {
        name = prefix + name
      }
      result[name] = tensor
    }
    return ModelCall(
      model: model, weights: result, weightsName: weightsName, inputs: inputs,
      inputsName: inputsName, settings: settings, isStrict: isStrict)
  }
}
