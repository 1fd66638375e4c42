import HebbCore
import HebbIO

extension ArrayDataset {
  /// Reads a data set from two arrays of a NumPy archive (or another file of named tensors).
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - inputs: The name of the array of inputs, `[count, ...]`.
  ///   - targets: The name of the array of targets, `[count]` or `[count, ...]`.
  ///   - scaling: What is done to the inputs of a batch; other than `none` for `uint8` alone.
  ///   - dtype: What numbers of 64 bits become, which NumPy makes without being asked: the type of
  ///     models. `float64` keeps them. Other types stay.
  /// - Throws: `DataError` if the file cannot be read, an array is missing, or they do not belong
  ///   together.
  public init(
    arraysIn path: String, inputs: String = "x", targets: String = "y",
    scaling: InputScaling = .none, dtype: DType = .float32
  ) throws(DataError) {
    let arrays = try TensorFile.read(path)
    func array(_ name: String) throws(DataError) -> Tensor {
      guard let array = arrays[name] else {
        let known = arrays.keys.sorted().prefix(8).map(shown).joined(separator: ", ")
        throw DataError(
          path,
          "expected an array \(shown(name)), found \(known.isEmpty ? "none" : known); check the name"
        )
      }
      return array
    }
    try self.init(
      inputs: array(inputs), targets: array(targets), scaling: scaling, dtype, name: path)
  }

  /// Reads a data set from two `.npy` files.
  ///
  /// - Parameters:
  ///   - inputs: The file of the inputs, `[count, ...]`.
  ///   - targets: The file of the targets, `[count]` or `[count, ...]`.
  ///   - scaling: What is done to the inputs of a batch; other than `none` for `uint8` alone.
  ///   - dtype: What numbers of 64 bits become, which NumPy makes without being asked: the type of
  ///     models. `float64` keeps them. Other types stay.
  /// - Throws: `DataError` if a file cannot be read, or they do not belong together.
  public init(
    inputsFile inputs: String, targetsFile targets: String, scaling: InputScaling = .none,
    dtype: DType = .float32
  ) throws(DataError) {
    try self.init(
      inputs: NPY.read(inputs), targets: NPY.read(targets), scaling: scaling, dtype, name: inputs)
  }

  private init(
    inputs: Tensor, targets: Tensor, scaling: InputScaling, _ dtype: DType, name: String
  ) throws(DataError) {
    guard inputs.rank > 0, targets.rank > 0, inputs.shape[0] == targets.shape[0] else {
      throw DataError(
        name,
        "expected as many targets as inputs along the first axis, found inputs of shape "
          + "\(inputs.shape) and targets of shape \(targets.shape); check that they belong together"
      )
    }
    guard scaling == .none || inputs.dtype == .uint8 else {
      throw DataError(
        name,
        "expected uint8 pixels as inputs, found \(inputs.dtype); save pixels, or read them without "
          + "scaling")
    }
    func entering(_ array: Tensor) -> Tensor {
      array.dtype == .float64 ? array.cast(to: dtype).evaluated() : array
    }
    self.init(
      inputs: entering(inputs), targets: entering(targets), inputShape: nil, scaling: scaling)
  }
}
