internal import Digests
internal import Foundation
internal import Models

/// What keeps a foreign rule or model from running: nobody but root and the agent's user may change either, and where the site
/// keeps a list of models (``ModelAllowList``) the model is on it.
struct RulesSecurity: Sendable {
  /// The rules folder.
  let rules: URL
  /// Whether rules and models that others may change are used all the same.
  let allowsWritable: Bool

  /// Why a rule's file, or the list of models, is not to be read; nil where it may be.
  func objection(to file: URL) -> RuleError? {
    guard !allowsWritable else { return nil }
    var paths = OwnPaths()
    return paths.foreignHand(on: file.path).map { RuleError(file: file, line: nil, message: $0.refusal) }
  }

  /// Lets a model be read, or says why not, before any byte of it is interpreted: who may write its files, then by the digest
  /// of its folder. Gives that digest where there is a list; what is read afterwards must be covered by it. `known`: the digest
  /// where it was taken before and no file has changed since.
  func admit(_ model: URL, known: ModelDigest? = nil) throws(ModelRefusal) -> ModelDigest? {
    if !allowsWritable {
      var paths = OwnPaths()
      if let hand = paths.foreignHand(below: model.path) { throw ModelRefusal(hand.refusal) }
    }
    guard let list = try list() else { return nil }
    let digest: ModelDigest
    if let known {
      digest = known
    } else {
      do throws(ModelError) { digest = try ModelDigest(ofFolder: model) } catch { throw ModelRefusal("\(error)") }
    }
    guard list.digests.contains(digest.sha256) else { throw ModelRefusal(unlisted: digest, model, list) }
    return digest
  }

  /// The site's list; nil where it keeps none.
  private func list() throws(ModelRefusal) -> ModelAllowList? {
    do throws(RuleError) {
      if let objection = objection(to: rules.appending(path: ModelAllowList.fileName)) { throw objection }
      return try ModelAllowList.read(in: rules)
    } catch { throw ModelRefusal("\(error)") }
  }
}

/// A model was not let run.
struct ModelRefusal: Error, CustomStringConvertible {
  /// What was found and what to do.
  let description: String

  init(_ description: String) { self.description = description }

  /// The model is not on the list.
  init(unlisted digest: ModelDigest, _ model: URL, _ list: ModelAllowList) {
    description =
      "the model \(model.path) is not among the \(list.digests.count) in \(list.file.path): its digest is "
      + "\(digest.sha256); if it is to run, add the line that `vigil model digest \(model.path)` prints"
  }
}

extension ModelDigest {
  /// Throws where a model that was loaded read a file which this digest of its folder does not cover, as a cascade's first stage
  /// beside the folder.
  func check(covers loaded: ModelDigest) throws(ModelRefusal) {
    let known = Dictionary(files.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    if let file = loaded.files.first(where: { known[$0.path] != $0.sha256 }) {
      throw ModelRefusal(
        "the model reads \(file.path), which the digest in \(ModelAllowList.fileName) does not cover or which has "
          + "changed since; a model lies whole in its folder (`vigil model import` puts it there)")
    }
  }
}
