import HebbCore
import HebbNN
import HebbOptim

/// One row for each optimizer and each of its forms: a new one adds rows and gains the tests of
/// `OptimizerCatalogTests` and `TrainingStepTests`.
struct OptimizerCase: Sendable, CustomStringConvertible {
  let name: String
  /// The slots that it saves, in order.
  let slots: [String]
  /// The case of the golden `optimizers` or `more_optimizers` with these settings.
  let golden: String?
  /// Which of the two files.
  let file: String
  let make: @Sendable (any Module) -> any Optimizer

  init(
    _ name: String, slots: [String] = [], golden: String? = nil, file: String = "optimizers",
    _ make: @escaping @Sendable (any Module) -> any Optimizer
  ) {
    self.name = name
    self.slots = slots
    self.golden = golden
    self.file = file
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
    further("SGD, dampening", ["momentum_buffer"], "sgd_dampening") {
      SGD($0, rate: 0.1, momentum: 0.9, dampening: 0.9)
    },
    OptimizerCase("Adam", slots: moments, golden: "adam") { Adam($0, rate: 0.01) },
    OptimizerCase("Adam, decay", slots: moments, golden: "adam_weight_decay") {
      Adam($0, rate: 0.01, weightDecay: 0.1)
    },
    OptimizerCase("AdamW", slots: moments, golden: "adamw") {
      AdamW($0, rate: 0.01, weightDecay: 0.1)
    },
    OptimizerCase("RMSProp", slots: ["square_avg"], golden: "rmsprop") { RMSProp($0, rate: 0.01) },
    further("RMSProp, all", ["square_avg", "momentum_buffer", "grad_avg"], "rmsprop_all") {
      RMSProp($0, rate: 0.01, momentum: 0.8, centered: true, weightDecay: 0.01)
    },
    OptimizerCase("Adagrad", slots: ["sum"], golden: "adagrad") { Adagrad($0, rate: 0.01) },
    further("Adagrad, decay", ["sum"], "adagrad_all") {
      Adagrad($0, rate: 0.1, rateDecay: 0.5, initialSum: 0.3, weightDecay: 0.1)
    },
    OptimizerCase("Adadelta", slots: ["square_avg", "acc_delta"], golden: "adadelta") {
      Adadelta($0)
    },
    further("Adamax", ["exp_avg", "exp_inf"], "adamax") {
      Adamax($0, rate: 0.01, weightDecay: 0.1)
    },
    further("NAdam", moments, "nadam") { NAdam($0, rate: 0.01) },
    further("NAdam, decay", moments, "nadam_weight_decay") {
      NAdam($0, rate: 0.01, weightDecay: 0.1)
    },
    further("RAdam", moments, "radam") { RAdam($0, rate: 0.01) },
    further("RAdam, decay", moments, "radam_weight_decay") {
      RAdam($0, rate: 0.01, weightDecay: 0.1)
    },
    further("Adam, AMSGrad", moments + ["max_exp_avg_sq"], "amsgrad") {
      Adam($0, rate: 0.01, amsgrad: true)
    },
    further("AdamW, AMSGrad", moments + ["max_exp_avg_sq"], "amsgrad_decoupled") {
      AdamW($0, rate: 0.01, amsgrad: true)
    },
    further("ASGD", ["ax"], "asgd") {
      ASGD($0, rate: 0.1, decay: 1e-3, start: 50, weightDecay: 0.01)
    },
    further("Rprop", ["prev", "step_size"], "rprop") { Rprop($0, rate: 0.01) },
    further("Lion", ["exp_avg"], "lion") { Lion($0, rate: 0.01, weightDecay: 0.1) },
    further("Yogi", moments, "yogi") { Yogi($0, rate: 0.01) },
    OptimizerCase("Muon") { Muon($0, rate: 0.02) },
    OptimizerCase("SparseAdam, no tables", slots: moments) {
      SparseAdam($0, rate: 0.01, tables: { _ in false })
    },
    OptimizerCase("Adam, groups and checks", slots: moments) {
      let optimizer = Adam($0, rate: 0.01)
      optimizer.groups = [
        ParameterGroup(prefix: "0.", rateFactor: 0.1, weightDecay: 0.2),
        ParameterGroup(prefix: "1.weight", isFrozen: true),
      ]
      optimizer.skipsNonFinite = true
      return optimizer
    },
  ]

  /// A row of the golden `more_optimizers`.
  private static func further(
    _ name: String, _ slots: [String], _ golden: String,
    _ make: @escaping @Sendable (any Module) -> any Optimizer
  ) -> OptimizerCase {
    OptimizerCase(name, slots: slots, golden: golden, file: "more_optimizers", make)
  }
}
