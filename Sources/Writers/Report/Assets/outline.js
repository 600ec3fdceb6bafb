// The outlines of the regions in a plane of codes: along the edges of the pixels, one Path2D a code, in pixels.

function outlines(codes, columns, rows) {
  const paths = new Map();
  const add = (code, x1, y1, x2, y2) => {
    if (!paths.has(code)) paths.set(code, new Path2D());
    const path = paths.get(code);
    path.moveTo(x1, y1);
    path.lineTo(x2, y2);
  };
  traceEdges(codes, { lines: rows, stride: columns, length: columns, step: 1 }, (code, y, from, to) => add(code, from, y, to, y));
  traceEdges(codes, { lines: columns, stride: 1, length: rows, step: columns }, (code, x, from, to) => add(code, x, from, x, to));
  return paths;
}

// Runs along each line between two rows (or columns) where the codes on both sides stay the same.
function traceEdges(codes, { lines, stride, length, step }, add) {
  for (let line = 0; line <= lines; line++) {
    let from = 0;
    let before = 0;
    let after = 0;
    const close = (n) => {
      if (before === after) return;
      if (before) add(before, line, from, n);
      if (after) add(after, line, from, n);
    };
    for (let n = 0, place = line * stride; n < length; n++, place += step) {
      const one = line > 0 ? codes[place - stride] : 0;
      const other = line < lines ? codes[place] : 0;
      if (one === before && other === after) continue;
      close(n);
      [from, before, after] = [n, one, other];
    }
    close(length);
  }
}
