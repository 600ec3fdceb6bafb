import Imaging

/// The parts of a report put together.
struct ReportPage {
  private let content: ReportContent
  private let table: LabelTable
  private let choice: ImageFit.Choice
  private let image: VoxelChunks
  private let model: VoxelChunks
  private let reference: VoxelChunks?
  private let data: ReportData

  /// Packs the voxels of `content` into at most `budget` bytes.
  init(_ content: ReportContent, budget: Int) throws(ReportError) {
    self.content = content
    let maps = [content.labels] + (content.reference.map { [$0.labels] } ?? [])
    let codes = LabelCodes(named: content.names.map { $0.value }, maps: maps)
    table = LabelTable(values: codes.values, names: content.names)
    let range = IntensityRange(content.image)
    let isCT = content.series.modality == "CT"
    let fit = ImageFit(image: content.image, maps: maps, isCT: isCT, range: range)
    var packed: [VoxelChunks] = []
    (choice, image) = try fit.best(budget: budget) { grid throws(ReportError) in
      packed = []
      for map in maps { packed.append(try codes.packed(map, on: grid)) }
      return packed.reduce(0) { $0 + $1.size }
    }
    model = packed[0]
    reference = packed.count > 1 ? packed[1] : nil
    data = Self.data(
      content, choice, image: image, model: model, reference: reference, table: table,
      windows: DisplayWindows.choices(isCT: isCT, range: range))
  }

  private static func data(
    _ content: ReportContent, _ choice: ImageFit.Choice, image: VoxelChunks, model: VoxelChunks,
    reference: VoxelChunks?,
    table: LabelTable, windows: [ReportData.Window]
  ) -> ReportData {
    let geometry = choice.grid.geometry
    let profile = SliceProfile(
      labels: content.labels, reference: content.reference?.labels, agreement: Agreement(content.names),
      grid: choice.grid)
    let labels = table.entries.map {
      ReportData.Label(name: $0.name, colour: $0.colour.hex, members: table.memberCodes($0))
    }
    return ReportData(
      size: geometry.counts, spacing: geometry.spacing.reversed(), origin: geometry.origin.components,
      steps: [geometry.iStep, geometry.jStep, geometry.kStep].map { $0.components },
      planes: ViewPlane.planes(of: geometry),
      opening: SliceProfile.opening(
        profile, labels: content.labels, reference: content.reference?.labels, grid: choice.grid), profile: profile,
      image: ReportData.Packed(image), levels: choice.levels.runs, unit: content.series.modality == "CT" ? "HU" : "",
      windows: windows, labels: labels,
      model: ReportData.Packed(model), reference: reference.map(ReportData.Packed.init),
      summary: Findings(content: content, table: table).sentences.map(PlainText.cleaned).joined(separator: " "))
  }

  /// The whole file, UTF-8.
  var bytes: [UInt8] {
    get throws(ReportError) {
      var result = Array("\(head)\(body)<script type=\"application/json\" id=\"report-data\">".utf8)
      result += try ScriptJSON.text(data).utf8
      result += "</script>\n".utf8
      append(model, as: "model", to: &result)
      if let reference { append(reference, as: "reference", to: &result) }
      append(image, as: "image", to: &result)
      result += "<script>\(PageAssets.reportScript)</script>\n</body>\n</html>\n".utf8
      return result
    }
  }

  private func append(_ chunks: VoxelChunks, as name: String, to page: inout [UInt8]) {
    for (place, text) in chunks.texts.enumerated() where !text.isEmpty {
      page += "<script type=\"text/plain\" id=\"\(name)-\(place)\">".utf8
      page += text
      page += "</script>\n".utf8
    }
  }

  private var head: String {
    let policy = ContentPolicy.text(
      scripts: [PageAssets.reportScript], styles: [PageAssets.reportStyle, table.styleSheet])
    let title = [content.rule.name, content.series.description, content.series.studyDate].filter { !$0.isEmpty }
    let markup: Markup = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <meta name="generator" content="\(content.software)">
      <title>\(title.joined(separator: ", "))</title>
      <style>\(Markup(trusted: PageAssets.reportStyle))</style>
      <style>\(Markup(trusted: table.styleSheet))</style>
      </head>

      """
    return markup.text
  }

  private var body: String {
    let findings = Findings(content: content, table: table)
    let header = HeadSection(content: content, findings: findings)
    let viewer = ViewerSection(
      content: content, table: table, planes: ViewPlane.planes(of: choice.grid.geometry),
      summary: findings.sentences.joined(separator: " "))
    let journey = JourneySection(content: content)
    let notes = DisplayNotes(
      choice: choice, source: content.image, unit: content.series.modality == "CT" ? "HU" : "")
    let markup: Markup = """
      <body>
      \(header.markup)
      <main>
      \(header.findingsMarkup)
      \(viewer.markup)
      \(ScoreSection(content: content, table: table).markup)
      \(TrustSection(content: content).markup)\(journey.markup)
      \(journey.skippedMarkup)
      \(ProvenanceSection(content: content, display: notes.sentences).markup)
      </main>

      """
    return markup.text
  }
}

extension SIMD3<Double> {
  /// `[x, y, z]`.
  var components: [Double] { [x, y, z] }
}
