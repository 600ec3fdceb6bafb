import Foundation
import Testing

/// What every page must hold to: checked in the browser, on what is shown at the moment.
extension Browser {
  /// WCAG 2.2, success criterion 1.4.3: text of ordinary size on its ground.
  private static let leastContrast = 4.5

  /// Texts whose contrast with the ground behind them is too low, by the formula of WCAG 2.2 ("relative luminance"). Texts on
  /// pictures have a shadow of their own and are left out.
  func faintTexts() throws -> String {
    try text(
      """
      (() => {
        const parse = (text) => { const m = text.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
        const channel = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
        const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255]; };
        const faint = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const e = walker.currentNode.parentElement;
          if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest('script, style, noscript, .sr-only, .stage, .thumb')) continue;
          const style = getComputedStyle(e);
          const [a, b] = [luminance(parse(style.color)), luminance(ground(e))].sort((x, y) => y - x);
          const ratio = (a + 0.05) / (b + 0.05);
          if (ratio < \(Self.leastContrast)) faint.push(`${walker.currentNode.data.trim().slice(0, 20)} ${e.className} ${ratio.toFixed(2)}`);
        }
        return faint.join('; ');
      })()
      """)
  }

  /// What a screen reader would miss: controls and pictures without a name, sections without a heading, more or less than one main
  /// part and one first heading, levels of headings that are left out, references to ids that are not there.
  func unnamed() throws -> String {
    try text(
      """
      (() => {
        const wrong = [];
        const all = (query) => [...document.querySelectorAll(query)].filter((e) => e.checkVisibility());
        for (const e of all('input, select, button, a, canvas[role]')) {
          const label = e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label')?.textContent.trim();
          if (!label) wrong.push(`no name: ${e.outerHTML.slice(0, 60)}`);
        }
        for (const e of all('img')) if (!e.hasAttribute('alt')) wrong.push('img without alt');
        for (const e of all('section')) if (!e.ariaLabel && !document.getElementById(e.getAttribute('aria-labelledby'))) wrong.push('section without a name');
        if (all('main').length !== 1 || all('h1').length !== 1) wrong.push('main or h1');
        if (!document.documentElement.lang || !document.title) wrong.push('lang or title');
        let level = 0;
        for (const e of all('h1, h2, h3, h4')) {
          const next = Number(e.tagName[1]);
          if (next > level + 1) wrong.push(`h${level} is followed by h${next}`);
          level = next;
        }
        for (const e of document.querySelectorAll('[aria-controls], [aria-labelledby]')) {
          const id = e.getAttribute('aria-controls') ?? e.getAttribute('aria-labelledby');
          if (!document.getElementById(id) && id !== 'details-title') wrong.push(`no ${id}`);
        }
        return wrong.join('; ');
      })()
      """)
  }

  /// Presses Tab `count` times from the page's beginning; what has the focus then, each time.
  func focusOrder(_ count: Int) throws -> [String] {
    _ = try text("document.activeElement.blur()")
    return try (0..<count).map { _ in
      try press("Tab")
      return try text(
        "(() => { const e = document.activeElement; return e.id || e.name || e.ariaLabel || e.className || e.tagName; })()"
      )
    }
  }
}
