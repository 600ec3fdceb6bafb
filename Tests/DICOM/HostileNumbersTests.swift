import DICOM
import Foundation
import Imaging
import Testing

/// Files that are well formed but say absurd things: refused by name, in time, within the budget.
@Suite struct HostileNumbersTests {
  static func attribute(_ change: (inout RawDICOM) -> Void) async throws -> String? {
    var slice = Phantom().slice(1, at: [0, 0, 0])
    change(&slice)
    return try await AssemblyTests.refusal([slice]).files.first?.attribute
  }

  @Test(arguments: ["1e308", "-1e7", "nan", "inf", "", "1\\2", "0x10"])
  func positionsThatAreNoPlaceInAPatient(text: String) async throws {
    let attribute = try await Self.attribute { $0.text(0x0020_0032, "DS", "0\\0\\" + text) }
    #expect(attribute == "ImagePositionPatient (0020,0032)")
  }

  @Test(arguments: ["0\\1", "-1\\1", "1e300\\1", "1e-300\\1", "nan\\1", "1"])
  func spacingsThatNoPixelHas(text: String) async throws {
    #expect(try await Self.attribute { $0.text(0x0028_0030, "DS", text) } == "PixelSpacing (0028,0030)")
  }

  @Test(arguments: [("0", "0"), ("1e300", "0"), ("nan", "0"), ("1", "1e300"), ("1", "inf")])
  func rescalesThatLeaveNoValues(rescale: (slope: String, intercept: String)) async throws {
    let attribute = try await Self.attribute {
      $0.text(0x0028_1053, "DS", rescale.slope)
      $0.text(0x0028_1052, "DS", rescale.intercept)
    }
    #expect(attribute == "RescaleSlope (0028,1053)")
  }

  /// Distances of which one is the median and another 1e8 times as large: a grid of 1e8 planes.
  @Test func slicesFarApartStayWithinTheBudget() async throws {
    let refusal = try await AssemblyTests.refusal(Phantom().stack([0, 0.006, 0.012, 900_000]))
    #expect(refusal.isIncomplete)
    let results = try await AssemblyTests.convert(Phantom().stack([0, 0.006, 0.012, 900_000]), incomplete: .process)
    #expect(results.first?.refusal?.reason.contains("budget") == true)
  }

  /// Slices that lie almost beside each other: upright, they would need 2e6 columns each.
  @Test func aWildLeanStaysWithinTheBudget() async throws {
    let slices = (0..<5).map { Phantom().slice($0 + 1, at: [200_000 * Double($0), 0, 0.01 * Double($0)]) }
    var limits = DICOMLimits()
    limits.voxels = 10_000_000
    let folder = try TemporaryFolder()
    try Phantom.write(slices, to: folder.url)
    let refusal = try #require(try await Conversion.convert(folder.files, limits: limits).results.first?.refusal)
    #expect(refusal.reason.contains("leans") && refusal.reason.contains("budget"))
  }

  @Test func instanceNumbersFromOneEndToTheOtherAreCounted() async throws {
    var slices = Phantom().stack([0, 2])
    slices[0].text(0x0020_0013, "IS", "-1023")
    slices[1].text(0x0020_0013, "IS", "9223372036854774784")
    #expect(try await AssemblyTests.scan(slices).evidence.missingInstanceNumbers == Int.max - 1)
  }

  @Test func aLargeLastElementIsReadWhole() throws {
    // Beyond the first 64 KiB that are read of any file, and the last of it.
    let points = (0..<9000).map { index -> SIMD3<Double> in
      let angle = 2 * Double.pi * Double(index) / 9000
      return MaskTests.grid.position(i: 5.5 + 4.2 * cos(angle), j: 5.5 + 4.2 * sin(angle), k: 1)
    }
    let set = try MaskTests.structureSet([points], .implicitLittle)
    let voxels = try set.labels(on: MaskTests.grid).labels.voxels.filter { $0 == 5 }.count
    let inside = (0..<144).filter { hypot(Double($0 % 12) - 5.5, Double($0 / 12) - 5.5) < 4.2 }.count
    #expect(voxels == inside && inside == 52)
  }

  @Test func anElementThatBeginsWhereItsItemEndsIsRefused() throws {
    // A sequence of 24 bytes, an item of 16, a whole element of 10, and six bytes of another.
    var head = RawDICOM()
    head.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.2")
    let item: [UInt8] = [0xFE, 0xFF, 0x00, 0xE0, 16, 0, 0, 0]
    let whole: [UInt8] = [0x08, 0, 0x50, 0x11, 0x55, 0x49, 2, 0, 0x31, 0]
    let cut: [UInt8] = [0x08, 0, 0x55, 0x11, 0x55, 0x49]
    let sequence: [UInt8] = [0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 24, 0, 0, 0] + item + whole + cut
    let error = try HostileTests.failure(head.file() + sequence + [UInt8](repeating: 0x20, count: 40))
    #expect(error.reason.contains("item or sequence ends"))
  }

  @Test func aMillionItemsAreRefusedInTime() throws {
    var head = Phantom().slice(1, at: [0, 0, 0])
    head[0x7FE0_0010] = nil
    let item: [UInt8] = [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0]
    let count = 1_000_000
    let bytes = [UInt8](unsafeUninitializedCapacity: count * 8) { buffer, length in
      for index in 0..<count * 8 { buffer[index] = item[index % 8] }
      length = count * 8
    }
    let tag: [UInt8] = [0x00, 0x52, 0x30, 0x92, 0x53, 0x51, 0, 0] + RawDICOM.long(UInt32(bytes.count), false)
    let start = ContinuousClock.now
    #expect(try HostileTests.reading(head.file() + tag + bytes).get().frames.count == 1)
    let took = ContinuousClock.now - start
    // One pass takes a tenth of this; as many passes as there are items would take an hour.
    #expect(took < .seconds(10))
  }

  @Test func aHundredThousandFramesAreReadInTime() throws {
    var head = MultiFrameTests.enhanced(echoes: 1)
    head[0x7FE0_0010] = nil
    head[0x5200_9230] = nil
    head.text(0x0028_0008, "IS", "100000")
    let item: [UInt8] = [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0]
    let items = [[UInt8]](repeating: item, count: 100_000).flatMap { $0 }
    let tag: [UInt8] = [0x00, 0x52, 0x30, 0x92, 0x53, 0x51, 0, 0] + RawDICOM.long(UInt32(items.count), false)
    let start = ContinuousClock.now
    #expect(try HostileTests.reading(head.file() + tag + items).get().frames.count == 100_000)
    // One pass takes a tenth of this, even beside other tests; counted from the first each time it was half a minute.
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test func textLongerThanAnybodyNeedsIsLeftOut() async throws {
    for (count, isRead) in [(16_000, true), (40_000, false)] {
      var slice = Phantom().slice(1, at: [0, 0, 0])
      slice.text(0x0008_0005, "CS", "\\ISO 2022 IR 87")
      slice[0x0008_103E] = .bytes("LO", [[UInt8]](repeating: [0x1B, 0x28, 0x42, 0x41], count: count).flatMap { $0 })
      let folder = try TemporaryFolder()
      let file = folder.url.appendingPathComponent("x")
      try slice.write(to: file, .implicitLittle)
      let header = try DICOMHeader(file)
      #expect(header.seriesDescription == (isRead ? String(repeating: "A", count: count) : ""))
      #expect(header.sopInstanceUID == "1.2.3.4.1")
    }
  }

  @Test func elementsSideBySideHaveABudget() throws {
    var head = RawDICOM()
    head.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.2")
    let element: [UInt8] = [0x09, 0, 0x10, 0x10, 0x43, 0x53, 0, 0]
    let many = [[UInt8]](repeating: element, count: 20_000).flatMap { $0 }
    #expect(try HostileTests.failure(head.file() + many).reason.contains("side by side"))
  }

  @Test func aContourOfEndlesslyManyCornersIsRefused() throws {
    let square = MaskTests.square(1.5, 9.5, k: 1)
    let contours = [[SIMD3<Double>]](repeating: (0..<15_000).flatMap { _ in square }, count: 18)
    let set = try MaskTests.structureSet(contours, .implicitLittle)
    let error = #expect(throws: DICOMError.self) { try set.labels(on: MaskTests.grid) }
    #expect(error?.kind == .overBudget)
  }

  @Test(arguments: ["1.2.840.10008.1.2.5"])
  func runsThatLieAboutWhereTheyAre(syntax: String) async throws {
    let (rows, columns) = (6, 5)
    func frame(_ offsets: [UInt32], _ runs: [UInt8]) -> [UInt8] {
      (offsets + [UInt32](repeating: 0, count: 16 - offsets.count)).flatMap { RawDICOM.long($0, false) } + runs
    }
    let plane = [UInt8(257 - rows * columns)]
    let good = frame([2, 64, 66], plane + [0] + plane + [7])
    var slice = Phantom().slice(1, at: [0, 0, 0])
    slice.transferSyntaxUID = syntax
    slice[0x7FE0_0010] = .fragments([[], good])
    #expect(try await AssemblyTests.scan([slice]).volume.voxels == [Float](repeating: 7 - 1024, count: 30))
    let lies = [
      frame([2, 64, 0xFFFF_FFF0], plane + [0] + plane + [7]), frame([2, 66, 64], plane + [0] + plane + [7]),
      frame([2, 0, 66], plane + [0] + plane + [7]), frame([1, 64, 66], plane + [0] + plane + [7]),
      frame([200, 64, 66], plane + [0] + plane + [7]), frame([2, 64, 66], plane + [0] + [0x7F, 7]),
      frame([2, 64, 66], plane + [0, 228]), [2, 0],
    ]
    for lie in lies {
      slice[0x7FE0_0010] = .fragments([[], lie])
      #expect(try await AssemblyTests.refusal([slice]).description.contains("RLE"))
    }
  }
}
