// swift-tools-version: 6.2
import PackageDescription

/// A room of the house: a library with the tests of the same name. Rooms stand on the ones above.
struct Room {
  var name: String
  var needs: [String]
  var testNeeds: [String] = []
  var resources: [Resource] = []
}

let rooms = [
  Room(name: "HebbCore", needs: ["CHebbKernels"], testNeeds: ["HebbCPU", "HebbIO"]),
  Room(
    name: "HebbCPU", needs: ["HebbCore", "CHebbKernels", "COneDNN", "CLAPACK"],
    testNeeds: ["CHebbKernels", "TileEmulator"]),
  Room(name: "HebbNN", needs: ["HebbCore"], testNeeds: ["HebbCPU", "HebbIO"]),
  Room(name: "HebbOptim", needs: ["HebbNN"], testNeeds: ["HebbCPU", "HebbIO"]),
  Room(name: "HebbIO", needs: ["HebbCore", "CZlib", "CPNG"], testNeeds: ["CZlib", "HebbData"]),
  Room(
    name: "HebbData", needs: ["HebbCore", "HebbIO"],
    resources: [
      .copy("Resources/fashion-mnist"), .copy("Resources/tinyshakespeare"),
      .copy("Resources/timemachine"),
    ]),
  Room(name: "HebbPlot", needs: []),
  Room(name: "HebbVision", needs: ["HebbNN"], testNeeds: ["HebbCPU", "HebbIO", "HebbOptim"]),
  Room(
    name: "HebbText", needs: ["HebbNN", "HebbIO"],
    testNeeds: ["HebbCPU", "HebbOptim"]),
  Room(name: "HebbGenerative", needs: ["HebbNN"], testNeeds: ["HebbCPU", "HebbIO", "HebbOptim"]),
  Room(name: "HebbEnergy", needs: ["HebbNN"], testNeeds: ["HebbCPU", "HebbOptim"]),
  Room(
    name: "HebbTraining", needs: ["HebbNN", "HebbOptim", "HebbData", "HebbIO", "HebbPlot"],
    testNeeds: ["HebbCPU", "HebbVision"]),
  Room(
    name: "HebbRecipes", needs: ["HebbVision", "HebbText", "HebbGenerative", "HebbTraining"],
    testNeeds: ["HebbCPU"]),
]

let umbrella = Target.target(
  name: "Hebb", dependencies: rooms.map { .init(stringLiteral: $0.name) })

let package = Package(
  name: "Hebb",
  products: [
    .library(name: "Hebb", targets: ["Hebb"]),
    .executable(name: "hebb-cli", targets: ["hebb-cli"]),
  ] + rooms.map { .library(name: $0.name, targets: [$0.name]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "COneDNN", pkgConfig: "dnnl", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(
      name: "CLAPACK", pkgConfig: "openblas", providers: [.apt(["libopenblas-openmp-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "CHebbKernels"),
    umbrella,
    .executableTarget(
      name: "hebb-cli",
      dependencies: [
        "Hebb", "CHebbKernels", "COneDNN", "CLAPACK",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(name: "TileEmulator", path: "Tests/TileEmulator"),
    .target(name: "HebbTestSupport", dependencies: ["HebbCore", "HebbIO"], path: "Tests/Support"),
    .testTarget(name: "HebbCLITests", dependencies: ["hebb-cli", "Hebb", "HebbTestSupport"]),
  ]
    + rooms.map { room in
      .target(
        name: room.name, dependencies: room.needs.map { .init(stringLiteral: $0) },
        resources: room.resources)
    }
    + rooms.map { room in
      .testTarget(
        name: room.name + "Tests",
        dependencies: ([room.name, "HebbTestSupport"] + room.testNeeds).map {
          .init(stringLiteral: $0)
        })
    }
)
