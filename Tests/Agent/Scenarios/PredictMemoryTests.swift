import Foundation
import Imaging
import TestSupport
import Testing

@Suite("vigil predict says what memory it will take")
struct PredictMemoryTests {
  /// The estimate may exceed what the system measured by this factor: it counts the process itself as one that has an agent's libraries
  /// and database in it (`ScanMemory.processBytes`), and a resolution's maps as if all were in use at once.
  private let most = 1.6

  private struct Answer: Decodable {
    struct Memory: Decodable {
      let estimated: Int
      let peak: Int
    }
    let memory: Memory
  }

  private func image(_ side: Int, in folder: TemporaryFolder) throws -> URL {
    let geometry = Geometry(
      width: side, height: side, depth: side, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0, 1))
    let file = folder.file("image.nii")
    var generator = SplitMix64(seed: 3)
    try NIfTI.write(Volume(geometry: geometry, voxels: generator.normals(geometry.count)), to: file)
    return file
  }

  private func predict(_ folder: TemporaryFolder, _ side: Int, _ more: String...) async throws -> Vigil.Ended {
    let model = SharedFolder.repository.appending(path: "Tests/Models/Golden/plain3d/model")
    return try await Vigil.run(
      [
        "predict", "--model", model.path, "--input", image(side, in: folder).path, "--output",
        folder.file("labels.nii").path, "--no-mirroring", "--jobs", "2", "--step-size", "1", "--json",
      ] + more, streams: folder.url)
  }

  @Test("the estimate holds, and is no fairy tale", arguments: [32, 96])
  func theEstimateHolds(_ side: Int) async throws {
    let done = try await predict(TemporaryFolder(), side)
    #expect(done.status == 0, "\(done.log)")
    let memory = try JSONDecoder().decode(Answer.self, from: Data(done.output.utf8)).memory
    #expect(memory.estimated >= memory.peak, "\(memory)")
    #expect(Double(memory.estimated) <= most * Double(memory.peak), "\(memory)")
    #expect(done.log.contains("memory: about \(memory.estimated >> 20) MiB"), "\(done.log)")
  }

  @Test("a scan that does not fit is refused with the figures")
  func refusesWhatDoesNotFit() async throws {
    let folder = try TemporaryFolder()
    let done = try await predict(folder, 32, "--memory", "40M")
    #expect(done.status == 1)
    #expect(done.log.contains("--memory allows 40"), "\(done.log)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("labels.nii").path))
  }
}
