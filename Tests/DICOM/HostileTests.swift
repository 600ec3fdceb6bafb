import DICOM
import Foundation
import Imaging
import Testing

/// Files that are wrong, by accident or on purpose.
@Suite struct HostileTests {
  static func reading(_ bytes: [UInt8], limits: DICOMLimits = DICOMLimits()) throws -> Result<DICOMHeader, DICOMError> {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("x.dcm")
    try RawDICOM.write(bytes, to: file)
    do throws(DICOMError) {
      return .success(try DICOMHeader(file, limits: limits))
    } catch {
      return .failure(error)
    }
  }

  static func failure(_ bytes: [UInt8], limits: DICOMLimits = DICOMLimits()) throws -> DICOMError {
    let result = try reading(bytes, limits: limits)
    guard case .failure(let error) = result else {
      throw DICOMError(.unsupported, path: "", "the header was read")
    }
    return error
  }

  static var slice: RawDICOM { Phantom().slice(1, at: [0, 0, 0]) }

  @Test func textIsNoDICOM() throws {
    let text = Array(String(repeating: "This is a letter, not an image.\n", count: 40).utf8)
    #expect(try Self.failure(text).kind == .notDICOM)
    #expect(try Self.failure([]).kind == .notDICOM)
    #expect(try Self.failure(Array("x".utf8)).kind == .notDICOM)
    #expect(try Self.failure([UInt8](repeating: 0, count: 4096)).kind == .notDICOM)
  }

  @Test func aDataSetWithoutPreambleIsRead() throws {
    for encoding in RawDICOM.Encoding.allCases {
      var slice = Self.slice
      slice.preamble = false
      #expect(try Self.reading(slice.file(encoding)).get().sopInstanceUID == "1.2.3.4.1")
    }
  }

  @Test func everyTruncationIsNamed() throws {
    let whole = Self.slice.file()
    let header = whole.count - Phantom().rows * Phantom().columns * 2
    for count in stride(from: 0, to: header, by: 1) {
      // A file cut between two elements is whole as far as anyone can tell, but it has no pixels.
      if let read = try? Self.reading(Array(whole.prefix(count))).get() { #expect(read.pixels?.hasPixelData != true) }
    }
    for count in [header, whole.count - 1] {
      #expect(try Self.reading(Array(whole.prefix(count))).get().pixels?.isTruncated == true)
    }
  }

  @Test func truncatedPixelsAreRefusedByName() async throws {
    let folder = try TemporaryFolder()
    try Data(Self.slice.file().dropLast(10)).write(to: folder.url.appendingPathComponent("cut.dcm"))
    let refusal = try #require(try await Conversion.convert(folder.files).results.first?.refusal)
    #expect(refusal.description.contains("cut.dcm") && refusal.description.contains("cut short"))
  }

  @Test func aFileWithoutPixelsIsRefusedByName() async throws {
    var slice = Self.slice
    slice[0x7FE0_0010] = nil
    let refusal = try await AssemblyTests.refusal([slice])
    #expect(refusal.files.first?.attribute == "PixelData (7FE0,0010)")
  }

  @Test func absurdSizesAreRefusedBeforeAnythingIsAllocated() async throws {
    var large = Self.slice
    large.number(0x0028_0010, "US", 65535)
    large.number(0x0028_0011, "US", 65535)
    #expect(try await AssemblyTests.refusal([large]).files.first?.attribute == "PixelData (7FE0,0010)")
    var many = Self.slice
    many.text(0x0028_0008, "IS", "2147483647")
    #expect(try await AssemblyTests.refusal([many]).files.first?.attribute == "NumberOfFrames (0028,0008)")
    var none = Self.slice
    none.number(0x0028_0010, "US", 0)
    #expect(try await AssemblyTests.refusal([none]).files.first?.attribute == "Rows (0028,0010)")
  }

  @Test func compressedFramesOfAbsurdSizeStayWithinTheBudget() async throws {
    var slice = Self.slice
    slice.number(0x0028_0010, "US", 65535)
    slice.number(0x0028_0011, "US", 65535)
    slice.transferSyntaxUID = "1.2.840.10008.1.2.4.70"
    slice[0x7FE0_0010] = .fragments([[], [0xFF, 0xD8, 0xFF, 0xD9]])
    let refusal = try await AssemblyTests.refusal([slice])
    #expect(refusal.reason.contains("budget"))
  }

  @Test(arguments: [
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.102",
  ])
  func brokenCodeStreamsAreRefused(syntax: String) async throws {
    var slice = Self.slice
    slice.transferSyntaxUID = syntax
    for stream: [UInt8] in [
      [], [0xFF, 0xD8, 0xFF, 0xD9], (0..<200).map { UInt8($0 * 7 % 256) }, [0xFF, 0x4F, 0xFF, 0x51],
    ] {
      slice[0x7FE0_0010] = .fragments([[], stream])
      #expect(try await AssemblyTests.refusal([slice]).reason.contains("cannot be read"))
    }
  }

  /// CharLS, as DCMTK has it, reads beyond a stream without an end; no decoder needs to see one of another size.
  @Test(arguments: ["image-jpegls.dcm", "image-jpegls-pieces.dcm", "image-jpeg-lossless.dcm"])
  func codeStreamsWithoutEndOrOfAnotherSizeAreRefused(seed: String) async throws {
    let sound = try CorpusTests.bytes(seed)
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("x")
    func refusal(_ bytes: [UInt8]) async throws -> String? {
      try RawDICOM.write(bytes, to: file)
      return try await Conversion.convert([file]).results.first?.refusal?.description
    }
    if seed.contains("jpegls") {
      var endless = sound
      let end = try #require(endless.indices.last { $0 > 0 && endless[$0 - 1] == 0xFF && endless[$0] == 0xD9 })
      endless[end - 1] = 0x2B
      #expect(try await refusal(endless)?.contains("no end (EOI)") == true)
    }
    var taller = sound
    let rows = try #require(taller.indices.first { taller[$0...].starts(with: [0x28, 0, 0x10, 0, 0x55, 0x53, 2, 0]) })
    taller[rows + 8] = 5
    #expect(try await refusal(taller)?.contains("the code stream is 8 x 6, Columns x Rows is 8 x 5") == true)
  }

  @Test func lyingFragmentsAreRefused() async throws {
    var slice = Self.slice
    slice.transferSyntaxUID = "1.2.840.10008.1.2.5"
    slice[0x7FE0_0010] = .fragments([[], [UInt8](repeating: 0, count: 64)])
    var bytes = slice.file()
    let at = try #require(bytes.lastIndex(of: 64))
    bytes[at + 2] = 0x7F
    let folder = try TemporaryFolder()
    try Data(bytes).write(to: folder.url.appendingPathComponent("x"))
    let refusal = try #require(try await Conversion.convert(folder.files).results.first?.refusal)
    #expect(refusal.description.contains("fragment"))
  }

  /// DCMTK takes undefined lengths of other VRs for sequences, fragments for items, and a code stream's bytes for lengths.
  @Test func undefinedLengthsStandOnlyWhereTheyMay() throws {
    let undefined: [UInt8] = [0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
    let fragments: [UInt8] =
      [0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0] + [0xFE, 0xFF, 0, 0xE0, 2, 0, 0, 0, 0xFF, 0xD8] + [
        0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0,
      ]
    var head = Self.slice
    head[0x7FE0_0010] = nil
    let pixel: [UInt8] = [0xE0, 0x7F, 0x10, 0]
    let other: [UInt8] = [0x88, 0, 0, 2]
    #expect(
      try Self.failure(head.file() + pixel + Array("OR".utf8) + undefined + fragments).reason.contains("fragments"))
    #expect(
      try Self.failure(head.file() + other + Array("OB".utf8) + undefined + fragments).reason.contains("undefined"))
    #expect(
      try Self.reading(head.file() + pixel + Array("OB".utf8) + undefined + fragments).get().pixels?.isEncapsulated
        == true)
    // Names that DCMTK gives to VRs of its own, with lengths that it reads from other bytes.
    let small: [UInt8] = [0x09, 0, 0x10, 0x10] + Array("lt".utf8) + [2, 0, 0x41, 0x20, 0xFF, 0x7F]
    #expect(try Self.failure(head.file() + small).reason.contains("small letters"))
    // An icon's pixels in fragments, in an item of IconImageSequence.
    let icon =
      other + Array("SQ".utf8) + undefined + [0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF] + pixel + Array("OB".utf8)
      + undefined
      + fragments + [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0] + [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]
    #expect(try Self.reading(head.file() + icon).get().pixels?.hasPixelData == false)
  }

  @Test func sequencesNestedThousandsDeepAreRefused() throws {
    for encoding in [RawDICOM.Encoding.explicitLittle, .implicitLittle] {
      var bytes: [UInt8] = []
      // Undefined lengths: opening brackets only, 20,000 deep.
      let open: [UInt8] =
        encoding == .explicitLittle
        ? [0x08, 0x00, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
        : [0x08, 0x00, 0x40, 0x11, 0xFF, 0xFF, 0xFF, 0xFF]
      for _ in 0..<20_000 { bytes += open + [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF] }
      var head = RawDICOM()
      head.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.2")
      #expect(try Self.failure(head.file(encoding) + bytes).reason.contains("nested"))
    }
  }

  @Test func lengthsThatLieAreRefused() throws {
    var head = RawDICOM()
    head.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.2")
    // A private OB element that claims 4 GB - 2, then one inside a sequence that claims more than its item.
    let large: [UInt8] = [0x09, 0, 0x10, 0x10, 0x4F, 0x42, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]
    #expect(try Self.failure(head.file() + large).reason.contains("4294967294 bytes"))
    let nested: [UInt8] =
      [0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 16, 0, 0, 0] + [0xFE, 0xFF, 0, 0xE0, 8, 0, 0, 0]
      + [0x08, 0, 0x50, 0x11, 0x55, 0x49, 0x40, 0]
    #expect(try Self.failure(head.file() + nested).kind == .malformed)
  }

  @Test func aHeaderBeyondItsBudgetIsRefused() throws {
    var slice = Self.slice
    slice[0x0009_1010] = .bytes("OB", [UInt8](repeating: 7, count: 300_000))
    var limits = DICOMLimits()
    limits.headerBytes = 100_000
    #expect(try Self.failure(slice.file(), limits: limits).kind == .overBudget)
    #expect(try Self.reading(slice.file()).get().sopInstanceUID == "1.2.3.4.1")
    limits = DICOMLimits()
    limits.elements = 5
    #expect(try Self.failure(slice.file(), limits: limits).kind == .overBudget)
    limits = DICOMLimits()
    limits.fileBytes = 100
    #expect(try Self.failure(slice.file(), limits: limits).kind == .overBudget)
  }

  @Test func whatIsNoRegularFileIsRefusedWithoutWaiting() async throws {
    let folder = try TemporaryFolder()
    let fifo = folder.url.appendingPathComponent("fifo")
    #expect(mkfifo(fifo.path, 0o600) == 0)
    let link = folder.url.appendingPathComponent("link")
    let target = folder.url.appendingPathComponent("target")
    try Self.slice.write(to: target)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
    let missing = folder.url.appendingPathComponent("missing")
    let reading = await FileReading.read([fifo, link, folder.url, missing, target])
    #expect(reading.headers.count == 1)
    #expect(reading.failures.map { $0.kind } == [.unreadable, .unreadable, .unreadable, .unreadable])
    #expect(FileReading.files(in: folder.url).map { $0.lastPathComponent } == ["target"])
  }

  @Test func linksInCirclesSocketsAndStrangeNamesAreListedOrLeftOut() async throws {
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    let sub = folder.url.appendingPathComponent("sub")
    try manager.createDirectory(at: sub, withIntermediateDirectories: true)
    try manager.createSymbolicLink(at: sub.appendingPathComponent("up"), withDestinationURL: folder.url)
    try manager.createSymbolicLink(atPath: sub.appendingPathComponent("self").path, withDestinationPath: "self")
    try Self.bindSocket(at: folder.url.appendingPathComponent("socket").path)
    let names = ["two\nlines", "..%2F..%2Fup", " ", "-rf", "\u{202E}mcd.x", "a\u{1B}[2Jb"]
    for (index, name) in names.enumerated() {
      try Phantom().slice(index + 1, at: [0, 0, 2 * Double(index)]).write(to: sub.appendingPathComponent(name))
    }
    // A name that is no UTF-8 cannot be a URL: it is left out, or listed with U+FFFD and then not found. The agent's own
    // listing (Intake) names it.
    let path = Array(sub.path.utf8CString.dropLast()) + [0x2F, 0x62, -1, 0]
    let stream = try #require(fopen(path, "wb"))
    fclose(stream)
    let files = FileReading.files(in: folder.url)
    let listed = Set(files.map { $0.lastPathComponent })
    #expect(listed == Set(names) || listed == Set(names + ["b\u{FFFD}"]))
    let letter = sub.appendingPathComponent("a\u{7}letter")
    try RawDICOM.write(Array("Dear colleague, here is no image.".utf8), to: letter)
    let others = [letter, folder.url.appendingPathComponent("socket")]
    let (results, failures) = try await Conversion.convert(files + others)
    #expect(results.first?.scan?.volume.geometry.depth == names.count)
    #expect(Set(failures.map { $0.kind }) == [.notDICOM, .unreadable])
    #expect(failures.count == others.count + listed.count - names.count)
    let plain = failures.map { $0.description }.joined()
    #expect(!plain.unicodeScalars.contains { $0.value < 0x20 } && plain.contains("\u{FFFD}"))
  }

  /// A socket in the file system.
  static func bindSocket(at path: String) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    #expect(path.utf8.count < room)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(room - 1)) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    #expect(bound == 0)
  }

  @Test(.enabled(if: geteuid() != 0, "root reads every file"))
  func unreadableFilesAreNamed() async throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("x")
    try Self.slice.write(to: file)
    #expect(chmod(file.path, 0) == 0)
    #expect(await FileReading.read([file]).failures.map { $0.kind } == [.unreadable])
  }

  @Test func aTransferSyntaxThatIsNoUIDIsRefused() throws {
    for uid in ["1.2\u{1B}[2J", String(repeating: "1.", count: 40), "implicit"] {
      var slice = Self.slice
      slice.transferSyntaxUID = uid
      #expect(try Self.failure(slice.file()).reason.contains("TransferSyntaxUID"))
    }
  }

  @Test func aFileThatChangesAfterItsHeaderIsRefused() async throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("x")
    try Self.slice.write(to: file)
    let series = DICOMSeries.group(await FileReading.read([file]).headers)
    try Phantom().slice(1, at: [0, 0, 0], seed: 99).write(to: file)
    let changed = try #require(series.first)
    let refusal = try #require(try await Conversion.convert(changed).first?.refusal)
    #expect(refusal.description.contains("changed"))
  }

  /// Bytes of a sound file changed at random: never a crash, never a hang; a fixed seed, so that a failure can be repeated.
  @Test func randomDamageNeverCrashes() async throws {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let folder = try TemporaryFolder()
    var compressed = SampleSeries()
    compressed.transferSyntaxUID = "1.2.840.10008.1.2.4.80"
    let written = try compressed.write(SampleSeriesTests.volume(), to: folder.url)
    let sound = [Self.slice.file(), Self.slice.file(.implicitLittle), [UInt8](try Data(contentsOf: written.files[0]))]
    let file = folder.url.appendingPathComponent("damaged")
    for round in 0..<300 {
      var bytes = sound[round % sound.count]
      for _ in 0...random(4) { bytes[132 + random(bytes.count - 132)] = UInt8(random(256)) }
      try RawDICOM.write(bytes, to: file)
      let (results, failures) = try await Conversion.convert([file])
      #expect(results.count + failures.count == 1)
    }
  }
}
