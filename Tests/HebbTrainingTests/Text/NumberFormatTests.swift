import HebbTraining
import Testing

@Suite struct NumberFormatTests {
  @Test func numbers() {
    #expect(NumberFormat.fixed(0.48249, digits: 3) == "0.482")
    #expect(NumberFormat.fixed(-2, digits: 0) == "-2")
    #expect(NumberFormat.fixed(1.5e308, digits: 2).count == 312)
    #expect(NumberFormat.significant(0.000051234, digits: 2) == "5.1e-05")
    #expect(NumberFormat.significant(.nan) == "nan")
    #expect(NumberFormat.significant(-.infinity) == "-inf")
    #expect(NumberFormat.percent(0.8237) == "82.4 %")
    #expect(NumberFormat.count(1, "image") == "1 image")
    #expect(NumberFormat.count(60_000, "image") == "60,000 images")
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
    (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func grouped(value: Int, text: String) { #expect(NumberFormat.grouped(value) == text) }

  @Test(arguments: [
    (0.0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03"),
    (-1, "-:--"), (.nan, "-:--"), (.infinity, "-:--"),
  ])
  func clock(seconds: Double, text: String) { #expect(NumberFormat.clock(seconds) == text) }

  @Test func durationsAndSizes() {
    #expect(NumberFormat.duration(0.85) == "850 ms")
    #expect(NumberFormat.duration(5.24) == "5.2 s")
    #expect(NumberFormat.duration(754) == "12:34 min")
    #expect(NumberFormat.duration(3723) == "1:02:03 h")
    #expect(NumberFormat.bytes(512) == "512 bytes")
    #expect(NumberFormat.bytes(1536) == "1.5 KB")
    #expect(NumberFormat.bytes(25 << 30) == "25 GB")
  }
}
