import DICOM
import Foundation
import Imaging
import Testing

/// Stored samples to values.
@Suite struct PixelTests {
  @Test(arguments: [(8, 8), (8, 7), (16, 12), (16, 10), (16, 16), (32, 32), (32, 20)], [false, true])
  func everyWidthAndSign(bits: (allocated: Int, stored: Int), signed: Bool) async throws {
    var phantom = Phantom()
    phantom.bitsAllocated = bits.allocated
    phantom.bitsStored = bits.stored
    phantom.signed = signed
    phantom.intercept = 0
    var slice = phantom.slice(1, at: [0, 0, 0])
    let limit = 1 << min(bits.stored - 1, 22)
    // Whole numbers up to 2^22, exact in float.
    let values = (0..<30).map { ($0 * 2_654_435) % limit - (signed && $0 % 2 == 1 ? limit : 0) }
    let mask = (1 << bits.stored) - 1
    // Bits above the high bit belong to overlays and are no part of the value.
    let overlay = bits.stored < bits.allocated ? 1 << bits.stored : 0
    phantom.setPixels(&slice, values.map { $0 & mask | overlay })
    let scan = try await AssemblyTests.scan([slice])
    #expect(scan.volume.voxels == values.map { Float($0) })
  }

  @Test func aHighBitAboveTheStoredBitsIsShiftedDown() async throws {
    var phantom = Phantom()
    phantom.bitsStored = 12
    phantom.highBit = 15
    phantom.signed = true
    phantom.intercept = 0
    var slice = phantom.slice(1, at: [0, 0, 0])
    let values = (0..<30).map { $0 * 130 - 2000 }
    phantom.setPixels(&slice, values.map { ($0 & 0xFFF) << 4 | 0x5 })
    #expect(try await AssemblyTests.scan([slice]).volume.voxels == values.map { Float($0) })
  }

  @Test func eachSliceHasItsOwnRescale() async throws {
    var phantom = Phantom()
    let slices = (0..<4).map { k -> RawDICOM in
      phantom.slope = 0.1 * Double(k + 1)
      phantom.intercept = Double(k) * 3.25
      return phantom.slice(k + 1, at: [0, 0, Double(k)])
    }
    let scan = try await AssemblyTests.scan(slices)
    let expected = (0..<4).flatMap { k in
      phantom.pixels(k + 1).map { Float(Double($0) * (0.1 * Double(k + 1)) + Double(k) * 3.25) }
    }
    #expect(scan.volume.voxels == expected)
  }

  @Test func paddingAndMonochrome1AreNotedAndValuesKept() async throws {
    let phantom = Phantom()
    var slice = phantom.slice(1, at: [0, 0, 0])
    slice.text(0x0028_0004, "CS", "MONOCHROME1")
    slice.number(0x0028_0120, "US", 7)
    let scan = try await AssemblyTests.scan([slice])
    #expect(scan.findings.contains(.monochrome1) && scan.findings.contains(.padding(storedValue: 7)))
    #expect(scan.volume.voxels == phantom.pixels(1).map { Float($0) - 1024 })
  }

  @Test func bigEndianPixelsAreSwapped() async throws {
    let phantom = Phantom()
    var slice = phantom.slice(1, at: [0, 0, 0])
    slice[0x7FE0_0010] = .bytes("OW", phantom.pixels(1).flatMap { RawDICOM.word(UInt16($0), true) })
    let scan = try await AssemblyTests.scan([slice], .explicitBig)
    #expect(scan.volume.voxels == phantom.pixels(1).map { Float($0) - 1024 })
  }

  @Test func colourAndWrongWidthsAreRefusedByTheirAttribute() async throws {
    var colour = Phantom().slice(1, at: [0, 0, 0])
    colour.number(0x0028_0002, "US", 3)
    colour.text(0x0028_0004, "CS", "RGB")
    #expect(try await AssemblyTests.refusal([colour]).files.first?.attribute == "SamplesPerPixel (0028,0002)")
    for other in ["PALETTE COLOR", "YBR_FULL", ""] {
      var palette = Phantom().slice(1, at: [0, 0, 0])
      palette.text(0x0028_0004, "CS", other)
      let attribute = try await AssemblyTests.refusal([palette]).files.first?.attribute
      #expect(attribute == "PhotometricInterpretation (0028,0004)")
    }
    var width = Phantom().slice(1, at: [0, 0, 0])
    width.number(0x0028_0100, "US", 12)
    #expect(try await AssemblyTests.refusal([width]).files.first?.attribute == "BitsAllocated (0028,0100)")
  }
}
