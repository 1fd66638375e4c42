import HebbTraining

/// Where the files of data sets lie.
public enum DataLocation: Sendable, Hashable {
  /// In a folder that somebody named: nothing else will do.
  case named(String)
  /// In one of these folders, if any of them has what is looked for.
  case searched([String])

  /// The folder that was named, else the folders where data usually lie: `shared/data` and
  /// `../shared/data`, seen from the working folder and from the project.
  public static func find(named folder: String?) -> DataLocation {
    if let folder { return .named(folder) }
    var bases = ["."]
    if let project { bases.append(project) }
    let folders = bases.flatMap { ["\($0)/shared/data", "\($0)/../shared/data"] }
    return .searched(folders.filter(Folder.isFolder))
  }

  /// The folder of the project that the running executable was built in; nil if there is none.
  private static var project: String? {
    guard var path = SystemFile.executable else { return nil }
    while path.count > 1, path != "." {
      path = Folder.parent(of: path)
      if Folder.isFile("\(path)/Package.swift") { return path }
    }
    return nil
  }
}
