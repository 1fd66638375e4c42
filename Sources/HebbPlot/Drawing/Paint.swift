/// What an element is painted with: a role that a page can restyle, or a fixed color.
///
/// Each role is written twice: as a plain attribute, which every program that reads SVG understands,
/// and as a class whose rule reads a CSS variable, which lets an HTML page (dark mode, say) change
/// it. Style rules win over attributes, and a program that does not know `var()` drops the rule.
enum Paint: Hashable {
  case ink, muted, grid, axis, paper, heat, miss, onHeat
  case color(Color)

  /// The roles with their colors on light and on dark pages, in the order of the style sheet.
  static let roles: [(paint: Paint, name: String, light: Color, dark: Color)] =
    [
      (.ink, "ink", Color(0x1C2127), Color(0xE8EBEF)),
      (.muted, "muted", Color(0x5B6570), Color(0x9BA5B1)),
      (.grid, "grid", Color(0xE6E9ED), Color(0x2C333C)),
      (.axis, "axis", Color(0xA9B1BA), Color(0x56606C)),
      (.paper, "paper", Color(0xFFFFFF), Color(0x1A1E24)),
      (.heat, "heat", Color(0x0B5FA5), Color(0x2E7CC6)),
      (.miss, "miss", Color(0xD55E00), Color(0xC2570C)),
      (.onHeat, "on", Color(0xFFFFFF), Color(0xFFFFFF)),
    ]
    + Palette.colors.indices.map {
      (.color(Palette.colors[$0]), "c\($0)", Palette.colors[$0], Palette.darkColors[$0])
    }

  /// The style rules that let a page restyle the roles through variables named `--hebb-…`.
  static let styleSheet: String = roles.map { role in
    let value = "var(--hebb-\(role.name),\(role.light.hex))"
    return ".hebb-f-\(role.name){fill:\(value)}.hebb-s-\(role.name){stroke:\(value)}"
  }.joined(separator: "\n")

  /// The declarations of all variables for a light or a dark page.
  static func variables(dark: Bool) -> String {
    roles.map { "--hebb-\($0.name):\((dark ? $0.dark : $0.light).hex)" }.joined(separator: ";")
  }

  /// The class name without its prefix, and the color where no style applies.
  private var resolved: (name: String?, color: Color) {
    for role in Self.roles where role.paint == self { return (role.name, role.light) }
    if case .color(let color) = self { return (nil, color) }
    return (nil, Color(0))
  }

  /// The attributes that fill with `fill` and draw the outline with `stroke`; nil paints nothing.
  static func attributes(fill: Paint?, stroke: Paint? = nil) -> [(String, String)] {
    var classes: [String] = []
    var attributes: [(String, String)] = []
    if let fill {
      let (name, color) = fill.resolved
      if let name { classes.append("hebb-f-\(name)") }
      attributes.append(("fill", color.hex))
    } else {
      attributes.append(("fill", "none"))
    }
    if let stroke {
      let (name, color) = stroke.resolved
      if let name { classes.append("hebb-s-\(name)") }
      attributes.append(("stroke", color.hex))
    }
    if !classes.isEmpty { attributes.insert(("class", classes.joined(separator: " ")), at: 0) }
    return attributes
  }
}
