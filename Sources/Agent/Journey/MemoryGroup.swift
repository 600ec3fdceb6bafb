internal import Foundation

/// A control group that bounds this process's memory (cgroups(7); Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst of
/// Linux): a service's `MemoryMax=`, a container's limit. What goes beyond it is ended by SIGKILL.
package struct MemoryGroup: Hashable, Sendable {
  /// Bytes that the group may hold.
  package let limit: Int
  /// Bytes that it holds and that cannot be dropped without loss: caches of files aside.
  package let used: Int

  package init(limit: Int, used: Int) { (self.limit, self.used) = (limit, used) }

  /// Bytes that it may still take.
  package var left: Int { max(0, limit - used) }

  /// The group of this process, or of those above it, that leaves the least; nil where none has a limit.
  static var own: MemoryGroup? { tightest(groups: "/proc/self/cgroup", mount: "/sys/fs/cgroup") }

  /// `groups`: a file like /proc/self/cgroup; `mount`: where the hierarchies are mounted.
  package static func tightest(groups: String, mount: String) -> MemoryGroup? {
    guard let text = try? String(contentsOfFile: groups, encoding: .utf8) else { return nil }
    return text.split(separator: "\n").flatMap { line -> [MemoryGroup] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      if parts[1].isEmpty { return chain(String(parts[2]), below: mount, .second) }
      return parts[1].split(separator: ",").contains("memory")
        ? chain(String(parts[2]), below: mount + "/memory", .first) : []
    }.min { $0.left < $1.left }
  }

  /// Versions of the interface: the names of its files.
  private struct Names {
    let limit: String
    let usage: String
    let cache: String

    static let second = Names(limit: "memory.max", usage: "memory.current", cache: "inactive_file")
    static let first = Names(
      limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes", cache: "total_inactive_file")
  }

  /// The groups with a limit from `path` up to the root. In a container the path may be the host's, and only the root be seen.
  private static func chain(_ path: String, below root: String, _ names: Names) -> [MemoryGroup] {
    var parts = path.split(separator: "/").map { String($0) }
    var found: [MemoryGroup] = []
    while true {
      if let group = MemoryGroup(([root] + parts).joined(separator: "/"), names) { found.append(group) }
      guard parts.popLast() != nil else { return found }
    }
  }

  /// The group at a folder; nil where it has no limit, or is none. Version 1 writes the largest number for none.
  private init?(_ folder: String, _ names: Names) {
    func number(_ name: String) -> Int? {
      let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    guard let limit = number(names.limit), limit < 1 << 60, let usage = number(names.usage) else { return nil }
    let lines = (try? String(contentsOfFile: "\(folder)/memory.stat", encoding: .utf8))?.split(separator: "\n") ?? []
    let cache = lines.first { $0.hasPrefix(names.cache + " ") }.flatMap { Int($0.dropFirst(names.cache.count + 1)) }
    self.limit = limit
    used = max(0, usage - (cache ?? 0))
  }
}
