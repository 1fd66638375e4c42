import HebbCore

/// What a pickle can hold here: numbers, texts, containers, and references to tensors.
///
/// Containers and texts are places in the machine's tables, so that a hostile nest of a million
/// lists is a flat table, freed without recursion.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(Int)
  /// Bytes, of which only the number is kept.
  case bytes(Int)
  case list(Int)
  case tuple(Int)
  case set(Int)
  /// Keys and values by turns.
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
}

/// The element types of PyTorch that a tensor can have here; 8- and 16-bit signed integers become
/// `int32`.
enum PickleElement: String, CaseIterable {
  case float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool

  /// Its size in the file.
  var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// The element type of the tensor.
  var dtype: DType {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64: .int64
    case .int32, .int16, .int8: .int32
    case .uint8: .uint8
    case .bool: .bool
    }
  }

  /// The name of PyTorch's class of storages, `FloatStorage` and so on.
  var storageName: String {
    switch self {
    case .float32: "FloatStorage"
    case .float64: "DoubleStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    }
  }
}

/// The Python names that a pickle may refer to. Nothing else is rebuilt and nothing is executed:
/// each of these is a few lines of Swift in `PickleMachine.reduce`.
enum PickleGlobal: Hashable {
  case orderedDictionary
  case defaultDictionary
  case counter
  case set
  case size
  case device
  case encode
  case rebuildTensor
  case rebuildTensorV3
  case rebuildParameter
  case rebuildFromType
  case storage(PickleElement)
  case untypedStorage
  case element(PickleElement)
  /// A class that is only named: `dict`, `torch.Tensor`.
  case type

  /// The allow-list; nil for every other name.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("collections", "defaultdict"): self = .defaultDictionary
    case ("collections", "Counter"): self = .counter
    case ("builtins", "set"), ("builtins", "frozenset"), ("__builtin__", "set"),
      ("__builtin__", "frozenset"):
      self = .set
    case ("builtins", _), ("__builtin__", _):
      guard ["dict", "list", "tuple", "int", "float", "str", "bool"].contains(name) else {
        return nil
      }
      self = .type
    case ("_codecs", "encode"): self = .encode
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .device
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorV3
    case ("torch._utils", "_rebuild_parameter"),
      ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", "Tensor"), ("torch.nn.parameter", "Parameter"): self = .type
    case ("torch", "UntypedStorage"), ("torch.storage", "UntypedStorage"): self = .untypedStorage
    case ("torch", _):
      if let element = PickleElement.allCases.first(where: { $0.storageName == name }) {
        self = .storage(element)
      } else if let element = PickleElement(rawValue: name) {
        self = .element(element)
      } else {
        return nil
      }
    default: return nil
    }
  }

  /// Why another name is refused, and what to do.
  static func refusal(module: String, name: String) -> String {
    let found = quoted("\(module).\(name)")
    let advice: String
    if name.contains("sparse") || name.contains("_layout") {
      advice = "which belongs to a sparse tensor; save tensor.to_dense()"
    } else if name.contains("qtensor") || name.hasPrefix("QInt") || name.hasPrefix("QUInt")
      || name.hasPrefix("qint") || name.hasPrefix("quint")
    {
      advice = "which belongs to a quantized tensor; save tensor.dequantize()"
    } else if name.hasPrefix("Complex") || name.hasPrefix("complex") {
      advice = "which belongs to complex numbers; save torch.view_as_real(tensor)"
    } else if module == "torch" {
      advice = "which has no counterpart; convert that tensor to another type"
    } else {
      advice =
        "which only running code from the file could rebuild; save model.state_dict() or plain "
        + "tensors instead"
    }
    return "expected tensors, numbers, texts and containers, found \(found), \(advice)"
  }
}

/// A part of the file that holds the elements of tensors.
struct PickleStorage {
  let key: String
  /// Nil where the type is the tensor's affair.
  let element: PickleElement?
  /// In elements, or in bytes without element type.
  let count: Int
  /// Where a view begins in the storage, in elements.
  let viewOffset: Int
}

/// A tensor as the pickle describes it: not checked against the storage yet.
struct PickleTensor {
  let storage: Int
  let element: PickleElement
  let offset: Int
  let sizes: [Int]
  let strides: [Int]
}
