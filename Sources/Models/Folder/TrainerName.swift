import Foundation

/// What a trainer's name says about the network it trained.
enum TrainerName {
  /// Parts of names of trainers that replace the plan's network by another; the rest is judged by its weights.
  private static let otherNetworks = ["Primus", "UMamba", "UNETR", "SegResNet", "nnUNetTrainerBN", "_BN"]

  static func check(_ name: String?, _ folder: URL) throws(ModelError) {
    guard let name, let part = otherNetworks.first(where: { name.localizedCaseInsensitiveContains($0) }) else { return }
    throw ModelError(
      .unsupported, folder, "trained by \(name): \"\(part)\" means a network that this engine does not run")
  }
}
