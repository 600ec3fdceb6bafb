internal import CDCMTK
internal import Digests
import Foundation

/// Reads the pixels of one file into planes of values, and the file's digest on the way: one read of each file.
struct PlaneReader {
  let header: DICOMHeader
  let limits: DICOMLimits

  /// Where a plane's values go.
  enum Values {
    case float(UnsafeMutablePointer<Float>)
    /// Only as long as every value is a whole number that fits; otherwise ``WiderThanInt16`` is thrown.
    case int16(UnsafeMutablePointer<Int16>)
  }

  /// A value that is no whole number or does not fit.
  struct WiderThanInt16: Error {}

  /// One frame's place: where its `rows * columns` values go and how they are rescaled.
  struct Destination {
    let frame: Int
    let slope: Double
    let intercept: Double
    let values: Values
    /// For a plane that is part of the frame: its place there and its size.
    let tile: (place: PlaneReference.Tile, rows: Int, columns: Int)?
    /// Called when the values are there.
    var finished: () throws -> Void = {}

    init(_ plane: PlaneReference, values: Values) {
      frame = plane.frame
      slope = plane.slope
      intercept = plane.intercept
      tile = plane.place
      self.values = values
    }
  }

  /// Decodes `destinations` into their places. With `digest`, reads the whole file and returns its SHA-256; without, only what is needed.
  func read(_ destinations: [Destination], digest: Bool, room: ByteRoom) throws -> SHA256Digest? {
    let path = header.file.path
    let file = try OpenFile(path, limits: limits)
    guard file.identity == header.identity else {
      throw DICOMError(.changed, path: path, "was changed after its header had been read")
    }
    guard let pixels = header.pixels, let frameBytes = pixels.frameBytes else {
      throw DICOMError(.malformed, path: path, "no image")
    }
    if !digest, pixels.isDirect {
      try readFrames(destinations, of: file, pixels, frameBytes: frameBytes, room: room)
      return nil
    }
    let bytes = room.bytes(Int(file.identity.size))
    guard let start = bytes.baseAddress else { throw DICOMError(.malformed, path: path, "an empty file") }
    try file.read(into: start, count: bytes.count)
    var hasher = SHA256Hasher()
    if digest { hasher.update(UnsafeRawBufferPointer(bytes)) }
    if pixels.isDirect {
      try convert(destinations, from: UnsafeRawBufferPointer(bytes), pixels, frameBytes: frameBytes)
    } else {
      try decode(destinations, from: UnsafeRawBufferPointer(bytes), pixels, frameBytes: frameBytes)
    }
    let result = hasher.finish()
    return digest ? result : nil
  }

  /// Native pixels, the whole file in memory.
  private func convert(
    _ destinations: [Destination], from bytes: UnsafeRawBufferPointer, _ pixels: PixelDescription, frameBytes: Int
  ) throws {
    for destination in destinations {
      let start = pixels.offset + destination.frame * frameBytes
      guard start >= 0, start <= bytes.count - frameBytes else { throw beyondEnd(destination.frame) }
      try store(
        UnsafeRawBufferPointer(rebasing: bytes[start..<start + frameBytes]), destination, pixels,
        sampleBytes: pixels.bitsAllocated / 8)
    }
  }

  /// Native pixels, frame by frame from the file.
  private func readFrames(
    _ destinations: [Destination], of file: borrowing OpenFile, _ pixels: PixelDescription, frameBytes: Int,
    room: ByteRoom
  ) throws {
    let bytes = room.bytes(frameBytes)
    guard let start = bytes.baseAddress else { return }
    for destination in destinations {
      try file.read(into: start, count: frameBytes, from: pixels.offset + destination.frame * frameBytes)
      try store(UnsafeRawBufferPointer(bytes), destination, pixels, sampleBytes: pixels.bitsAllocated / 8)
    }
  }

  /// Compressed, big endian or deflated pixels, through the codecs.
  private func decode(
    _ destinations: [Destination], from bytes: UnsafeRawBufferPointer, _ pixels: PixelDescription, frameBytes: Int
  ) throws {
    let dataSet = try DataSet.whole(bytes, path: header.file.path, limits: limits)
    var count = 0
    if let native = vigil_dicom_native_pixels(dataSet.handle, &count) {
      for destination in destinations {
        let start = destination.frame * frameBytes
        guard start <= count - frameBytes else { throw beyondEnd(destination.frame) }
        try store(
          UnsafeRawBufferPointer(start: native + start, count: frameBytes), destination, pixels,
          sampleBytes: pixels.bitsAllocated / 8)
      }
      return
    }
    let room = ByteRoom()
    let frame = room.bytes(frameBytes + frameBytes % 2)
    var decodedFrame = -1
    var sampleBytes: UInt32 = 0
    for destination in destinations {
      if destination.frame == decodedFrame {
        try store(UnsafeRawBufferPointer(frame), destination, pixels, sampleBytes: Int(sampleBytes))
        continue
      }
      var reason = ErrorText()
      let decoded = reason.catching {
        vigil_dicom_decode_frame(
          dataSet.handle, UInt32(destination.frame), frame.baseAddress, frame.count, &sampleBytes, $0, $1)
      }
      guard decoded else {
        throw DICOMError(.malformed, path: header.file.path, "frame \(destination.frame + 1): \(reason.text)")
      }
      decodedFrame = destination.frame
      try store(UnsafeRawBufferPointer(frame), destination, pixels, sampleBytes: Int(sampleBytes))
    }
  }

  private func store(
    _ samples: UnsafeRawBufferPointer, _ destination: Destination, _ pixels: PixelDescription, sampleBytes: Int
  ) throws {
    if let tile = destination.tile {
      for row in 0..<tile.rows {
        let start = ((tile.place.row + row) * pixels.columns + tile.place.column) * sampleBytes
        let line = UnsafeRawBufferPointer(rebasing: samples[start..<start + tile.columns * sampleBytes])
        try convert(line, tile.columns, destination, pixels, sampleBytes: sampleBytes, at: row * tile.columns)
      }
    } else {
      try convert(samples, pixels.rows * pixels.columns, destination, pixels, sampleBytes: sampleBytes, at: 0)
    }
    try destination.finished()
  }

  private func convert(
    _ samples: UnsafeRawBufferPointer, _ count: Int, _ destination: Destination, _ pixels: PixelDescription,
    sampleBytes: Int, at offset: Int
  ) throws(WiderThanInt16) {
    switch destination.values {
    case .float(let values):
      vigil_samples_to_float(
        samples.baseAddress, count, UInt32(sampleBytes), UInt32(pixels.bitsStored), UInt32(pixels.highBit),
        pixels.isSigned, destination.slope, destination.intercept, values + offset)
    case .int16(let values):
      let fits = vigil_samples_to_int16(
        samples.baseAddress, count, UInt32(sampleBytes), UInt32(pixels.bitsStored), UInt32(pixels.highBit),
        pixels.isSigned, destination.slope, destination.intercept, values + offset)
      guard fits else { throw WiderThanInt16() }
    }
  }

  private func beyondEnd(_ frame: Int) -> DICOMError {
    DICOMError(.malformed, path: header.file.path, "frame \(frame + 1) lies beyond the end of the pixel data")
  }
}

/// Bytes that one thread uses again for file after file.
final class ByteRoom {
  private var room = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { room.deallocate() }

  /// `count` bytes of any content, valid until the next call.
  func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if room.count < count {
      room.deallocate()
      room = .allocate(byteCount: count, alignment: 64)
    }
    return UnsafeMutableRawBufferPointer(rebasing: room[..<count])
  }
}
