public import Foundation
import Imaging
import Tensors

/// The two resampling problems that cost nnU-Net most, timed: an image to the network's spacing (cubic), and logits back to the
/// scan's grid with the decision (linear). `vigil bench resample` runs it; `Tests/Benchmarks/peers/resample_vs_nnunet.py`
/// compares time, memory and values with nnU-Net's.
public struct ResamplingBenchmark: Sendable {
  /// Which of the two.
  public enum Problem: String, Sendable, CaseIterable, Codable {
    /// A scan to the network's spacing: one channel of Float in, one of Float out.
    case image
    /// Logits to labels on the scan's grid: Float `[K, D, H, W]` in, UInt16 `[D, H, W]` out.
    case export
  }

  /// One JSON line.
  public struct Result: Sendable, Codable {
    /// Which problem.
    public let problem: Problem
    /// The scan, `[D, H, W]`.
    public let scanShape: [Int]
    /// The network's grid, `[D, H, W]`.
    public let networkShape: [Int]
    /// Heads of the logits; 1 for an image.
    public let heads: Int
    /// Threads used.
    public let threads: Int
    /// Seconds of each repetition, in order.
    public let seconds: [Double]
    /// Their median.
    public let medianSeconds: Double
    /// Processor seconds of one repetition, all threads together: what a busy machine does not change.
    public let processorSeconds: Double
    /// Largest resident memory of the process so far, bytes; nil where the system does not say.
    public let peakBytes: Int?
  }

  /// What went wrong with the benchmark's input.
  public struct InputError: Error, CustomStringConvertible {
    /// The sentence for people.
    public let description: String
  }

  /// Which problem.
  public var problem = Problem.image
  /// The scan, `[D, H, W]`.
  public var scanShape = [200, 512, 512]
  /// Its spacing `[D, H, W]`, mm.
  public var scanSpacing = [1.5, 0.75, 0.75]
  /// The network's spacing `[D, H, W]`, mm.
  public var networkSpacing = [1.5, 1.5, 1.5]
  /// Classes of the logits.
  public var heads = 6
  /// Threads.
  public var threads = Threads.available
  /// How often to run; the first run also warms the memory.
  public var repetitions = 5

  /// A 512 x 512 x 200 CT at 0.75 x 0.75 x 1.5 mm, and a network at 1.5 mm with six classes.
  public init() {}

  /// The network's grid, `[D, H, W]`.
  public var networkShape: [Int] { ResamplingGrid.newShape(scanShape, from: scanSpacing, to: networkSpacing) }

  /// Floats the problem takes in.
  public var inputCount: Int { (problem == .image ? scanShape : [heads] + networkShape).reduce(1, *) }

  /// Runs it on the file `input`, ``inputCount`` little-endian Floats, or on noise; writes the result's bytes to `output`.
  public func run(input: URL? = nil, output: URL? = nil) throws -> Result {
    let values = try input.map { try Self.floats(of: $0, count: inputCount) } ?? Self.noise(inputCount)
    var seconds: [Double] = []
    let processor = clock()
    for repetition in 1...max(repetitions, 1) {
      let target = repetition == max(repetitions, 1) ? output : nil
      seconds.append(try problem == .image ? resample(values, to: target) : export(values, to: target))
    }
    let used = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
    return Result(
      problem: problem, scanShape: scanShape, networkShape: networkShape, heads: problem == .image ? 1 : heads,
      threads: threads, seconds: seconds, medianSeconds: seconds.sorted()[seconds.count / 2],
      processorSeconds: used / Double(seconds.count), peakBytes: Self.peakBytes())
  }

  private func resample(_ values: [Float], to output: URL?) throws -> Double {
    let start = ContinuousClock.now
    let resampler = ResamplingRecipe.images.resampler(
      from: scanShape, to: networkShape, current: scanSpacing, new: networkSpacing)
    let result = resampler.resample(values, threads: threads)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if let output { try result.withUnsafeBytes { try Self.write($0, to: output) } }
    return seconds
  }

  private func export(_ values: [Float], to output: URL?) throws -> Double {
    let start = ContinuousClock.now
    let sampler = LogitSampler(
      ResamplingRecipe.probabilities.resampler(
        from: networkShape, to: scanShape, current: networkSpacing, new: scanSpacing), heads: heads)
    let placement = try Placement(trace)
    let labels = values.withUnsafeBufferPointer { values in
      Decision(sampler: sampler, heads: .classes(count: heads), placement: placement).run(
        values.baseAddress.unsafelyUnwrapped, threads: threads
      ).voxels
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if let output { try labels.withUnsafeBytes { try Self.write($0, to: output) } }
    return seconds
  }

  private var trace: PreparationTrace {
    let steps = [
      SIMD3(scanSpacing[2], 0, 0), SIMD3(0, scanSpacing[1], 0), SIMD3(0, 0, scanSpacing[0]),
    ]
    let geometry = Geometry(
      width: scanShape[2], height: scanShape[1], depth: scanShape[0], origin: SIMD3(), iStep: steps[0],
      jStep: steps[1], kStep: steps[2])
    return PreparationTrace(
      channels: [], grid: GridRecord(geometry), transposeForward: [0, 1, 2], spacing: scanSpacing,
      targetSpacing: networkSpacing, shapeBeforeCropping: scanShape, cropBox: CropBox(whole: scanShape),
      preparedShape: networkShape, separatedAxis: nil, warnings: [])
  }

  /// Reads a file straight into an array, so that memory holds it once.
  private static func floats(of file: URL, count: Int) throws -> [Float] {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    var values: [Float] = []
    values.reserveCapacity(count)
    while let chunk = try handle.read(upToCount: 1 << 22), !chunk.isEmpty {
      guard chunk.count % MemoryLayout<Float>.size == 0 else { break }
      chunk.withUnsafeBytes { values.append(contentsOf: $0.bindMemory(to: Float.self)) }
    }
    guard values.count == count else {
      throw InputError(
        description: "\(file.lastPathComponent): expected \(count) floats of 4 bytes, found \(values.count)")
    }
    return values
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to file: URL) throws {
    guard let start = bytes.baseAddress else { return }
    try Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none).write(
      to: file)
  }

  /// Numbers between -1 and 1 that are the same on every machine (Knuth's MMIX generator).
  private static func noise(_ count: Int) -> [Float] {
    var state: UInt64 = 1809
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
    }
  }

  /// `VmHWM` of Linux's /proc.
  private static func peakBytes() -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
  }
}
