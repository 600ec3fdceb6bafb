import Foundation
import Imaging
import TestSupport
import Testing
import Writers

/// How fast the pages are in a browser: prints figures, for docs/review.md. Not part of the tests: `VIGIL_MEASURE=1 make test-browser`.
@Suite(
  "Speed of the pages", .serialized,
  .enabled(if: ProcessInfo.processInfo.environment["VIGIL_MEASURE"] != nil, "only with VIGIL_MEASURE=1"))
struct PageMeasurements {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a CT of 512 x 512 x 300: time to the first picture and to the last slice, time of each frame while scrolling")
  func largeCT() throws {
    let image = ReportBudgetTests.phantom(512, 512, 300)
    var content = ReportSample.content(image.geometry, modality: "CT", voxels: image.voxels)
    content.labels = organs(image.geometry)
    content.reference = nil
    let clock = ContinuousClock()
    var page: [UInt8] = []
    let making = try clock.measure { page = try Report.html(content) }
    let file = try folder.write(page, to: "ct.html")
    let browser = try Browser(width: 1400, height: 950)
    try browser.open(file)
    print("CT 512 x 512 x 300: \(page.count) bytes, made in \(making)")
    print(
      "  milliseconds from navigation: "
        + (try browser.text(
          "JSON.stringify(Object.fromEntries(performance.getEntriesByType('paint').map((e) => [e.name, Math.round(e.startTime)])))"
        ))
        + ", all slices unpacked after \(try browser.text("Math.round(performance.now())")) at most")
    for (plane, name) in ["axial", "sagittal", "coronal"].enumerated() {
      for style in ["outline", "fill"] {
        print("  \(name), \(style): \(try browser.awaited(Self.scroll(plane, style)))")
      }
    }
    print("  window by dragging: \(try browser.awaited(Self.drag))")
  }

  /// Turns the wheel by one slice in each of 150 frames: how long the frames were, and how long the page's own work in them.
  private static func scroll(_ plane: Int, _ style: String) -> String {
    """
    (async () => {
      document.querySelector('input[name=plane][value="\(plane)"]').click();
      document.querySelector('input[name=style][value="\(style)"]').click();
      const canvas = document.querySelectorAll('.picture')[\(plane)];
      return await measure((n) => canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: n < 75 ? 50 : -50, cancelable: true, bubbles: true })));
    })()
    """.replacing("await measure", with: "await (\(measure))")
  }

  private static let drag = """
    (async () => {
      const canvas = document.querySelectorAll('.picture')[0];
      const at = (type, n) => canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: 300 + n, clientY: 300, buttons: 1, bubbles: true }));
      canvas.setPointerCapture = () => {};
      at('pointerdown', 0);
      const result = await (\(measure))((n) => at('pointermove', n));
      at('pointerup', 150);
      return result;
    })()
    """

  private static let measure = """
    async (act) => {
      const frame = () => new Promise(requestAnimationFrame);
      const [gaps, works] = [[], []];
      let last = await frame();
      for (let n = 0; n < 150; n++) {
        act(n);
        const now = await frame();
        // Callbacks of one frame run in the order in which they were asked for: the page's own comes before this one.
        works.push(performance.now() - now);
        gaps.push(now - last);
        last = now;
      }
      const at = (list, share) => list.slice().sort((a, b) => a - b)[Math.floor(share * (list.length - 1))].toFixed(1);
      return `frames ${at(gaps, 0.5)} ms (median), ${at(gaps, 0.95)} (95 %), ${at(gaps, 1)} (longest); drawing ${at(works, 0.5)}, ${at(works, 0.95)}, ${at(works, 1)} ms`;
    }
    """

  @Test("ten thousand runs: writing the page, opening it, asking")
  func manyRuns() throws {
    let clock = ContinuousClock()
    let pictures = try (0..<40).map { try Self.picture(seed: $0) }
    var bytes: [UInt8] = []
    let making = try clock.measure {
      bytes = try WholePage((1...10_000).map { Self.run($0, pictures[$0 % 40]) }).html()
    }
    try AtomicFile.write(bytes, to: folder.file("index.html"))
    let one = try IndexLine(Self.run(10_001, pictures[0]))
    let adding = try clock.measure {
      let old = try #require(try IndexFile.open(folder.file("index.html")))
      var file = try AtomicFile(replacing: folder.file("index.html"))
      var page = IndexPage(software: "vigil", newest: [], pictures: IndexPictures(earlier: old))
      try file.append(page.head)
      try old.lines(with: [one]) { try file.append(page.row($0)) }
      try page.rest { try file.append($0) }
      try file.finish()
    }
    print("10,000 runs: \(bytes.count) bytes, made in \(making); written with one more run in \(adding)")
    let file = folder.file("index.html")
    let browser = try Browser(width: 1200, height: 900)
    for _ in 1...3 {
      try browser.open(file)
      print(
        "  milliseconds from navigation: "
          + (try browser.text(
            "(() => { const [n] = performance.getEntriesByType('navigation'); return JSON.stringify({ read: Math.round(n.responseEnd), "
              + "rows: Math.round(performance.getEntriesByName('rows')[0].startTime), ready: Math.round(n.domContentLoadedEventEnd), ...Object.fromEntries(performance.getEntriesByType('paint').map((e) => [e.name, Math.round(e.startTime)])) }); })()"
          )))
    }
    for (id, value) in [("search", "series 77"), ("search", ""), ("rule", "liver"), ("sort", "trust"), ("dice", "0.5")]
    {
      print(
        "  \(id) = '\(value)': \(try browser.awaited(Self.ask(id, value))) ms to the new rows, of which 60 ms are waiting for more keys"
      )
    }
  }

  private static func ask(_ id: String, _ value: String) -> String {
    """
    (async () => {
      const e = document.getElementById('\(id)');
      const before = document.getElementById('list').firstChild;
      const start = performance.now();
      e.value = '\(value)';
      e.dispatchEvent(new Event('input', { bubbles: true }));
      while (document.getElementById('list').firstChild === before) await new Promise(requestAnimationFrame);
      return (performance.now() - start).toFixed(0);
    })()
    """
  }

  private static func run(_ number: Int, _ picture: [UInt8]) -> RunSummary {
    var run = RunSummary(
      id: "20261120T101112Z-" + String(0x100000 + number, radix: 16),
      rule: number.isMultiple(of: 2) ? "liver" : "hippocampus",
      outcome: .segmented, series: .init(studyDate: "20261120", modality: "MR", description: "Series \(number)"),
      startedAt: Date(timeIntervalSince1970: 1_795_000_000 + Double(number)), seconds: 30,
      folder: [number.isMultiple(of: 2) ? "liver" : "hippocampus", "20261120_MR_Series-\(number)_01234567"],
      page: "report.html")
    run.labels = [
      .init(name: "Anterior", millilitres: Double(number % 97) / 30, dice: Double(number % 89) / 89),
      .init(name: "Posterior", millilitres: 1.5, dice: 0.9),
    ]
    run.trust = .init(
      expectedDice: Double(number % 83) / 83, verdict: .doubtful,
      reasons: ["Voxels are 3 times thicker than in any training scan."])
    run.thumbnail = picture
    return run
  }

  private static func picture(seed: UInt64) throws -> [UInt8] {
    let geometry = ReportSample.geometry(40, 40, 20)
    var random = SplitMix64(seed: seed)
    let image = Volume(geometry: geometry, voxels: random.uniforms(geometry.count, in: 0...1000))
    let scan = try SegmentedScan(
      image: image, labels: ReportSample.boxes(geometry, shift: 0),
      names: [.init(value: 1, name: "A"), .init(value: 2, name: "B")],
      modality: "MR", title: "")
    return try #require(Thumbnail.png(for: scan))
  }

  /// Three balls as organs.
  private func organs(_ geometry: Geometry) -> LabelMap {
    var voxels = [UInt16](repeating: 0, count: geometry.count)
    for (label, centre, radius) in [
      (UInt16(1), SIMD3(200, 256, 150), 60), (2, SIMD3(320, 240, 140), 45), (3, SIMD3(256, 330, 170), 30),
    ] {
      for k in centre.z - radius...centre.z + radius {
        for j in centre.y - radius...centre.y + radius {
          for i in centre.x - radius...centre.x + radius {
            let offset = SIMD3(i, j, k) &- centre
            let square = offset &* offset
            if square.x + square.y + square.z < radius * radius {
              voxels[(k * geometry.height + j) * geometry.width + i] = label
            }
          }
        }
      }
    }
    return LabelMap(geometry: geometry, voxels: voxels)
  }
}
