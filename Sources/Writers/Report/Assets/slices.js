// A stack of slices of codes, filled chunk by chunk, and the planes cut out of it. A slice that is null is all 0.

class Stack {
  constructor(name, packed, undo) {
    const [width, height, depth] = data.size;
    Object.assign(this, { name, packed, undo, width, height, depth });
    this.slices = new Array(depth).fill(null);
    this.waiting = new Set(Array.from({ length: packed.chunks }, (_, n) => n));
  }

  // Unpacks the waiting chunk nearest to slice k. False when none is left.
  async loadNear(k) {
    const wanted = Math.floor(k / this.packed.slicesPerChunk);
    let best = -1;
    for (const chunk of this.waiting) if (best < 0 || Math.abs(chunk - wanted) < Math.abs(best - wanted)) best = chunk;
    if (best < 0) return false;
    this.waiting.delete(best);
    const text = takeText(`${this.name}-${best}`);
    if (text) this.keep(best, await unpack(text));
    return true;
  }

  keep(chunk, raw) {
    const count = this.width * this.height;
    const first = chunk * this.packed.slicesPerChunk;
    for (let n = 0; n < this.packed.slicesPerChunk && first + n < this.depth; n++) {
      const codes = joinBytes(raw, n * count * this.packed.bytes, count, this.packed.bytes);
      this.undo(codes, this.width);
      this.slices[first + n] = codes;
    }
  }

  at(index) {
    const slice = this.slices[index[2]];
    return slice ? slice[index[1] * this.width + index[0]] : 0;
  }

  // Writes the plane's codes, row by row as on the screen, into `out`.
  cut(plane, place, out) {
    if (plane.normal === 2) this.cutSlice(plane, place, out);
    else if (plane.down === 2) this.cutRows(plane, place, out);
    else this.cutColumns(plane, place, out);
  }

  // Where the walk along an index axis within a slice starts, and its stride.
  walk(axis, reversed) {
    const stride = axis === 0 ? 1 : this.width;
    return reversed ? [(data.size[axis] - 1) * stride, -stride] : [0, stride];
  }

  cutSlice(plane, place, out) {
    const slice = this.slices[place];
    if (!slice) return void out.fill(0);
    const [startAcross, across] = this.walk(plane.across, plane.acrossReversed);
    const [startDown, down] = this.walk(plane.down, plane.downReversed);
    const columns = data.size[plane.across];
    const rows = data.size[plane.down];
    for (let y = 0, n = 0; y < rows; y++) {
      for (let x = 0, from = startAcross + startDown + y * down; x < columns; x++, from += across) out[n++] = slice[from];
    }
  }

  cutRows(plane, place, out) {
    const [start, across] = this.walk(plane.across, plane.acrossReversed);
    const base = start + place * (plane.normal === 0 ? 1 : this.width);
    const columns = data.size[plane.across];
    for (let y = 0, n = 0; y < this.depth; y++) {
      const slice = this.slices[plane.downReversed ? this.depth - 1 - y : y];
      if (slice) for (let x = 0, from = base; x < columns; x++, from += across) out[n++] = slice[from];
      else for (let x = 0; x < columns; x++) out[n++] = 0;
    }
  }

  cutColumns(plane, place, out) {
    const [start, down] = this.walk(plane.down, plane.downReversed);
    const base = start + place * (plane.normal === 0 ? 1 : this.width);
    const rows = data.size[plane.down];
    for (let x = 0; x < this.depth; x++) {
      const slice = this.slices[plane.acrossReversed ? this.depth - 1 - x : x];
      for (let y = 0, from = base; y < rows; y++, from += down) out[y * this.depth + x] = slice ? slice[from] : 0;
    }
  }
}
