import HebbCore
import HebbOptim
import Testing

/// A glass of twenty spins, each coupled to all others by +1 or −1.
@Suite struct SpinGlassTests {
  static let count = 20

  /// For each spin the set of the others that it is coupled to by +1.
  static func couplings(seed: UInt64) -> [UInt32] {
    var random = PhiloxGenerator(seed: seed)
    var rows = Array(repeating: UInt32(0), count: count)
    for i in 0..<count {
      for j in i + 1..<count where random.next() & 1 == 1 {
        rows[i] |= 1 << UInt32(j)
        rows[j] |= 1 << UInt32(i)
      }
    }
    return rows
  }

  /// Σ J s for one spin times its own: how much it gains from its place.
  static func gain(_ i: Int, _ spins: UInt32, _ rows: [UInt32]) -> Int {
    let all: UInt32 = 1 << UInt32(count) - 1
    let others = all & ~(1 << UInt32(i))
    let own: UInt32 = spins >> UInt32(i) & 1 == 1 ? all : 0
    let isAlike = ~(spins ^ own)
    let isContent = ~(isAlike ^ rows[i]) & others
    return 2 * isContent.nonzeroBitCount - (count - 1)
  }

  /// −½ Σ J s s.
  static func energy(_ spins: UInt32, _ rows: [UInt32]) -> Double {
    var total = 0
    for i in 0..<count { total += gain(i, spins, rows) }
    return -Double(total) / 2
  }

  /// The least energy of all 2²⁰ states, one flip after another in Gray's order.
  static func groundEnergy(_ rows: [UInt32]) -> Double {
    var spins: UInt32 = 0
    var now = Int(energy(0, rows))
    var best = now
    for k in 1..<UInt32(1 << (count - 1)) {
      let i = k.trailingZeroBitCount
      now += 2 * gain(i, spins, rows)
      spins ^= 1 << UInt32(i)
      best = min(best, now)
    }
    return Double(best)
  }

  /// Annealing finds the ground state nearly always, going downhill only in fewer than half of the
  /// runs.
  @Test func annealingFindsTheGroundState() {
    let rows = Self.couplings(seed: 2)
    let ground = Self.groundEnergy(rows)
    func share(_ temperature: any Schedule) -> Double {
      let annealing = SimulatedAnnealing(steps: 1500, temperature: temperature)
      let runs = 40
      var hits = 0
      for run in 0..<runs {
        var random = PhiloxGenerator(seed: 100 + UInt64(run))
        let start = UInt32(truncatingIfNeeded: random.next()) & (1 << UInt32(Self.count) - 1)
        let found = annealing.minimize(
          from: start, energy: { Self.energy($0, rows) }, using: &random
        ) { spins, random in
          spins ^ 1 << UInt32(random.nextInteger(below: Self.count))
        }
        #expect(found.energy == Self.energy(found.state, rows) && found.energy >= ground)
        if found.energy == ground { hits += 1 }
      }
      return Double(hits) / Double(runs)
    }
    let annealed = share(Polynomial(rate: 6, steps: 1500, exponent: 1, final: 0.3))
    let greedy = share(Constant(rate: 0))
    #expect(annealed >= 0.95, "\(annealed)")
    #expect(greedy < 0.5, "\(greedy)")
  }
}
