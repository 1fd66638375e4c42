import HebbTraining
import Testing

@Suite struct ProgressTests {
  private var state: ProgressState {
    var state = ProgressState()
    (state.epoch, state.epochCount) = (3, 10)
    (state.step, state.stepCount) = (590, 2350)
    (state.epochStep, state.epochStepCount) = (120, 240)
    state.metrics = [.init("loss", 0.48213), .init("accuracy", 0.8237)]
    (state.samplesPerSecond, state.secondsLeft) = (41_200.4, 12.3)
    return state
  }

  @Test func plainLine() {
    #expect(
      state.plainLine
        == "epoch 3/10, step 590/2,350, loss 0.4821, accuracy 82.4 %, 41,200 samples/s, 0:12 left")
  }

  @Test func bars() {
    #expect(
      state.barLine(width: 101)
        == "epoch 3/10 ━━━━━━╸──────"
        + "  step 590/2,350  loss 0.4821  accuracy 82.4 %  41,200 samples/s  0:12 left")
    #expect(state.barLine(width: 100, isUnicode: false).hasPrefix("epoch 3/10 ######------  "))
    #expect(
      state.barLine(width: 60) == "epoch 3/10  step 590/2,350  loss 0.4821  accuracy 82.4 %")
  }

  @Test(arguments: 0...160) func barsFit(width: Int) {
    #expect(state.barLine(width: width).count <= max(width - 1, 0))
  }

  @Test func unknownsAreLeftOut() {
    var early = state
    early.samplesPerSecond = nil
    early.secondsLeft = nil
    early.metrics = []
    #expect(early.plainLine == "epoch 3/10, step 590/2,350")
    early.samplesPerSecond = .infinity
    early.epochStepCount = 0
    #expect(!early.barLine(width: 80).isEmpty)
  }

  private final class Output {
    var lines: [String] = []
    var progress = ""
    func display(_ style: ProgressDisplay.Style) -> ProgressDisplay {
      ProgressDisplay(
        style: style, writeLine: { self.lines.append($0) }, writeProgress: { self.progress += $0 })
    }
  }

  @Test func terminalsGetABarThatGoesAway() {
    let output = Output()
    let display = output.display(.terminal(width: 80, isUnicode: true))
    #expect(display.isDue())
    display.update(state)
    #expect(!display.isDue())
    #expect(display.isDue(at: .now + .milliseconds(150)))
    #expect(output.progress.hasPrefix("\repoch 3/10") && output.progress.hasSuffix("\u{1b}[K"))
    output.progress = ""
    display.print("epoch 3/10: done")
    #expect(output.progress == "\r\u{1b}[K" && output.lines == ["epoch 3/10: done"])
    output.progress = ""
    display.clear()
    #expect(output.progress.isEmpty)
  }

  @Test func filesGetFewLines() {
    let output = Output()
    let display = output.display(.lines)
    display.update(state)
    #expect(output.progress.isEmpty)
    #expect(!display.isDue(at: .now + .seconds(9)) && display.isDue(at: .now + .seconds(11)))
    display.update(state)
    #expect(output.progress == state.plainLine + "\n")
  }
}
