import HebbCore

/// The trainable parameters of a model, found by one walk: what gradients are taken for and what an
/// optimizer updates.
public struct Parameters {
  /// The names, in the order of declaration.
  public let names: [String]
  /// The places that hold the tensors, in the same order.
  public let boxes: [ParameterBox]
  /// The places of running statistics and the like.
  let buffers: [BufferBox]

  init(_ tree: ModuleTree) {
    let entries = tree.parameters.filter { !$0.box.isFrozen }
    names = entries.map(\.name)
    boxes = entries.map(\.box)
    buffers = tree.buffers.map(\.box)
  }

  /// The number of parameters, tensors and not numbers.
  public var count: Int { boxes.count }

  /// The buffers of this moment: running statistics and the like.
  package var bufferTensors: [Tensor] { buffers.compactMap(\.tensor) }

  /// The tensors of this moment.
  public var tensors: [Tensor] {
    boxes.enumerated().map { index, box in .from(box.tensor, named: names[index]) }
  }
}

/// The derivatives of a loss with respect to the parameters of a model.
public struct Gradients {
  /// The loss.
  public let loss: Tensor
  /// What they belong to.
  public let parameters: Parameters
  /// One gradient for each parameter, in its shape.
  public private(set) var tensors: [Tensor]
  /// What else the step computes.
  package private(set) var companions: [Tensor] = []

  init(loss: Tensor, parameters: Parameters, tensors: [Tensor]) {
    self.loss = loss
    self.parameters = parameters
    self.tensors = tensors
  }

  /// The parameters' names with the gradients, in the order of declaration.
  public var named: [(name: String, gradient: Tensor)] {
    Array(zip(parameters.names, tensors)).map { ($0, $1) }
  }

  /// The gradient of the parameter of that name; nil if there is none.
  public subscript(name: String) -> Tensor? {
    parameters.names.firstIndex(of: name).map { tensors[$0] }
  }

  /// The Euclidean norm of all gradients taken together, a scalar.
  public func norm() -> Tensor {
    guard let first = tensors.first else { return Tensor(0) }
    return withoutGradients {
      func squares(_ gradient: Tensor) -> Tensor {
        square(RowSum.ofFewRows(gradient)?.distinct ?? gradient).sum()
      }
      var total = squares(first)
      for gradient in tensors.dropFirst() {
        total = total + squares(gradient).cast(to: total.dtype)
      }
      return sqrt(total)
    }
  }

  /// The gradients scaled down so that their norm is at most `limit`,
  /// g · min(1, limit / (‖g‖ + 10⁻⁶)), as in PyTorch's `clip_grad_norm_`.
  public func clipped(toNorm limit: Double) -> Gradients {
    withoutGradients {
      let scale = minimum(limit / (norm() + 1e-6), 1)
      return map { $0 * scale.cast(to: $0.dtype) }
    }
  }

  /// The gradients with every element moved into −limit...limit.
  public func clipped(toValue limit: Double) -> Gradients {
    withoutGradients { map { minimum(maximum($0, -limit), limit) } }
  }

  /// Gradients changed one by one; shapes must stay.
  public func map(_ transform: (Tensor) -> Tensor) -> Gradients {
    var result = self
    for index in tensors.indices {
      let changed = transform(tensors[index])
      guard changed.type == tensors[index].type else {
        stop(
          "the gradient of \(parameters.names[index]) is \(tensors[index].type), map made it "
            + "\(changed.type)")
      }
      result.tensors[index] = changed
    }
    return result
  }

  /// These gradients with values that the optimizer's step computes in its own plan, as the sums of
  /// metrics: reading them later costs nothing, and they keep no graph.
  public func computing(_ values: [Tensor]) -> Gradients {
    var result = self
    result.companions += values
    return result
  }

  /// The sum of two gradients and their losses, for batches that do not fit into memory at once.
  /// Traps where they belong to different parameters.
  public static func + (a: Gradients, b: Gradients) -> Gradients {
    guard a.parameters.boxes.elementsEqual(b.parameters.boxes, by: ===) else {
      stop("gradients of different parameters cannot be added")
    }
    let sums = zip(a.tensors, b.tensors).map { $0 + $1 }
    let sum = Gradients(loss: a.loss + b.loss, parameters: a.parameters, tensors: sums)
    return sum.computing(a.companions + b.companions)
  }

  /// Computes loss, gradients and pending running statistics now and gives up the graph behind them:
  /// the memory of the forward pass is free when this returns. Of a table from which rows were looked
  /// up, the gradients of the rows are kept, which are fewer, and the table's is computed where it is read.
  @discardableResult
  public func evaluated() -> Gradients {
    var result = self
    let sums = withoutGradients { tensors.map { RowSum($0)?.bounded } }
    for case (let index, let sum?) in zip(tensors.indices, sums) {
      result.tensors[index] = withoutGradients { sum.table }
    }
    let computed = zip(tensors, sums).flatMap { tensor, sum in
      sum.map { [$0.rows, $0.indices] } ?? [tensor]
    }
    Tensor.commit(parameters.bufferTensors, results: [loss] + computed + companions)
    return result
  }
}

/// The derivatives of `loss` with respect to the parameters of `model` that are not frozen.
///
/// - Parameters:
///   - loss: A scalar, recorded from the model's present parameters.
///   - model: It is walked by reflection; in a loop, `optimizer.parameters` spares that.
/// - Returns: One gradient for each parameter; zeros where the loss does not depend on it. They are
///   recorded like everything else and differentiate again.
public func gradients(of loss: Tensor, for model: some Module) -> Gradients {
  gradients(of: loss, for: model.parameters)
}

/// The derivatives of `loss` with respect to parameters that were collected before.
///
/// Those that have been frozen since have gradient zero, for which nothing is computed; optimizers
/// leave them as they are.
public func gradients(of loss: Tensor, for parameters: Parameters) -> Gradients {
  let all = parameters.tensors
  let isFrozen = parameters.boxes.map(\.isFrozen)
  guard isFrozen.contains(true) else {
    let tensors = HebbCore.gradients(of: loss, for: all)
    return Gradients(loss: loss, parameters: parameters, tensors: tensors)
  }
  let moving = zip(all, isFrozen).filter { !$1 }.map(\.0)
  var slopes = HebbCore.gradients(of: loss, for: moving).makeIterator()
  let tensors = zip(all, isFrozen).map { tensor, isFrozen in
    (isFrozen ? nil : slopes.next()) ?? tensor.filled(with: 0)
  }
  return Gradients(loss: loss, parameters: parameters, tensors: tensors)
}
