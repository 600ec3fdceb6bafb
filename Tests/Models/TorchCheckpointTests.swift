import Foundation
import Models
import TestSupport
import Testing

@Suite("PyTorch checkpoints")
struct TorchCheckpointTests {
  private static let x = (0..<24).map { Float($0) / 8 - 1 }

  @Test("every way a tensor may be stored gives the same elements", arguments: [2, 3, 4, 5])
  func tensors(pickleProtocol: Int) throws {
    let checkpoint = try TorchCheckpoint(Golden.file("checkpoints/protocol\(pickleProtocol).pth"))
    let document = checkpoint.document
    let weights = try #require(document.dictionary(document.dictionary(document.root)?["network_weights"]))
    func elements(_ name: String) throws -> [Float] {
      guard case .tensor(let tensor)? = weights[name] else { throw CheckpointError(.unsuitable, "", "no \(name)") }
      return try checkpoint.elements(of: tensor)
    }
    for name in ["plain", "half", "bfloat16", "double", "offset", "permuted", "every_second", "parameter", "alias"] {
      #expect(try elements(name) == Self.x, "\(name)")
    }
    for name in ["long", "int", "short", "char"] { #expect(try elements(name) == Self.x.map { $0 * 8 }, "\(name)") }
    #expect(try elements("byte") == Self.x.map { $0 * 8 + 8 })
    #expect(try elements("bool") == Self.x.map { $0 > 0 ? 1 : 0 })
    #expect(try elements("scalar") == [2.5])
    #expect(try elements("empty") == [])
    #expect(weights["plain"] == weights["alias"])
  }

  @Test("plain values come back as they were", arguments: [2, 3, 4, 5])
  func values(pickleProtocol: Int) throws {
    let document = try TorchCheckpoint(Golden.file("checkpoints/protocol\(pickleProtocol).pth")).document
    let values = try #require(document.dictionary(document.dictionary(document.root)?["values"]))
    let expected: [String: PickleValue] = [
      "none": .none, "true": .bool(true), "false": .bool(false), "small": .int(7), "negative": .int(-3),
      "large": .int(1 << 40), "below": .int(-(1 << 40)), "float": .double(0.1), "text": .string("Grüße"),
      "raw": .bytes([0, 255]), "numpy_float": .double(Double(Float(0.72))), "numpy_double": .double(0.1),
      "numpy_int": .int(-5), "numpy_bool": .bool(true), "device": .device("cuda"),
    ]
    for (name, value) in expected { #expect(values[name] == value, "\(name)") }
    let list = try #require(document.items(values["list"]))
    #expect(list.first == .int(1) && document.items(document.items(list[1])?[1]) == [])
    #expect(document.items(values["tuple"]) == [.int(1)])
    #expect(document.items(values["four"]) == [.int(1), .int(2), .int(3), .int(4)])
    #expect(document.dictionary(document.dictionary(values["nested"])?[.int(1)])?["a"] == PickleValue.none)
  }

  @Test("a ZIP64 container is read like any other")
  func zip64() throws {
    let folder = try TemporaryFolder()
    let pickle = Pickle().op("}").text("w").tensor("0", storage: 2, offset: 0, shape: [2], stride: [1]).op("s").stopped
    var zip = Zip.checkpoint(pickle, storages: ["0": [1, 2]])
    zip.zip64 = true
    let checkpoint = try TorchCheckpoint(try folder.write(zip.bytes, to: "model.pth"))
    guard case .tensor(let tensor)? = checkpoint.document.dictionary(checkpoint.document.root)?["w"] else {
      throw CheckpointError(.unsuitable, "", "no tensor")
    }
    #expect(try checkpoint.elements(of: tensor) == [1, 2])
  }

  @Test("a list that holds itself is read without harm")
  func selfContaining() throws {
    let folder = try TemporaryFolder()
    let pickle = Pickle().op("]").op("q", [0]).op("h", [0]).op("a").stopped
    let document = try TorchCheckpoint(try folder.write(Zip.checkpoint(pickle).bytes, to: "model.pth")).document
    #expect(document.items(document.root) == [document.root])
  }
}
