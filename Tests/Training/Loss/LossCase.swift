import Foundation
import Tensors
import TestSupport
import Testing
import Training

/// A case of `Golden/make_loss.py`.
struct LossCase: Decodable, CustomTestStringConvertible {
  let name: String
  let classes: Int
  let batchDice: Bool
  let smooth: Double?
  let includesBackground: Bool?
  let ignoreLabel: Int?
  let regions: [[Int]]?
  let shape: [Int]
  let logits: [[Double]]
  let targets: [[Int16]]
  let value: Double
  let dice: Double
  let dlogits: [[Double]]

  var testDescription: String { name }

  func loss(threads: Int? = nil) -> DiceAndCrossEntropy {
    DiceAndCrossEntropy(
      classes: classes, batchDice: batchDice, smooth: smooth ?? 1e-5, includesBackground: includesBackground ?? false,
      ignoreLabel: ignoreLabel, regions: regions, threads: threads)
  }

  var patches: [LabelPatch] { targets.map { LabelPatch(shape: shape, values: $0) } }
  var tensors: [Tensor] { logits.map { Tensor(shape: [classes] + shape, elements: $0.map { Float($0) }) } }

  static let all: [LossCase] = (try? golden().cases) ?? []

  struct File: Decodable {
    struct Nearest: Decodable {
      let size: Int
      let found: [Int]
    }
    let cases: [LossCase]
    let nearest: [Nearest]
  }

  static func golden() throws -> File { try Golden.json(File.self, "loss.json") }
}
