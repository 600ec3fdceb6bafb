/// The scripts and styles of the pages, from the files in `Assets/`.
enum PageAssets {
  /// The report's script: its files one after the other inside one function, so that nothing is global.
  static let reportScript = script([
    PackageResources.theme_js, PackageResources.review_js, PackageResources.data_js, PackageResources.slices_js,
    PackageResources.outline_js,
    PackageResources.view_js, PackageResources.pane_js, PackageResources.controls_js, PackageResources.keys_js,
    PackageResources.pointer_js, PackageResources.print_js, PackageResources.report_js,
  ])

  /// The report's styles.
  static let reportStyle = text([PackageResources.base_css, PackageResources.report_css])

  /// The index page's script.
  static let indexScript = script([
    PackageResources.theme_js, PackageResources.review_js, PackageResources.index_runs_js,
    PackageResources.index_filter_js,
    PackageResources.index_row_js, PackageResources.index_list_js, PackageResources.index_details_js,
    PackageResources.index_js,
  ])

  /// The index page's styles.
  static let indexStyle = text([PackageResources.base_css, PackageResources.index_css])

  private static func script(_ files: [[UInt8]]) -> String {
    "\n(() => {\n'use strict';\n" + text(files) + "})();\n"
  }

  private static func text(_ files: [[UInt8]]) -> String {
    files.map { String(decoding: $0, as: UTF8.self) }.joined()
  }
}
