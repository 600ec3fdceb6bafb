import Agent
import Foundation
import TestSupport
import Testing

@Suite("vigil doctor")
struct DoctorTests {
  private func doctor(_ place: Workplace, root: URL = URL(filePath: "/"), allowing: Bool = false) -> Doctor {
    Doctor(
      inboxes: [place.inbox], rules: place.rules, output: place.output, allowsWritableRules: allowing, root: root)
  }

  private func make(_ folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  @Test("every check says something in one line, and names its subject", arguments: DoctorCheck.allCases)
  func words(_ check: DoctorCheck) throws {
    let findings = doctor(try Workplace()).findings(of: check)
    #expect(!findings.isEmpty)
    #expect(findings.allSatisfy { !$0.words.isEmpty && !$0.words.contains("\n") && $0.subject == check.rawValue })
  }

  @Test("a whole workplace lacks nothing of what depends on it")
  func well() throws {
    let place = try Workplace()
    for check in [DoctorCheck.inbox, .output, .record, .rules, .writers, .trustedModels, .service, .clock] {
      let lacks = doctor(place, root: place.staging).findings(of: check).filter { !$0.isWell }
      #expect(lacks.isEmpty, "\(lacks)")
    }
  }

  @Test("rules that others may change are a lack, unless they were allowed")
  func writers() throws {
    let place = try Workplace()
    #expect(chmod(place.model.appending(path: "plans.json").path, 0o666) == 0)
    let found = doctor(place).findings(of: .writers)
    #expect(found.map { $0.isWell } == [false] && found[0].words.contains("plans.json can be changed by everybody"))
    #expect(doctor(place).findings(of: .rules).map { $0.isWell } == [false])
    let allowed = doctor(place, allowing: true)
    #expect(allowed.findings(of: .writers).map { $0.isWell } == [true])
    #expect(allowed.findings(of: .rules).map { $0.isWell } == [true])
  }

  @Test("an empty list of trusted models is a lack: nothing may run")
  func emptyList() throws {
    let place = try Workplace()
    try Data("# none\n".utf8).write(to: place.rules.appending(path: "trusted-models"))
    let found = doctor(place).findings(of: .trustedModels)
    #expect(found.map { $0.isWell } == [false] && found[0].words.contains("vigil model digest"), "\(found)")
  }

  @Test("an output tree that others may change is a lack")
  func output() throws {
    let place = try Workplace()
    try make(place.output)
    #expect(chmod(place.output.path, 0o777) == 0)
    let found = doctor(place).findings(of: .output)
    #expect(found.contains { !$0.isWell && $0.words.contains("results and record are not safe") }, "\(found)")
  }

  @Test("a database that is none is a lack, in words")
  func record() throws {
    let place = try Workplace()
    try make(place.output)
    try Data("no database".utf8).write(to: place.output.appending(path: "audit.sqlite"))
    let found = doctor(place).findings(of: .record)
    #expect(found.map { $0.isWell } == [false], "\(found)")
  }

  @Test("an inbox that is not there, and files without a byte, are lacks")
  func inbox() throws {
    let place = try Workplace()
    try Data().write(to: place.inbox.appending(path: "empty.dcm"))
    let empty = doctor(place).findings(of: .inbox)
    #expect(empty.map { $0.isWell } == [false] && empty[0].words.contains("1 files without a single byte"), "\(empty)")
    try FileManager.default.removeItem(at: place.inbox)
    #expect(doctor(place).findings(of: .inbox).map { $0.isWell } == [false])
  }

  @Test(
    "an inbox that is, holds or lies in the output tree or the rules is a lack, also by a link, and no agent starts",
    arguments: ["output", "output/inbox", "rules", "rules/inbox", ".", "link"])
  func overlap(inbox: String) async throws {
    let place = try Workplace()
    try make(place.output)
    if inbox == "link" {
      try FileManager.default.createSymbolicLink(
        at: place.folder.file("link"), withDestinationURL: place.output)
    } else {
      try make(place.folder.file(inbox))
    }
    let folder = place.folder.file(inbox)
    let doctor = Doctor(inboxes: [place.inbox, folder], rules: place.rules, output: place.output)
    let lacks = doctor.findings(of: .inbox).filter { !$0.isWell }
    #expect(lacks.count == 1 && lacks[0].words.contains("name folders that lie beside one another"), "\(lacks)")
    let end = try await place.vigil(
      "watch", "--inbox", folder.path, "--rules", place.rules.path, "--output", place.output.path, "--until-idle")
    #expect(end.status == 69 && end.log.contains("name folders that lie beside one another"), "\(end.log)")
    #expect(!FileManager.default.fileExists(atPath: place.output.appending(path: "audit.sqlite").path))
  }

  @Test("an output tree that does not exist yet is found inside the inbox all the same")
  func overlapToBe() throws {
    let place = try Workplace()
    let doctor = Doctor(inboxes: [place.inbox], rules: place.rules, output: place.inbox.appending(path: "new/Output"))
    #expect(doctor.findings(of: .inbox).contains { !$0.isWell && $0.words.contains("holds the output tree") })
  }

  @Test("too few watches are a lack")
  func watches() throws {
    let place = try Workplace()
    try make(place.staging.appending(path: "proc/sys/fs/inotify"))
    let file = place.staging.appending(path: "proc/sys/fs/inotify/max_user_watches")
    for (text, isWell) in [("8192\n", false), ("65536\n", true)] {
      try Data(text.utf8).write(to: file)
      #expect(doctor(place, root: place.staging).findings(of: .inotify).map { $0.isWell } == [isWell])
    }
    try make(place.inbox.appending(path: "a/b"))
    try Data("3\n".utf8).write(to: file)
    let found = doctor(place, root: place.staging).findings(of: .inotify)
    #expect(found.map { $0.isWell } == [false] && found[0].words.contains("listed every 30 s"), "\(found)")
  }

  @Test("the service: none, installed, enabled and running, or without its program")
  func service() throws {
    let place = try Workplace()
    let root = place.staging
    func found() -> Doctor.Finding { doctor(place, root: root).findings(of: .service)[0] }
    #expect(found().isWell && found().words.contains("none installed"))
    let units = root.appending(path: "usr/lib/systemd/system")
    try make(units)
    try Data("[Service]\nExecStart=/usr/bin/vigil watch\n".utf8).write(to: units.appending(path: "vigil.service"))
    #expect(!found().isWell && found().words.contains("starts /usr/bin/vigil, which is not there"), "\(found())")
    try make(root.appending(path: "usr/bin"))
    let program = root.appending(path: "usr/bin/vigil")
    try Data("".utf8).write(to: program)
    #expect(chmod(program.path, 0o755) == 0)
    #expect(found().isWell && found().words.contains("not started at boot"), "\(found())")
    let wants = root.appending(path: "etc/systemd/system/multi-user.target.wants")
    let running = root.appending(path: "run/systemd/units")
    for folder in [wants, running] { try make(folder) }
    try FileManager.default.createSymbolicLink(
      atPath: wants.appending(path: "vigil.service").path, withDestinationPath: "/nowhere")
    try FileManager.default.createSymbolicLink(
      atPath: running.appending(path: "invocation:vigil.service").path, withDestinationPath: "0123")
    #expect(found().words.contains("started at boot, running"), "\(found())")
  }

  @Test("the command ends with 1 where something is lacking, and says so")
  func command() async throws {
    let place = try Workplace()
    let end = try await place.vigil(
      "doctor", "--inbox", place.folder.file("nowhere").path, "--rules", place.rules.path, "--output", place.output.path
    )
    #expect(end.status == 1 && end.output.contains("LACK inbox: "), "\(end.output)\(end.log)")
  }
}
