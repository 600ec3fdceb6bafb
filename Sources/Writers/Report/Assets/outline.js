// The outlines of the regions in a plane of codes: along the edges of the pixels, one Path2D a code, in pixels.

function outlines(codes, columns, rows) {
  const paths = new Map();
  const add = (code, x1, y1, x2, y2) => {
    if (!paths.has(code)) paths.set(code, new Path2D());
    const path = paths.get(code);
    path.moveTo(x1, y1);
    path.lineTo(x2, y2);
  };
  traceEdges(rows, columns, (y, x) => (y >= 0 && y < rows ? codes[y * columns + x] : 0), (code, y, from, to) => add(code, from, y, to, y));
  traceEdges(columns, rows, (x, y) => (x >= 0 && x < columns ? codes[y * columns + x] : 0), (code, x, from, to) => add(code, x, from, x, to));
  return paths;
}

// Runs along each line between two rows (or columns) where the codes on both sides stay the same.
function traceEdges(lines, length, codeAt, add) {
  for (let line = 0; line <= lines; line++) {
    let from = 0;
    let before = 0;
    let after = 0;
    for (let n = 0; n <= length; n++) {
      const one = n < length ? codeAt(line - 1, n) : 0;
      const other = n < length ? codeAt(line, n) : 0;
      if (one === before && other === after) continue;
      if (before !== after) {
        if (before) add(before, line, from, n);
        if (after) add(after, line, from, n);
      }
      [from, before, after] = [n, one, other];
    }
  }
}
