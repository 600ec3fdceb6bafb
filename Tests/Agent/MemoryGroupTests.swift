import Agent
import Foundation
import TestSupport
import Testing

/// The files are written as the kernel's documentation shows them.
@Suite("What a control group leaves of the memory")
struct MemoryGroupTests {
  private func tightest(_ groups: String, _ files: [String: String]) throws -> MemoryGroup? {
    let folder = try TemporaryFolder()
    try folder.write(groups.utf8, to: "self")
    for (path, text) in files { try folder.write(text.utf8, to: "mount/\(path)") }
    return MemoryGroup.tightest(groups: folder.file("self").path, mount: folder.file("mount").path)
  }

  @Test("version 2: the tightest on the way to the root; caches of files can be dropped")
  func second() throws {
    let group = try tightest(
      "0::/system.slice/vigil.service\n",
      [
        "system.slice/vigil.service/memory.max": "1000000\n",
        "system.slice/vigil.service/memory.current": "700000\n",
        "system.slice/vigil.service/memory.stat": "anon 1\nfile 2\ninactive_file 200000\nactive_file 3\n",
        "system.slice/memory.max": "max\n", "system.slice/memory.current": "1\n",
        "memory.max": "900000\n", "memory.current": "600000\n",
      ])
    #expect(group == MemoryGroup(limit: 900_000, used: 600_000))
    #expect(group?.left == 300_000)
  }

  @Test("version 1 beside an empty version 2; in a container the path is the host's and the root its own")
  func first() throws {
    let group = try tightest(
      "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n",
      [
        "memory/memory.limit_in_bytes": "5000000\n", "memory/memory.usage_in_bytes": "4000000\n",
        "memory/memory.stat": "inactive_file 7\ntotal_inactive_file 500000\n",
      ])
    #expect(group == MemoryGroup(limit: 5_000_000, used: 3_500_000))
  }

  @Test("no limit, none that can be read, or more used than allowed")
  func none() throws {
    #expect(try tightest("0::/\n", [:]) == nil)
    #expect(try tightest("0::/a\n", ["a/memory.max": "max\n", "a/memory.current": "5\n"]) == nil)
    #expect(
      try tightest(
        "4:memory:/\n",
        ["memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/memory.usage_in_bytes": "5\n"]) == nil)
    #expect(try tightest("0::/\n", ["memory.max": "5\n", "memory.current": "9\n"])?.left == 0)
    #expect(MemoryGroup.tightest(groups: "/nowhere", mount: "/nowhere") == nil)
  }
}
