import ArgumentParser
import Hebb

/// `hebb doctor`: what the machine has, and what is wrong with it.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Examines processor, libraries, threads and memory, and says what to do.")

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() {
    let findings = Diagnosis.findings()
    if json {
      Console.print(Self.object(findings))
      return
    }
    for finding in findings {
      let mark =
        switch finding.state {
        case .fine: "  "
        case .note: "- "
        case .problem: "! "
        }
      let name = finding.name + String(repeating: " ", count: max(1, 18 - finding.name.count))
      print(mark + name + finding.value)
      if let advice = finding.advice { print(String(repeating: " ", count: 20) + advice) }
    }
    let problems = findings.count { $0.state == .problem }
    print(problems == 0 ? "No problems." : "Problems: \(problems), marked with !.")
  }

  private static func object(_ findings: [Finding]) -> JSONObject {
    JSONObject(
      findings.map { finding in
        var object = JSONObject([("value", .string(finding.value))])
        object["state"] = .string(finding.state.rawValue)
        if let advice = finding.advice { object["advice"] = .string(advice) }
        return (finding.name, .object(object))
      })
  }
}
