extension PickleMachine {
  /// What a call of one of the allowed names gives.
  mutating func reduce(
    _ global: PickleGlobal, _ arguments: [PickleValue]
  ) throws(DataError) -> PickleValue {
    switch global {
    case .orderedDictionary, .counter: return try dictionary(arguments.first)
    case .defaultDictionary: return try dictionary(arguments.dropFirst().first)
    case .set:
      let elements = arguments.first.flatMap { self.elements($0) } ?? []
      try noteCopies(elements.count)
      return .set(container(elements))
    case .size:
      guard let sizes = arguments.first.flatMap({ integers($0) }) else {
        throw reader.damaged("a torch.Size without sizes")
      }
      return .tuple(container(sizes.map { .integer($0) }))
    case .device:
      guard let kind = arguments.first.flatMap({ text($0) }) else {
        throw reader.damaged("a torch.device without name")
      }
      guard arguments.count > 1, case .integer(let index) = arguments[1] else {
        return string(kind)
      }
      return string("\(kind):\(index)")
    case .encode:
      // Bytes, as protocol 2 writes them: a text with a character for each byte.
      guard let text = arguments.first.flatMap({ text($0) }) else {
        throw reader.damaged("_codecs.encode without text")
      }
      try noteCopies(text.utf8.count / 16)
      return .bytes(text.unicodeScalars.count)
    case .rebuildTensor: return try tensor(arguments, element: nil)
    case .rebuildTensorV3:
      guard arguments.count > 6, case .global(.element(let element)) = arguments[6] else {
        throw reader.damaged("a tensor of a type that has no counterpart")
      }
      return try tensor(arguments, element: element)
    case .rebuildParameter:
      guard let data = arguments.first, case .tensor = data else {
        throw reader.damaged("a parameter without tensor")
      }
      return data
    case .rebuildFromType:
      // (function, class, its arguments, state): a parameter or tensor with attributes.
      guard arguments.count >= 3, case .global(let function) = arguments[0],
        function == .rebuildTensor || function == .rebuildTensorV3 || function == .rebuildParameter,
        case .global(.type) = arguments[1], case .tuple(let place) = arguments[2]
      else { throw reader.damaged("a tensor of an unknown class") }
      return try reduce(function, containers[place])
    case .storage, .untypedStorage, .element, .type:
      throw reader.damaged("a call of a name that only describes a type")
    }
  }

  /// A dictionary from nothing, from another one, or from pairs, as Python 2 wrote them.
  private mutating func dictionary(_ argument: PickleValue?) throws(DataError) -> PickleValue {
    guard let argument else { return .dictionary(container([])) }
    if case .dictionary(let place) = argument {
      try noteCopies(containers[place].count)
      return .dictionary(container(containers[place]))
    }
    guard let pairs = elements(argument) else {
      throw reader.damaged("a dictionary of something else")
    }
    try noteCopies(2 * pairs.count)
    var items: [PickleValue] = []
    for pair in pairs {
      guard let pair = elements(pair), pair.count == 2 else {
        throw reader.damaged("a dictionary of something else")
      }
      items += pair
    }
    return .dictionary(container(items))
  }

  /// A tensor from (storage, offset, sizes, strides, ...).
  private mutating func tensor(
    _ arguments: [PickleValue], element: PickleElement?
  ) throws(DataError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let sizes = integers(arguments[2]),
      let strides = integers(arguments[3])
    else { throw reader.damaged("a tensor without storage, sizes or strides") }
    guard let element = element ?? storages[storage].element else {
      throw reader.damaged("a tensor without element type")
    }
    tensors.append(
      PickleTensor(
        storage: storage, element: element, offset: offset, sizes: sizes, strides: strides))
    return .tensor(tensors.count - 1)
  }

  /// The storage that a persistent name describes: ("storage", type, key, place, size) and in old
  /// files what it is a view of.
  mutating func storage(_ name: PickleValue) throws(DataError) -> PickleValue {
    guard case .tuple(let place) = name else { throw reader.damaged("a storage without name") }
    let parts = containers[place]
    guard let kind = parts.first.flatMap({ text($0) }), kind == "storage" else {
      throw DataError(
        reader.file.name,
        "expected tensors, numbers, texts and containers, found a whole model with its program; "
          + "save model.state_dict() instead")
    }
    guard parts.count >= 5, case .global(let type) = parts[1], let key = text(parts[2]),
      case .integer(let count) = parts[4], count >= 0
    else { throw reader.damaged("a storage without type, key or size") }
    let element: PickleElement?
    switch type {
    case .storage(let known): element = known
    case .untypedStorage: element = nil
    default: throw reader.damaged("a storage without type")
    }
    var view = (offset: 0, count: count)
    if parts.count > 5, case .tuple(let place) = parts[5] {
      let description = containers[place]
      guard description.count == 3, case .integer(let offset) = description[1],
        case .integer(let viewCount) = description[2], offset >= 0, viewCount >= 0,
        viewCount <= count, offset <= count - viewCount
      else { throw reader.damaged("a view outside its storage") }
      view = (offset, viewCount)
    }
    storages.append(
      PickleStorage(
        key: key, element: element, count: view.offset + view.count, viewOffset: view.offset))
    return .storage(storages.count - 1)
  }
}
