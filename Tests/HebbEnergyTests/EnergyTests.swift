import Glibc
import HebbCPU
import HebbCore
import HebbEnergy
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

@Suite struct EnergyTests {
  /// Symmetric normal weights without a diagonal.
  private func couplings(_ n: Int, seed: UInt64) -> Tensor {
    let a = Tensor.sample([n, n], seed, dtype: .float64)
    let offDiagonal = Tensor.range(n).reshaped(to: [n, 1]) .!= Tensor.range(n)
    return ((a + a.transposed()) * offDiagonal.cast(to: .float64)).evaluated()
  }

  @Test func hopfieldEnergyNeverRises() {
    let n = 100
    let thresholds = Tensor.sample([n], 2, dtype: .float64)
    let network = HopfieldNetwork(weights: couplings(n, seed: 1), thresholds: thresholds)
    var random = PhiloxGenerator(seed: 3)
    var (risen, worst) = (0, 0.0)
    for _ in 0..<100 {
      var state = (0..<n).map { _ in random.nextUniform() < 0.5 ? -1.0 : 1.0 }
      var energy = network.energy(state)
      for step in 0..<1000 {
        let change = network.update(random.nextInteger(below: n), in: &state)
        if change > 0 { risen += 1 }
        energy += change
        // ΔE = −Δs h is exact: what it adds up to is the energy.
        if step % 100 == 99 { worst = max(worst, abs(energy - network.energy(state))) }
      }
    }
    #expect(risen == 0)
    #expect(worst < 1e-9)
  }

  @Test func hopfieldRecallsFromDamagedPatterns() {
    let n = 200
    let patterns = sign(Tensor.sample([5, n], 4, dtype: .float64)).evaluated()
    let network = HopfieldNetwork(storing: patterns)
    var random = PhiloxGenerator(seed: 5)
    for pattern in 0..<5 {
      var damaged = patterns[pattern].doubles()
      for unit in random.permutation(count: n).prefix(n / 5) { damaged[unit] *= -1 }
      let recalled = network.recall(Tensor(damaged, shape: [n]), using: &random)
      #expect(recalled.doubles() == patterns[pattern].doubles())
    }
  }

  @Test func gibbsSamplingFindsTheBoltzmannDistribution() {
    let machine = BoltzmannMachine(
      weights: couplings(10, seed: 6) * 0.3, biases: .sample([10], 7, dtype: .float64, scale: 0.5),
      temperature: 1.2)
    let exact = machine.probabilities()
    #expect(abs(exact.reduce(0, +) - 1) < 1e-12)
    let states = machine.states()
    let logLikelihood = machine.logLikelihood(of: [states[3], states[700]])
    #expect(abs(logLikelihood - log(exact[3] * exact[700])) < 1e-9)
    var (counts, state) = ([Double](repeating: 0, count: 1024), states[0])
    var random = PhiloxGenerator(seed: 8)
    let sweeps = 400_000
    for _ in 0..<sweeps {
      machine.sweep(&state, using: &random)
      counts[state.indices.reduce(0) { $0 | Int(state[$1]) << $1 }] += 1
    }
    // Within 1 % of all probability, state by state and in sum.
    let differences = zip(counts, exact).map { abs($0 / Double(sweeps) - $1) }
    #expect(differences.reduce(0, +) / 2 < 0.02)
    #expect(differences.max() ?? 1 < 0.002)
    // The units' means within 1 %.
    for unit in 0..<10 {
      let (found, expected) = zip(counts, exact).enumerated().reduce((0.0, 0.0)) { sums, entry in
        guard entry.offset >> unit & 1 == 1 else { return sums }
        return (sums.0 + entry.element.0 / Double(sweeps), sums.1 + entry.element.1)
      }
      #expect(abs(found - expected) < 0.01)
    }
  }

  private func smallMachine() -> RestrictedBoltzmannMachine {
    var random = PhiloxGenerator(seed: 9)
    let machine = RestrictedBoltzmannMachine(visible: 4, hidden: 3, using: &random)
    machine.cast(to: .float64)
    machine.weight = .sample([3, 4], 10, dtype: .float64)
    machine.visibleBias = .sample([4], 11, dtype: .float64)
    machine.hiddenBias = .sample([3], 12, dtype: .float64)
    return machine
  }

  /// All states of so many units, `[2ⁿ, n]`.
  private func allStates(_ n: Int) -> Tensor {
    let bits = (0..<1 << n).flatMap { code in (0..<n).map { Double(code >> $0 & 1) } }
    return Tensor(bits, shape: [1 << n, n])
  }

  /// exp(−F(v)) is the sum of exp(−E(v, h)) over the 2³ hidden states, for each of the 2⁴ visible.
  @Test func freeEnergyIsTheMarginal() {
    let machine = smallMachine()
    let (visible, hidden) = (allStates(4), allStates(3))
    let free = machine.freeEnergy(visible).doubles()
    for v in 0..<16 {
      let repeated = visible[v].reshaped(to: [1, 4]).broadcast(to: [8, 4])
      let sum = exp(-machine.energy(repeated, hidden)).sum().item()
      #expect(abs(-log(sum) - free[v]) < 1e-12)
    }
    // p(h | v) from the joint distribution.
    let v = visible[5].reshaped(to: [1, 4])
    let weights = exp(-machine.energy(v.broadcast(to: [8, 4]), hidden))
    let expected = (weights.reshaped(to: [8, 1]) * hidden).sum(axes: [0]) / weights.sum()
    expectClose(machine.hiddenProbabilities(v)[0], expected, within: 1e-12)
  }

  /// CD-1 makes the two patterns that it is shown more likely than all others.
  @Test func contrastiveDivergenceLearnsPatterns() {
    var random = PhiloxGenerator(seed: 13)
    let machine = RestrictedBoltzmannMachine(visible: 4, hidden: 3, using: &random)
    let data = Tensor([1, 1, 0, 0, 0, 0, 1, 1] as [Float], shape: [2, 4])
    let batch = concatenate(Array(repeating: data, count: 16))
    let optimizer = SGD(machine, rate: 0.2)
    for step in 0..<600 {
      let stream = PhiloxGenerator(seed: 14).mixing(UInt64(step))
      let loss = machine.contrastiveDivergence(batch, using: stream)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    }
    let p = softmax(-machine.freeEnergy(allStates(4).cast(to: .float32)), axis: 0).doubles()
    #expect(p[0b0011] + p[0b1100] > 0.7)
  }
}
