import HebbPlot
import Testing

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.0, 2, "0.00"), (0.5, 2, "0.50"), (-0.5, 1, "−0.5"), (-0.001, 2, "0.00"), (1.005, 0, "1"),
    (99.95, 1, "100.0"), (0.05, 2, "0.05"), (1234567, 0, "1234567"), (.nan, 1, "NaN"),
    (.infinity, 1, "∞"), (-.infinity, 1, "−∞"), (1e300, 2, "1e+300"), (-1e300, 2, "−1e+300"),
  ])
  func fixed(value: Double, decimals: Int, expected: String) {
    #expect(NumberText.fixed(value, decimals: decimals) == expected)
  }

  @Test(arguments: [
    (0.0, "0"), (0.91234, "0.9123"), (0.9, "0.9"), (123.456, "123.5"), (12345.6, "12,346"),
    (999_999.4, "999,999"), (1_500_000, "1.5×10⁶"), (0.000_02, "2×10⁻⁵"), (-4.0, "−4"),
    (1000, "1000"), (-12345, "−12,345"), (.nan, "NaN"), (.leastNonzeroMagnitude, "4.941×10⁻³²⁴"),
    (1.797e308, "1.797×10³⁰⁸"), (0.0001, "0.0001"), (0.1 + 0.2, "0.3"),
  ])
  func significant(value: Double, expected: String) {
    #expect(NumberText.significant(value) == expected)
  }

  @Test(arguments: [
    (1.0, "1"), (1.25, "1.3"), (-0.04, "0"), (-0.06, "-0.1"), (0.5, "0.5"), (.nan, "0"),
    (.infinity, "0"), (1e300, "10000000"), (-1e300, "-10000000"),
  ])
  func coordinate(value: Double, expected: String) {
    #expect(NumberText.coordinate(value) == expected)
  }

  @Test func percent() {
    #expect(NumberText.percent(0.9123) == "91.2\u{202F}%")
    #expect(NumberText.percent(.nan) == "–")
  }
}
