import Foundation
import Models
import Tensors
import TestSupport
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
  private func file(_ header: String, data: Int, in folder: TemporaryFolder) throws -> URL {
    let text = Array(header.utf8)
    return try folder.write(
      Pickle.little(text.count, 8) + text + [UInt8](repeating: 0, count: data), to: "x.safetensors")
  }

  @Test("what is written comes back, and equal content gives equal bytes")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let tensors = [
      "b.weight": Tensor(
        shape: [2, 3], elements: [1, -2, 3.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0]),
      "a": Tensor(shape: [], elements: [0.1]), "none": Tensor(shape: [0, 4], elements: []),
    ]
    let (first, second) = (folder.url.appending(path: "1.safetensors"), folder.url.appending(path: "2.safetensors"))
    for file in [first, second] {
      try SafetensorsFile.write(tensors, metadata: ["trainer": "a/\"b\"", "k": "v"], to: file)
    }
    let read = try SafetensorsFile(first)
    #expect(read.metadata == ["trainer": "a/\"b\"", "k": "v"])
    #expect(read.shapes == tensors.mapValues { $0.shape })
    for (name, tensor) in tensors {
      #expect(try read.elements(of: name).map { $0.bitPattern } == tensor.elements.map { $0.bitPattern })
    }
    #expect(try Data(contentsOf: first) == Data(contentsOf: second))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 2, "no temporary file is left")
  }

  @Test("a tensor of half-precision numbers takes half the room, and one that holds any other is kept whole")
  func lossless() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "x.safetensors")
    let values: [Float] = [1, -0x1p-24, 65504, -0.0]
    for (elements, bytes) in [(values, 8), (values + [0.1], 20), (values + [65505], 20), (values + [0x1p-25], 20)] {
      let tensor = Tensor(shape: [elements.count], elements: elements)
      try SafetensorsFile.write(["t": tensor], metadata: [:], to: file)
      #expect(try SafetensorsFile(file).elements(of: "t").map { $0.bitPattern } == elements.map { $0.bitPattern })
      let header = try Data(contentsOf: file).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      #expect(try Data(contentsOf: file).count - 8 - header == bytes)
    }
    #expect(Tensor(shape: [2], elements: [0.1, 1e6]).roundedToHalf.elements == [0.099975586, .infinity])
  }

  @Test("half-precision tensors are read as Float")
  func halves() throws {
    let folder = try TemporaryFolder()
    let header =
      #"{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]}}"#
    let bytes: [UInt8] = [0x00, 0x3c, 0x01, 0x80, 0x20, 0xC0]
    let file = try folder.write(Pickle.little(header.utf8.count, 8) + Array(header.utf8) + bytes, to: "x.safetensors")
    let read = try SafetensorsFile(file)
    #expect(try read.elements(of: "h") == [1, -0x1p-24])
    #expect(try read.elements(of: "b") == [-2.5])
  }

  @Test(
    "a header that does not describe the bytes behind it is an error",
    arguments: [
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, CheckpointError.Kind.damaged),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 12, .damaged),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, .damaged),
      (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, .damaged),
      (#"{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#, 8, .damaged),
      (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, .damaged),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, .damaged),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        8, .damaged
      ),
      (#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, 8, .refused), (#"{"a":3}"#, 0, .damaged),
      ("nonsense", 0, .damaged),
    ])
  func layouts(header: String, data: Int, kind: CheckpointError.Kind) throws {
    let folder = try TemporaryFolder()
    let file = try file(header, data: data, in: folder)
    #expect { try SafetensorsFile(file) } throws: { ($0 as? CheckpointError)?.kind == kind }
  }

  @Test("a header longer than the file or than the budget is an error before it is read")
  func headerLength() throws {
    let folder = try TemporaryFolder()
    let long = try folder.write(Pickle.little(1 << 40, 8), to: "long")
    #expect { try SafetensorsFile(long) } throws: { ($0 as? CheckpointError)?.kind == .damaged }
    var limits = CheckpointLimits()
    limits.headerBytes = 4
    let file = try file("{}   ", data: 0, in: folder)
    #expect { try SafetensorsFile(file, limits: limits) } throws: { ($0 as? CheckpointError)?.kind == .overBudget }
  }
}
