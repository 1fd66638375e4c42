import HebbPlot
import Testing

@Suite struct EscapingTests {
  @Test func markup() {
    #expect(
      Escaping.markup("<a href=\"x\">Tom & 'Jerry'</a>")
        == "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;")
    #expect(Escaping.markup("a\u{0}b\u{1B}c\u{FFFF}") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}")
    #expect(Escaping.markup("zwei\nZeilen\t日本語 🙂") == "zwei\nZeilen\t日本語 🙂")
  }

  @Test func terminal() {
    #expect(Escaping.terminal("a\u{1B}[2Jb\nc\u{202E}d\u{9B}e") == "a [2Jb cd e")
    #expect(Escaping.terminal("日本語") == "日本語")
  }
}
