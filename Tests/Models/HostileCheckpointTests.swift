import Foundation
import Models
import TestSupport
import Testing

@Suite("Hostile checkpoints")
struct HostileCheckpointTests {
  /// Opens bytes as a checkpoint and reads every tensor; the error, or nil.
  private func trouble(_ bytes: [UInt8], limits: CheckpointLimits = CheckpointLimits()) throws -> CheckpointError? {
    let folder = try TemporaryFolder()
    let file = try folder.write(bytes, to: "model.pth")
    do throws(CheckpointError) {
      let checkpoint = try TorchCheckpoint(file, limits: limits)
      let dictionary = checkpoint.document.dictionary(checkpoint.document.root)
      for key in dictionary?.keys ?? [] {
        if case .tensor(let tensor)? = dictionary?[key] { _ = try checkpoint.elements(of: tensor) }
      }
      return nil
    } catch {
      #expect(!error.reason.contains("\n"), "one line")
      return error
    }
  }

  @Test(
    "what is no plain checkpoint is refused with the name of what it asked for",
    arguments: [
      ("os-system.pth", "posix.system"), ("whole-module.pth", "torch.nn.modules.linear.Linear"),
      ("big-number.pth", "whole number of 11 bytes"), ("old-format.pth", "old format of PyTorch before 1.6"),
    ])
  func pythonWritten(name: String, reason: String) throws {
    let error = try #require(try trouble(Array(Data(contentsOf: Golden.file("checkpoints/\(name)")))))
    #expect(error.reason.contains(reason), "\(error)")
  }

  @Test("names in a file do not break the line or turn its direction")
  func namesOnOneLine() {
    let error = CheckpointError(.damaged, "model.pth", "entry a\nb\u{1B}[31m\u{202E}c\u{2028} é 海")
    #expect(error.reason == "entry a\u{FFFD}b\u{FFFD}[31m\u{FFFD}c\u{FFFD} é 海")
  }

  @Test(
    "every way to name a callable is refused with that name",
    arguments: [
      Pickle().global("os", "system"), Pickle().text("os").text("system").op(0x93),
      Pickle().op("i", Array("os\nsystem\n".utf8)), Pickle().op("(").op("i", Array("os\nsystem\n".utf8)),
    ])
  func namedCallables(pickle: Pickle) throws {
    let error = try #require(try trouble(Zip.checkpoint(pickle.text("echo").op(0x85).op("R").stopped).bytes))
    #expect(error.kind == .refused && error.reason.contains("os.system"), "\(error)")
  }

  @Test(
    "no instruction makes an instance, calls a value or sets a state",
    arguments: [
      Pickle().global("collections", "OrderedDict").op(")").op(0x81),
      Pickle().op("(").global("collections", "OrderedDict").op("o"),
      Pickle().text("print").op(")").op("R"), Pickle().op("]").op("}").op("b"),
      Pickle().global("collections", "OrderedDict").op("}").op("b"), Pickle().op(0x82, [1]),
      Pickle().global("torch", "FloatStorage").op(")").op("R"), Pickle().op(0x8f), Pickle().op("I", Array("7\n".utf8)),
      Pickle().global("_codecs", "encode").text("a").text("zlib").op(0x86).op("R"),
    ])
  func objects(pickle: Pickle) throws {
    #expect(try trouble(Zip.checkpoint(pickle.stopped).bytes)?.kind == .refused)
  }

  @Test(
    "a pickle that breaks its own rules is named as damaged",
    arguments: [
      [0x80, 2] as [UInt8], [0x80, 2, 0x2e], Pickle().op("t").stopped, Pickle().op("h", [7]).stopped,
      Pickle().op("X", [255, 255, 255, 127]).stopped, Pickle().op(0x8d, [UInt8](repeating: 255, count: 8)).stopped,
      Pickle().op("N").op("(").op("0").stopped, Pickle().op("}").op("]").op("N").op("s").stopped,
      Pickle().op("X", [1, 0, 0, 0, 0xFF]).stopped, Pickle().op("(").op("N").op("d").stopped,
      Pickle().op("N").op("Q").stopped,
    ])
  func damaged(pickle: [UInt8]) throws {
    #expect(try trouble(Zip.checkpoint(pickle).bytes)?.kind == .damaged)
  }

  @Test("nesting, stack, memo and instructions have budgets")
  func budgets() throws {
    var limits = CheckpointLimits()
    (limits.stackDepth, limits.nesting, limits.instructions) = (1000, 100, 100_000)
    let bombs = [
      Pickle().repeating(101, [UInt8(ascii: "(")]), Pickle().repeating(1001, [UInt8(ascii: "N")]),
      Pickle().op("N").repeating(1001, [0x94]), Pickle().repeating(50_001, [UInt8(ascii: "N"), UInt8(ascii: "0")]),
    ]
    for bomb in bombs { #expect(try trouble(Zip.checkpoint(bomb.stopped).bytes, limits: limits)?.kind == .overBudget) }
  }

  @Test("tuples nested a million deep and lists that double forty times cost their length, no more")
  func memoBombs() throws {
    let deep = Pickle().op(")").repeating(1_000_000, [0x85])
    #expect(try trouble(Zip.checkpoint(deep.stopped).bytes) == nil)
    var doubling = Pickle().op("]").op("q", [0])
    for level in 1..<40 {
      let below = UInt8(level - 1)
      doubling = doubling.op("]").op("q", [UInt8(level)]).op("(").op("h", [below]).op("h", [below]).op("e")
    }
    #expect(try trouble(Zip.checkpoint(doubling.stopped).bytes) == nil)
  }

  @Test("one value that is handed to many calls costs what the calls make of it, and that has a budget")
  func calls() throws {
    var limits = CheckpointLimits()
    limits.stackDepth = 1000
    let made = { (times: Int) in
      var pickle = Pickle().op("]").op(0x94).op("(")
      for index in 0..<10 { pickle = pickle.text("\(index)").op("N").op(0x86) }
      pickle = pickle.op("e").op("0")
      for _ in 0..<times { pickle = pickle.global("collections", "OrderedDict").op("h", [0]).op(0x85).op("R").op("0") }
      return pickle.op("N").stopped
    }
    #expect(try trouble(Zip.checkpoint(made(50)).bytes, limits: limits) == nil)
    #expect(try trouble(Zip.checkpoint(made(150)).bytes, limits: limits)?.kind == .overBudget)
  }

  @Test(
    "a tensor that does not lie in its storage is refused before memory is taken",
    arguments: [
      (offset: 0, shape: [3], stride: [1]), (1, [2], [1]), (0, [2], [2]), (-1, [2], [1]), (0, [1 << 40], [0]),
      (0, [1 << 62, 4], [1, 1]), (0, [2], [Int.max]), (0, [-1, -2], [1, 1]), (0, [2], [-1]), (0, [2], [1, 1]),
      (3, [0], [1]),
    ])
  func extents(offset: Int, shape: [Int], stride: [Int]) throws {
    let pickle = Pickle().op("}").text("w").tensor("0", storage: 2, offset: offset, shape: shape, stride: stride).op(
      "s")
    let error = try #require(try trouble(Zip.checkpoint(pickle.stopped, storages: ["0": [1, 2]]).bytes))
    #expect(error.kind == .damaged && error.reason.contains("storage 0"), "\(error)")
  }

  @Test("a storage that is missing or has another size is named")
  func storages() throws {
    let missing = Pickle().op("}").text("w").tensor("7", storage: 2, offset: 0, shape: [2], stride: [1]).op("s").stopped
    #expect(try trouble(Zip.checkpoint(missing).bytes)?.reason == "storage 7 is named but not in the zip")
    let short = Zip.checkpoint(missing, storages: ["7": [1]]).bytes
    #expect(try trouble(short)?.reason == "storage 7 has 4 bytes where 2 elements of float32 need 8")
  }

  @Test("a zip that lies is damaged or refused, never believed")
  func zips() throws {
    let pickle = Pickle().op("N").stopped
    func zip(_ change: (inout Zip) -> Void) -> [UInt8] {
      var zip = Zip.checkpoint(pickle, storages: ["0": [1, 2], "1": [3]])
      change(&zip)
      return zip.bytes
    }
    #expect(try trouble(zip { _ in }) == nil)
    let lies: [(Zip) -> Zip] = [
      { changing($0) { $0.entries[1].name = $0.entries[0].name } },
      { changing($0) { $0.entries[1].directorySize = 1 << 30 } },
      { changing($0) { $0.entries[1].headerOffset = 0 } }, { changing($0) { $0.entries[1].headerOffset = 1 << 30 } },
      { changing($0) { $0.entries[1].localName = "model/data/9" } }, { changing($0) { $0.entries[0].crc = 1 } },
      { changing($0) { $0.entries[1].directorySize = 20 } },
    ]
    for (index, lie) in lies.enumerated() {
      #expect(try trouble(zip { $0 = lie($0) })?.kind == .damaged, "lie \(index)")
      #expect(try trouble(zip { $0 = changing(lie($0)) { $0.zip64 = true } })?.kind == .damaged, "ZIP64 lie \(index)")
    }
    #expect(try trouble(zip { $0.entries[1].method = 8 })?.kind == .refused)
  }

  @Test("a file cut at any byte, or with any byte changed, is an error or harmless, and never a crash")
  func fuzz() throws {
    let whole = Array(try Data(contentsOf: Golden.file("checkpoints/protocol2.pth")))
    for length in stride(from: 0, to: whole.count, by: 23) {
      #expect(try trouble(Array(whole[..<length])) != nil, "cut to \(length)")
    }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<400 {
      var bytes = whole
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      _ = try trouble(bytes)
    }
  }

  @Test("random pickles are errors or harmless, and never a crash")
  func randomPickles() throws {
    let codes =
      Array(".(012)NJKMGX]}aesutbRQcqhlt".utf8) + [0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x8a, 0x8c, 0x93, 0x94]
    for _ in 0..<2000 {
      let body = (0..<60).map { _ in Bool.random() ? codes.randomElement() ?? 0 : UInt8.random(in: 0...8) }
      _ = try trouble(Zip.checkpoint([0x80, 2] + body).bytes)
    }
  }
}

private func changing<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
  var value = value
  change(&value)
  return value
}
