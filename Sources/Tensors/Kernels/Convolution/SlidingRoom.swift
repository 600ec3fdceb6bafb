/// How far a large map moves within its memory when it is convolved in place: a layer of tiles is written where no tile will be read
/// any more, so the result lies some slices before or behind the source. Functions of the map's size alone.
enum SlidingRoom {
  // Outputs of the largest tile along z, and most tiles of a chain.
  private static let tile = 4
  private static let longestChain = 2

  /// Most tiles of a chain along z in a map of `depth` slices: a layer is at most a quarter of the map.
  static func chain(_ depth: Int) -> Int { max(1, min(longestChain, depth / (4 * tile))) }

  /// Slices that a map's memory holds beyond the map's own, one layer and the slice that the kernel reaches beyond it; 0 where the map
  /// is small, or so flat that a second map would hardly cost more.
  static func slices(_ extent: [Int], _ layout: ChannelLayout, largeMap: Int) -> Int {
    let room = chain(extent[0]) * tile + 1
    return extent.reduce(layout.paddedChannels, *) >= largeMap && 2 * room <= extent[0] ? room : 0
  }
}
