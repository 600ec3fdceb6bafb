import DICOM
import Foundation
import Imaging
import Testing

/// `SampleSeries` writes what `Conversion` reads back.
@Suite struct SampleSeriesTests {
  /// Decimal strings carry 16 characters: positions of a few hundred mm come back to 1e-9 mm, over 100 voxels to 1e-7.
  static let positionTolerance = 1e-6

  static func volume(kStep: SIMD3<Double> = SIMD3(0.1, -0.7, 1.9), signed: Bool = false) -> Volume {
    // An oblique, right-angled, right-handed frame from a rotation about (1, 2, 3) by 0.4 rad.
    let axis = SIMD3<Double>(1, 2, 3) / 14.0.squareRoot()
    func turned(_ v: SIMD3<Double>) -> SIMD3<Double> {
      let angle = 0.4
      return v * cos(angle) + axis.cross(v) * sin(angle) + axis * axis.dot(v) * (1 - cos(angle))
    }
    let geometry = Geometry(
      width: 13, height: 11, depth: 7, origin: SIMD3(-71.25, 33.5, 120.125), iStep: turned(SIMD3(0.9, 0, 0)),
      jStep: turned(SIMD3(0, 1.1, 0)), kStep: turned(SIMD3(0, 0, kStep.z)))
    let voxels = (0..<geometry.count).map { Float(($0 * 37 + 11) % 3001 - (signed ? 1500 : 0)) }
    return Volume(geometry: geometry, voxels: voxels)
  }

  static func distance(_ a: Geometry, _ b: Geometry) -> Double {
    let ends = [
      (0.0, 0.0, 0.0), (Double(a.width - 1), 0, 0), (0, Double(a.height - 1), 0), (0, 0, Double(a.depth - 1)),
    ]
    return ends.map { (a.position(i: $0, j: $1, k: $2) - b.position(i: $0, j: $1, k: $2)).length }.max() ?? .infinity
  }

  @Test(arguments: [
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
  ])
  func everyLosslessTransferSyntaxComesBack(syntax: String) async throws {
    for signed in [false, true] {
      let folder = try TemporaryFolder()
      let volume = Self.volume(signed: signed)
      var series = SampleSeries()
      series.transferSyntaxUID = syntax
      let written = try series.write(volume, to: folder.url)
      let (results, failures) = try await Conversion.convert(folder.files)
      #expect(failures.isEmpty)
      let scan = try #require(results.first?.scan, "\(results.first?.refusal.map { "\($0)" } ?? "nothing")")
      #expect(results.count == 1)
      #expect(scan.volume.voxels == volume.voxels)
      #expect(scan.volume.geometry.shape == volume.geometry.shape)
      #expect(Self.distance(scan.volume.geometry, volume.geometry) < Self.positionTolerance)
      #expect(scan.planes.map { $0.sopInstanceUID } == written.sopInstanceUIDs)
      #expect(scan.seriesInstanceUID == written.seriesInstanceUID)
      #expect(scan.attributes["TransferSyntaxUID"] == syntax)
      #expect(scan.findings.isEmpty)
    }
  }

  @Test func leftHandedVolumesComeBackWithTheirSlicesReversed() async throws {
    let folder = try TemporaryFolder()
    let volume = Self.volume(kStep: SIMD3(0, 0, -1.9))
    let written = try SampleSeries().write(volume, to: folder.url)
    let scan = try #require(try await Conversion.convert(folder.files).results.first?.scan)
    #expect(scan.planes.map { $0.sopInstanceUID } == written.sopInstanceUIDs.reversed())
    let count = volume.geometry.width * volume.geometry.height
    #expect(scan.volume.voxels.prefix(count).elementsEqual(volume.voxels.suffix(count)))
    #expect((scan.volume.geometry.origin - volume.geometry.position(i: 0, j: 0, k: 6)).length < Self.positionTolerance)
  }

  @Test func theSameContentHasTheSameUIDsAndAnotherSeedOthers() throws {
    let folders = try [TemporaryFolder(), TemporaryFolder(), TemporaryFolder()]
    var other = SampleSeries()
    other.seed = "another"
    let first = try SampleSeries().write(Self.volume(), to: folders[0].url)
    let again = try SampleSeries().write(Self.volume(), to: folders[1].url)
    let seeded = try other.write(Self.volume(), to: folders[2].url)
    #expect(first.seriesInstanceUID == again.seriesInstanceUID)
    #expect(first.sopInstanceUIDs == again.sopInstanceUIDs)
    #expect(first.seriesInstanceUID != seeded.seriesInstanceUID)
    #expect(first.seriesInstanceUID.utf8.count <= 64)
    #expect(first.scale == 1)
  }

  @Test func fractionsAreScaledToFifteenBits() async throws {
    let folder = try TemporaryFolder()
    let whole = Self.volume()
    let volume = Volume(geometry: whole.geometry, voxels: whole.voxels.map { $0 * 0.123 - 100 })
    let written = try SampleSeries().write(volume, to: folder.url)
    let scan = try #require(try await Conversion.convert(folder.files).results.first?.scan)
    // Rounding to whole stored values: half a stored value.
    let worst = zip(scan.volume.voxels, volume.voxels).map { abs(Double($0) / written.scale - Double($1)) }.max() ?? 1
    #expect(worst <= 0.5001 / written.scale)
    #expect(written.scale > 100)
  }

  @Test func tiltedVolumesAreRefused() throws {
    let folder = try TemporaryFolder()
    let g = Geometry(
      width: 2, height: 2, depth: 2, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0.2, 1))
    #expect(throws: DICOMError.self) {
      try SampleSeries().write(Volume(geometry: g, voxels: [Float](repeating: 0, count: 8)), to: folder.url)
    }
  }

  static let dciodvfy = "/usr/bin/dciodvfy"

  /// What dciodvfy says of a file.
  static func verified(_ file: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: dciodvfy)
    process.arguments = [file.path]
    let pipe = Pipe()
    process.standardError = pipe
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return output
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: dciodvfy), "dicom3tools is not installed"))
  func dciodvfyFindsNoErrors() throws {
    let folder = try TemporaryFolder()
    let written = try SampleSeries().write(Self.volume(), to: folder.url)
    let output = try Self.verified(try #require(written.files.first))
    let errors = output.split(separator: "\n").filter { $0.hasPrefix("Error") }
    #expect(errors.isEmpty, "\(output)")
    #expect(output.contains("MRImage"))
  }
}
