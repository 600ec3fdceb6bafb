internal import Imaging

/// Separates parallel planes that lie at the same positions into volumes, by the attributes that tell them apart.
enum VolumeSplitting {
  struct Part {
    var planes: [PlaneReference]
    var separatedBy: [Distinction: String]
  }

  /// Planes of one volume each, where attributes can do it. Planes that no attribute tells apart stay together.
  static func split(_ planes: [PlaneReference], normal: SIMD3<Double>) -> [Part] {
    split(Part(planes: planes, separatedBy: [:]), by: ArraySlice(Distinction.allCases), normal: normal)
  }

  /// What sets each group of parallel planes apart from the others, in the words of its plane of the lowest InstanceNumber; nothing where
  /// there is one group.
  static func differences(among groups: [[PlaneReference]]) -> [[Distinction: String]] {
    let firsts = groups.compactMap { group in
      group.min { ($0.instanceNumber, $0.sopInstanceUID, $0.frame) < ($1.instanceNumber, $1.sopInstanceUID, $1.frame) }
    }
    let words = firsts.map { $0.geometryWords }
    let differing = Distinction.allCases.filter { key in Set(words.map { $0[key] }).count > 1 }
    return words.map { words in words.filter { differing.contains($0.key) } }
  }

  private static func split(_ part: Part, by keys: ArraySlice<Distinction>, normal: SIMD3<Double>) -> [Part] {
    let before = occupancy(part.planes, normal: normal)
    guard before.most > 1 else { return [part] }
    guard let key = keys.first else { return splitByInstanceNumber(part, before: before, normal: normal) }
    let groups = grouped(part.planes, by: key)
    let useful = groups.count > 1 && isUseful(groups, before: before, normal: normal)
    guard useful else { return split(part, by: keys.dropFirst(), normal: normal) }
    return groups.flatMap { value, planes in
      var child = Part(planes: planes, separatedBy: part.separatedBy)
      child.separatedBy[key] = value
      return split(child, by: keys.dropFirst(), normal: normal)
    }
  }

  /// The last resort: when every run of as many InstanceNumbers as there are positions covers each position once, each run is a volume.
  private static func splitByInstanceNumber(
    _ part: Part, before: (positions: Int, most: Int), normal: SIMD3<Double>
  ) -> [Part] {
    let sorted = part.planes.sorted { $0.instanceNumber < $1.instanceNumber }
    let unique = zip(sorted, sorted.dropFirst()).allSatisfy { $0.instanceNumber < $1.instanceNumber }
    guard unique, before.positions > 1, sorted.count == before.positions * before.most else { return [part] }
    let runs = (0..<before.most).map { Array(sorted[$0 * before.positions..<($0 + 1) * before.positions]) }
    guard runs.allSatisfy({ occupancy($0, normal: normal).most == 1 }) else { return [part] }
    return runs.map { run in
      var child = Part(planes: run, separatedBy: part.separatedBy)
      child.separatedBy[.instanceNumber] = "\(run[0].instanceNumber)-\(run[run.count - 1].instanceNumber)"
      return child
    }
  }

  /// A separation helps when each part still reaches over at least half of the positions (a time that differs for every slice does
  /// not) and some position has fewer planes than before.
  private static func isUseful(
    _ groups: [(String, [PlaneReference])], before: (positions: Int, most: Int), normal: SIMD3<Double>
  ) -> Bool {
    let after = groups.map { occupancy($0.1, normal: normal) }
    return after.allSatisfy { $0.positions * 2 >= before.positions } && after.contains { $0.most < before.most }
  }

  /// By value, in the order of the smallest InstanceNumber.
  private static func grouped(_ planes: [PlaneReference], by key: Distinction) -> [(String, [PlaneReference])] {
    Dictionary(grouping: planes) { $0.distinctions[key] ?? "" }.map { ($0.key, $0.value) }.sorted {
      first($0.1) < first($1.1)
    }
  }

  private static func first(_ planes: [PlaneReference]) -> (Int, Int, Int) {
    planes.map { ($0.instanceNumber, $0.file, $0.frame) }.min { $0 < $1 } ?? (0, 0, 0)
  }

  /// How many positions the planes occupy, and the most planes at one of them.
  static func occupancy(_ planes: [PlaneReference], normal: SIMD3<Double>) -> (positions: Int, most: Int) {
    var positions = 0
    var most = 0
    var here = 0
    var last = -Double.infinity
    for distance in planes.map({ $0.position.dot(normal) }).sorted() {
      if distance - last > GeometryTolerance.samePosition {
        positions += 1
        here = 0
        last = distance
      }
      here += 1
      most = max(most, here)
    }
    return (positions, most)
  }
}
