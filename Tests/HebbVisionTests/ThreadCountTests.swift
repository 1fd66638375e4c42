import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import HebbVision
import Testing

/// What may depend on the number of threads, and what may not.
@Suite(.serialized) struct ThreadCountTests {
  /// The loss of each step and the parameters after them.
  private func train(threads: Int) -> (losses: [Double], parameters: [[Float]]) {
    let before = Hebb.threads
    Hebb.threads = threads
    defer { Hebb.threads = before }
    let model = LeNet5(classes: 10, seed: 3)
    let optimizer = Adam(model, rate: 0.01)
    let images = Tensor.sample([64, 1, 28, 28], 1)
    let labels = Tensor.sampleIndices([64], below: 10, 2)
    var losses: [Double] = []
    for _ in 0..<12 {
      let loss = softmaxCrossEntropy(logits: model(images), labels: labels)
      optimizer.step(along: gradients(of: loss, for: model))
      losses.append(loss.item())
    }
    return (losses, model.state().map { $0.1.floats() })
  }

  @Test func sameThreadCountSameBits() {
    let (first, second) = (train(threads: 2), train(threads: 2))
    #expect(first.losses == second.losses)
    #expect(first.parameters == second.parameters)
  }

  @Test func lossesAgreeAcrossThreadCounts() {
    let (one, two) = (train(threads: 1), train(threads: 2))
    expectClose(two.losses, one.losses, within: 1e-4)
    // The model learns in these steps, so that the comparison means something.
    #expect(one.losses[11] < one.losses[0] - 0.05)
  }
}
