internal import Digests
internal import Foundation
internal import Writers

extension DoctorCheck {
  /// How long a job that only answers may take to come back.
  static let probePatience = Duration.seconds(60)
  /// Clocks that differ by more make times on record hard to read.
  static let mostSkew = 5.0

  /// Slurm: its controller, and by a job of its own the shared folder, the clock and the program on a node.
  func cluster(_ doctor: Doctor) -> [Doctor.Finding] {
    let security = RulesSecurity(rules: doctor.rules, allowsWritable: doctor.allowsWritableRules)
    do {
      guard let settings = try ExecutorSettings.read(security) else {
        return [well("none: scans are computed here (\(ExecutorSettings.fileName) would name one)")]
      }
      let slurm = Slurm(bin: settings.bin)
      let ping = try slurm.ping()
      // Only a controller that knows us by munge answers this.
      let jobs = try slurm.jobs().filter { $0.way != nil }.count
      return [well("\(ping); \(jobs) jobs of ours")] + (try probe(settings, slurm))
    } catch {
      return [lack("\(error)")]
    }
  }

  private func probe(_ settings: ExecutorSettings, _ slurm: Slurm) throws -> [Doctor.Finding] {
    let folder = settings.shared.appending(path: "probe-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }
    let (ticket, script, place) = (
      folder.appending(path: Ticket.fileName), folder.appending(path: "script"), folder.appending(path: "answer")
    )
    try Ticket(place: place.path).write(to: ticket)
    try AtomicFile.write(Ticket.script(program: settings.program, ticket: ticket), to: script)
    var resources = settings.resources
    (resources.cpus, resources.time) = (1, 1)
    let log = folder.appending(path: "log.txt")
    let job = try slurm.submit(
      Slurm.Request(
        name: "\(SlurmExecutor.prefix)doctor", script: script, log: log, resources: resources, memory: 256))
    guard let answer = Self.wait(for: place) else {
      try? slurm.cancel(job)
      let said = (try? String(contentsOf: log, encoding: .utf8))?.split(separator: "\n").last ?? "it said nothing"
      return [
        lack("job \(job) did not answer within \(Self.probePatience) in \(settings.shared.path): \(said)")
      ]
    }
    return [judge(answer, settings)]
  }

  private func judge(_ answer: ProbeAnswer, _ settings: ExecutorSettings) -> Doctor.Finding {
    let skew = abs(answer.time - Date().timeIntervalSince1970)
    let own = try? ProbeAnswer.here().program
    var lacks: [String] = []
    if answer.program != own { lacks.append("its vigil is another one than this: install the same on both") }
    // It took up to `period` to be read, which is no skew.
    if skew > Self.mostSkew { lacks.append("its clock differs by \(Int(skew)) s: set both by NTP") }
    let words = "a job on \(answer.host) wrote to \(settings.shared.path)"
    return lacks.isEmpty
      ? well("\(words); same program, clock within \(Int(Self.mostSkew)) s")
      : lack("\(words); " + lacks.joined(separator: "; "))
  }

  private static func wait(for place: URL) -> ProbeAnswer? {
    let end = ContinuousClock.now + probePatience
    while ContinuousClock.now < end {
      if let data = try? Data(contentsOf: place) { return try? JSONDecoder().decode(ProbeAnswer.self, from: data) }
      usleep(250_000)
    }
    return nil
  }
}
