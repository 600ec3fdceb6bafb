// One of the three pictures: a plane of the image, the overlay on it, and the cross-hair.

const word = (hex) => {
  const n = parseInt(hex.slice(1), 16);
  return (0xff000000 | ((n & 0xff) << 16) | (n & 0xff00) | (n >> 16)) >>> 0;
};
const labelHex = ['', ...data.labels.map((label) => label.colour)];
const differenceHex = ['', ...differenceColours];

// The grey of every code under the present window, as a pixel.
function greyTable() {
  const { level, width } = view.window;
  const table = new Uint32Array(values.length);
  for (let code = 0; code < values.length; code++) {
    const grey = clamp(Math.round(((values[code] - level) / width + 0.5) * 255), 0, 255);
    table[code] = (0xff000000 | (grey << 16) | (grey << 8) | grey) >>> 0;
  }
  return table;
}

function raster(columns, rows) {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  const image = context.createImageData(columns, rows);
  return { canvas, context, image, pixels: new Uint32Array(image.data.buffer), put: () => context.putImageData(image, 0, 0) };
}

class Pane {
  constructor(element, number) {
    this.element = element;
    this.plane = data.planes[number];
    this.number = number;
    this.columns = data.size[this.plane.across];
    this.rows = data.size[this.plane.down];
    this.pixelSize = [data.spacing[this.plane.across], data.spacing[this.plane.down]];
    this.canvas = element.querySelector('.picture');
    this.picture = raster(this.columns, this.rows);
    this.overlay = raster(this.columns, this.rows);
    this.codes = new Uint16Array(this.columns * this.rows);
    this.marks = [];
    this.zoom = 1;
    this.pan = [0, 0];
    this.base = document.createElement('canvas');
    Object.assign(this, { shown: null, staleImage: true, staleOverlay: true });
  }

  // Cuts the slice anew and colours it with the grey table.
  paint(greys) {
    stacks.image.cut(this.plane, view.index[this.plane.normal], this.codes);
    const { pixels } = this.picture;
    for (let n = 0; n < pixels.length; n++) pixels[n] = greys[this.codes[n]];
    this.picture.put();
  }

  // Cuts the labels anew. `marks` are maps of codes with their colours and their line.
  paintOverlay() {
    const place = view.index[this.plane.normal];
    const cut = (stack) => {
      const codes = new Uint16Array(this.columns * this.rows);
      stack.cut(this.plane, place, codes);
      if (view.hidden.size) for (let n = 0; n < codes.length; n++) if (view.hidden.has(codes[n])) codes[n] = 0;
      return codes;
    };
    if (view.style === 'none') this.marks = [];
    else if (view.mode === 'model') this.marks = [{ codes: cut(stacks.model), colours: labelHex }];
    else if (view.mode === 'reference') this.marks = [{ codes: cut(stacks.reference), colours: labelHex }];
    else if (view.mode === 'both') {
      this.marks = [
        { codes: cut(stacks.model), colours: labelHex },
        { codes: cut(stacks.reference), colours: labelHex, dashed: true },
      ];
    } else this.marks = [{ codes: differences(cut(stacks.model), cut(stacks.reference)), colours: differenceHex }];
    if (view.style === 'fill') this.fill();
    for (const mark of this.marks) {
      mark.paths = view.style === 'outline' || mark.dashed ? outlines(mark.codes, this.columns, this.rows) : null;
    }
  }

  fill() {
    const { pixels } = this.overlay;
    const first = this.marks[0];
    const words = Uint32Array.from(first.colours, (hex) => (hex ? word(hex) : 0));
    for (let n = 0; n < pixels.length; n++) pixels[n] = words[first.codes[n]];
    this.overlay.put();
  }

  // From pixels of the plane to pixels of a canvas: scale and offset, millimetres square.
  placement(canvas, zoom = this.zoom, pan = this.pan) {
    const [across, down] = this.pixelSize;
    const fit = Math.min(canvas.width / (this.columns * across), canvas.height / (this.rows * down)) * zoom;
    const scale = [fit * across, fit * down];
    const ratio = canvas.width / (canvas.clientWidth || canvas.width);
    return {
      scale,
      offset: [
        canvas.width / 2 + pan[0] * ratio - (this.columns * scale[0]) / 2,
        canvas.height / 2 + pan[1] * ratio - (this.rows * scale[1]) / 2,
      ],
    };
  }

  // Draws everything onto the visible canvas.
  compose() {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const place = this.placement(this.canvas);
    this.drawBase(place, ratio);
    this.canvas.getContext('2d').drawImage(this.base, 0, 0);
    if (view.crosshair) this.drawCrosshair(place, ratio);
  }

  // Picture and overlay without the cross-hair, kept until something of them changes: scrolling in one plane only moves the
  // cross-hair in the others.
  drawBase(place, ratio) {
    const { width, height } = this.canvas;
    const key = [width, height, ...place.scale, ...place.offset, view.opacity, view.smooth, view.style].join();
    if (key === this.baseKey) return;
    if (this.base.width !== width || this.base.height !== height) Object.assign(this.base, { width, height });
    this.draw(this.base, place, ratio);
    this.baseKey = key;
  }

  draw(canvas, { scale, offset }, ratio) {
    const context = canvas.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = '#000';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(scale[0], 0, 0, scale[1], offset[0], offset[1]);
    context.imageSmoothingEnabled = view.smooth;
    context.drawImage(this.picture.canvas, 0, 0);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = view.opacity;
    if (view.style === 'fill' && this.marks.length) context.drawImage(this.overlay.canvas, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const mark of this.marks) if (mark.paths) strokeMark(context, mark, { scale, offset }, ratio);
    context.globalAlpha = 1;
  }

  // The point of the cross-hair, in pixels of the plane.
  crosshairPoint() {
    const along = (axis, reversed) => (reversed ? data.size[axis] - 1 - view.index[axis] : view.index[axis]) + 0.5;
    return [along(this.plane.across, this.plane.acrossReversed), along(this.plane.down, this.plane.downReversed)];
  }

  drawCrosshair({ scale, offset }, ratio) {
    const context = this.canvas.getContext('2d');
    const [x, y] = this.crosshairPoint().map((value, n) => Math.round(value * scale[n] + offset[n]) + 0.5);
    const gap = 9 * ratio;
    context.strokeStyle = 'rgba(120, 220, 255, 0.55)';
    context.lineWidth = ratio;
    context.beginPath();
    for (const [x1, y1, x2, y2] of [
      [0, y, x - gap, y], [x + gap, y, this.canvas.width, y], [x, 0, x, y - gap], [x, y + gap, x, this.canvas.height],
    ]) {
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
    }
    context.stroke();
  }

  // The voxel under a point of the window, or null outside of the picture.
  voxelAt(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    const { scale, offset } = this.placement(this.canvas);
    const ratio = this.canvas.width / box.width;
    const column = Math.floor(((clientX - box.left) * ratio - offset[0]) / scale[0]);
    const row = Math.floor(((clientY - box.top) * ratio - offset[1]) / scale[1]);
    if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) return null;
    const index = view.index.slice();
    index[this.plane.across] = this.plane.acrossReversed ? this.columns - 1 - column : column;
    index[this.plane.down] = this.plane.downReversed ? this.rows - 1 - row : row;
    return index;
  }
}

function strokeMark(context, mark, { scale, offset }, ratio) {
  const matrix = new DOMMatrix([scale[0], 0, 0, scale[1], offset[0], offset[1]]);
  context.lineWidth = 1.6 * ratio;
  context.lineCap = 'round';
  context.setLineDash(mark.dashed ? [4 * ratio, 4 * ratio] : []);
  for (const [code, path] of mark.paths) {
    const placed = new Path2D();
    placed.addPath(path, matrix);
    context.strokeStyle = mark.dashed && view.style === 'outline' ? lighter(mark.colours[code]) : mark.colours[code];
    context.stroke(placed);
  }
  context.setLineDash([]);
}

// Half way to white, so that a dashed line shows on the solid one.
function lighter(hex) {
  const n = parseInt(hex.slice(1), 16);
  const mix = (shift) => ((((n >> shift) & 255) + 255) >> 1);
  return `rgb(${mix(16)}, ${mix(8)}, ${mix(0)})`;
}

// Codes of the mask that stand for several of the model's together, with those.
const members = data.labels.map((label) => new Set(label.members ?? []));

const agrees = (model, mask) => model === mask || (mask > 0 && members[mask - 1].has(model));

// 1 agree, 2 only the model, 3 only the mask, 4 both with other labels.
function differences(model, mask) {
  const out = new Uint16Array(model.length);
  for (let n = 0; n < out.length; n++) {
    if (model[n] || mask[n]) out[n] = agrees(model[n], mask[n]) ? 1 : !mask[n] ? 2 : !model[n] ? 3 : 4;
  }
  return out;
}
