// swift-tools-version: 6.2
import PackageDescription

// The manifest reads as the architecture: which room may use which. Sources/README.md says it in words, and
// `--explicit-target-dependency-import-check error` makes an import that is not declared here fail the build.

let package = Package(
  name: "Vigil",
  products: [
    .executable(name: "vigil", targets: ["VigilCommand"]),
    // Of the tests alone: loaded by LD_PRELOAD, it lets system calls of the agent fail. `make build` does not build it.
    .library(name: "Faults", type: .dynamic, targets: ["Faults"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    // Libraries from Debian, each imported by exactly one room.
    .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .target(name: "CKernels", cSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "COpenBLAS", cSettings: [.treatAllWarnings(as: .error)]),
    .systemLibrary(name: "COpenJPEG", pkgConfig: "libopenjp2", providers: [.apt(["libopenjp2-7-dev"])]),
    .target(
      name: "CDCMTK", dependencies: ["COpenJPEG"],
      linkerSettings: [
        "dcmseg", "dcmfg", "dcmiod", "dcmjpeg", "ijg8", "ijg12", "ijg16", "dcmjpls", "dcmtkcharls", "dcmimage",
        "dcmimgle", "dcmdata", "oflog", "ofstd", "z",
      ].map { .linkedLibrary($0) }),

    // Rooms, from the ground up.
    room("Digests", ["CCrypto"]),
    room("Imaging", ["CDeflate", "CZlib"]),
    room("Tensors", ["COpenBLAS", "CKernels"], exclude: ["README.md"]),
    room("Intake", ["CInotifyTools"]),
    room("Archives", ["CArchive"]),
    .target(
      name: "Audit", dependencies: ["Digests", .product(name: "GRDB", package: "GRDB.swift")],
      resources: [.embedInCode("Schema")], swiftSettings: houseRules()),
    room("DICOM", ["Imaging", "Digests", "CDCMTK"]),
    room("Networks", ["Tensors"]),
    room("Preprocessing", ["Imaging", "Tensors"]),
    room("Models", ["Preprocessing", "Networks", "Tensors", "Imaging", "Digests"]),
    room("Trust", ["Models", "Preprocessing", "Networks", "Imaging"]),
    room("Training", ["Models", "Preprocessing", "Networks", "Tensors", "Imaging", "Digests"]),
    .target(
      name: "Writers", dependencies: ["Imaging", "DICOM", "Digests", "CPNG"],
      resources: [.embedInCode("Report/Assets")], swiftSettings: houseRules()),
    room(
      "Agent",
      [
        "Archives", "Audit", "DICOM", "Digests", "Imaging", "Intake", "Models", "Networks", "Preprocessing", "Tensors",
        "Trust", "Writers",
        .product(name: "Yams", package: "Yams"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .executableTarget(
      name: "VigilCommand",
      dependencies: [
        "Agent", "Audit", "DICOM", "Imaging", "Models", "Networks", "Preprocessing", "Tensors", "Training", "Trust",
        "Writers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: houseRules()),
    // Tests, one folder per room.
    .target(
      name: "TestSupport", dependencies: ["Imaging", "Preprocessing", "Tensors"], path: "Tests/TestSupport",
      swiftSettings: houseRules()),
    .target(
      name: "Faults", path: "Tests/Faults", cSettings: [.treatAllWarnings(as: .error)],
      linkerSettings: [.linkedLibrary("dl")]),
    tests("Digests"),
    tests("Imaging", golden: true),
    tests("Tensors"),
    tests("Intake"),
    tests("Archives"),
    tests("Audit", ["Digests", .product(name: "GRDB", package: "GRDB.swift")], golden: true),
    tests("DICOM", ["Imaging", "Digests"], golden: true),
    tests("Networks", ["Tensors"], golden: true),
    tests("Preprocessing", ["Imaging", "Tensors"], golden: true),
    tests("Models", ["Digests", "Imaging", "Networks", "Preprocessing", "Tensors"], golden: true),
    tests("Training", ["Models", "Preprocessing", "Networks", "Tensors", "Imaging"], golden: true),
    tests("Trust", ["Imaging", "Preprocessing"]),
    tests("Writers", ["Imaging", "DICOM", "Digests"], golden: true),
    tests(
      "Agent",
      [
        "Audit", "DICOM", "Digests", "Imaging", "Intake", "Models", "Networks", "Preprocessing", "Tensors", "Writers",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    tests("VigilCommand", ["Imaging", "Preprocessing"], golden: true),
  ],
  cxxLanguageStandard: .cxx17
)

func houseRules() -> [SwiftSetting] {
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}

func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: houseRules())
}

/// The tests of a room; `golden`: with a folder of files that are compared with, and the scripts that made them.
func tests(_ room: String, _ more: [Target.Dependency] = [], golden: Bool = false) -> Target {
  .testTarget(
    name: "\(room)Tests", dependencies: [.byName(name: room), "TestSupport"] + more, path: "Tests/\(room)",
    exclude: golden ? ["Golden"] : [], swiftSettings: houseRules())
}
