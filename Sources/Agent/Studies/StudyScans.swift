internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging

/// The scans of a study, one for each channel of the rule that took it.
struct StudyScans {
  /// One channel.
  struct Channel {
    let name: String
    let scan: Scan
  }

  let rule: Rule
  /// In the order of the model's channels; the first gives the grid, the output's name and the pictures.
  let channels: [Channel]
  /// Series of the same acquisition that were stored again later, and passed over.
  let passedOver: [String]
  /// Every file that the study has for the rule, those of passed-over series too: who is given them chooses the same.
  let files: [String]

  /// Over the channels' names and their inputs' digests, in order.
  var inputDigest: SHA256Digest {
    SHA256Digest(of: channels.map { "\($0.name) \($0.scan.inputDigest)" }.joined(separator: "\n"))
  }

  /// How the channels came onto the first one's grid.
  struct Aligned {
    var volumes: [Volume] = []
    var facts: [Fact] = []
  }

  /// The volumes on the first channel's upright grid. One that lies on it is taken as it is, voxel for voxel; any other is
  /// resampled by cubic splines, nothing registered; what it does not cover gets its smallest value.
  func aligned() throws(JourneyError) -> Aligned {
    let first = channels[0].scan.volume
    let grid = first.upright().geometry
    var aligned = Aligned()
    for channel in channels {
      let volume = channel.scan.volume
      if volume.geometry.isSameGrid(as: first.geometry) {
        aligned.volumes.append(Volume(geometry: grid, voxels: volume.upright().voxels))
        aligned.facts.append(Self.fact(channel, "as it is", share: 1))
        continue
      }
      let share = grid.share(within: volume.geometry)
      guard share > 0 else {
        throw JourneyError(
          .preprocessed, .refused,
          "channel \(channel.name) does not overlap channel \(channels[0].name): their fields of view have nothing in common"
        )
      }
      aligned.volumes.append(volume.resampledCubic(onto: grid))
      aligned.facts.append(Self.fact(channel, "resampled by cubic splines", share: share))
    }
    return aligned
  }

  private static func fact(_ channel: Channel, _ grid: String, share: Double) -> Fact {
    .object(["channel": .text(channel.name), "grid": .text(grid), "covered": .number(share)])
  }

  /// Which series is which channel, for the stage `matched`.
  func fact(_ aliases: PathAliases) -> Fact {
    .list(
      channels.map { channel in
        .object([
          "channel": .text(channel.name), "series_uid": .text(aliases.seriesUID(of: channel.scan)),
          "input_sha256": .text(channel.scan.inputDigest.description),
          "instances": .integer(channel.scan.instances.count), "evidence": .text(channel.scan.evidence.summary),
        ])
      })
  }

  /// For the report.
  var notes: [String] {
    let grid = channels[0].scan.volume.geometry
    return channels.map { channel in
      let isSame = channel.scan.volume.geometry.isSameGrid(as: grid)
      return "channel \(channel.name): \"\(channel.scan.seriesDescription)\""
        + (isSame ? "" : ", resampled onto the grid of \(channels[0].name)")
    } + passedOver.map { "passed over, because it was stored again later: \($0)" }
  }
}
