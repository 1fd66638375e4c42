import CHebbKernels
import HebbCore

/// Steps that go along the rows of the innermost axis, which stay in the cache while they are read more than once.
extension PlanBuilder {
  func emitSoftmax(_ softmax: Softmax, _ index: Int, _ inputs: [Int]) {
    let x = dense(view(of: inputs[0]))
    let y = place(index)
    let n = Int64(x.shape[x.shape.rank - 1])
    let rows = Int64(x.shape.elementCount) / n
    let (isLogarithmic, isDouble) = (softmax.isLogarithmic, x.dtype == .float64)
    let threads = Int32(threads)
    addCall(softmax.name, [x], [y]) {
      hebb_softmax_rows(x.address($0), y.address($0), rows, n, isLogarithmic, isDouble, threads)
    }
  }

  func hasElements(_ index: Int) -> Bool {
    graph.values[index].type.shape.elementCount > 0
  }

  func emitLogSumExp(_ index: Int, _ inputs: [Int]) {
    let x = dense(view(of: inputs[0]))
    let y = place(index)
    let rows = Int64(y.shape.elementCount)
    let n = Int64(x.shape.elementCount) / rows
    let less = inputs.count == 1 ? nil : dense(view(of: inputs[1]))
    let (isDouble, threads) = (x.dtype == .float64, Int32(threads))
    addCall("logSumExp", [x] + (less.map { [$0] } ?? []), [y]) {
      hebb_log_sum_exp_rows(
        x.address($0), less?.address($0), y.address($0), rows, n, isDouble, threads)
    }
  }

  func emitLayerNormalization(_ norm: LayerNormalization, _ index: Int, _ inputs: [Int]) {
    let operands = inputs.map { dense(view(of: $0)) }
    let (x, scale, shift) = (operands[0], operands[1], operands[2])
    let y = place(index)
    let n = Int64(scale.shape.elementCount)
    let rows = Int64(x.shape.elementCount) / n
    let (epsilon, isDouble, threads) = (norm.epsilon, x.dtype == .float64, Int32(threads))
    addCall(norm.name, operands, [y]) {
      hebb_layer_norm(
        x.address($0), scale.address($0), shift.address($0), y.address($0), rows, n, epsilon,
        isDouble, threads)
    }
  }

  func emitLayerNormalizationGradient(
    _ gradient: LayerNormalizationGradient, _ index: Int, _ inputs: [Int]
  ) {
    let operands = inputs.map { dense(view(of: $0)) }
    let (dy, x, scale) = (operands[0], operands[1], operands[2])
    let result = place(index)
    let n = Int64(scale.shape.elementCount)
    let rows = Int64(x.shape.elementCount) / n
    let (epsilon, isDouble, threads) = (gradient.epsilon, x.dtype == .float64, Int32(threads))
    let sums = scratch(byteCount: Int(hebb_layer_norm_scratch_bytes(rows, n, isDouble)))
    let step = CallStep(gradient.name) {
      hebb_layer_norm_gradient(
        dy.address($0), x.address($0), scale.address($0), result.address($0), rows, n, epsilon,
        isDouble, $0[sums], threads)
    }
    add(step, reads: operands.map(\.buffer), writes: [result.buffer, sums])
  }
}
