import HebbCore
import HebbNN
import HebbOptim

/// One row for each optimizer and each of its forms: a new one adds rows and gains the tests of
/// `OptimizerCatalogTests` and `TrainingStepTests`.
struct OptimizerCase: Sendable, CustomStringConvertible {
  let name: String
  /// The slots that it saves, in order.
  let slots: [String]
  /// The case of the golden `optimizers` with these settings.
  let golden: String?
  let make: @Sendable (any Module) -> any Optimizer

  init(
    _ name: String, slots: [String] = [], golden: String? = nil,
    _ make: @escaping @Sendable (any Module) -> any Optimizer
  ) {
    self.name = name
    self.slots = slots
    self.golden = golden
    self.make = make
  }

  var description: String { name }

  static let moments = ["exp_avg", "exp_avg_sq"]

  static let all: [OptimizerCase] = [
    OptimizerCase("SGD", golden: "sgd") { SGD($0, rate: 0.1) },
    OptimizerCase("SGD, decay", golden: "sgd_weight_decay") {
      SGD($0, rate: 0.1, weightDecay: 0.01)
    },
    OptimizerCase("SGD, momentum", slots: ["momentum_buffer"], golden: "sgd_momentum") {
      SGD($0, rate: 0.1, momentum: 0.9)
    },
    OptimizerCase(
      "SGD, Nesterov", slots: ["momentum_buffer"], golden: "sgd_nesterov_weight_decay"
    ) { SGD($0, rate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01) },
    OptimizerCase("SGD, dampening", slots: ["momentum_buffer"]) {
      SGD($0, rate: 0.1, momentum: 0.9, dampening: 0.25)
    },
    OptimizerCase("Adam", slots: moments, golden: "adam") { Adam($0, rate: 0.01) },
    OptimizerCase("Adam, decay", slots: moments, golden: "adam_weight_decay") {
      Adam($0, rate: 0.01, weightDecay: 0.1)
    },
    OptimizerCase("AdamW", slots: moments, golden: "adamw") {
      AdamW($0, rate: 0.01, weightDecay: 0.1)
    },
    OptimizerCase("RMSProp", slots: ["square_avg"], golden: "rmsprop") { RMSProp($0, rate: 0.01) },
    OptimizerCase("RMSProp, all", slots: ["square_avg", "momentum_buffer", "grad_avg"]) {
      RMSProp($0, rate: 0.01, momentum: 0.8, centered: true, weightDecay: 0.01)
    },
    OptimizerCase("Adagrad", slots: ["sum"], golden: "adagrad") { Adagrad($0, rate: 0.01) },
    OptimizerCase("Adagrad, decay", slots: ["sum"]) {
      Adagrad($0, rate: 0.1, rateDecay: 0.5, initialSum: 0.3, weightDecay: 0.1)
    },
    OptimizerCase("Adadelta", slots: ["square_avg", "acc_delta"], golden: "adadelta") {
      Adadelta($0)
    },
  ]
}
