import Foundation
import HebbData
import HebbIO
import HebbTestSupport
import Testing

struct ResourceFolderTests {
  let folder = TemporaryFolder()

  private func make(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/\(path)", withIntermediateDirectories: true)
  }

  @Test func liesBesideTheExecutable() throws {
    try make("bin/Any_HebbData.resources/data")
    #expect(
      try ResourceFolder.path(of: "data", executable: "\(folder.path)/bin/tool")
        == "\(folder.path)/bin/Any_HebbData.resources/data")
  }

  @Test func mayBeInstalled() throws {
    try make("share/hebb/data")
    try make("bin")
    #expect(
      try ResourceFolder.path(of: "data", executable: "\(folder.path)/bin/tool")
        == "\(folder.path)/bin/../share/hebb/data")
  }

  @Test func itsAbsenceIsAnError() throws {
    try make("Any_HebbData.resources/other")
    expectError(
      "\(folder.path)/tool: expected data of Hebb's resources in a folder *_HebbData.resources beside "
        + "it, found none; build again, keep that folder beside the executable, or name a data folder"
    ) { _ = try ResourceFolder.path(of: "data", executable: "\(folder.path)/tool") }
    #expect(throws: DataError.self) {
      try ResourceFolder.path(of: "data", executable: "/nowhere/tool")
    }
  }

  @Test func theRunningExecutableHasIt() throws {
    #expect(try ResourceFolder.path(of: "fashion-mnist").hasSuffix(".resources/fashion-mnist"))
  }
}
