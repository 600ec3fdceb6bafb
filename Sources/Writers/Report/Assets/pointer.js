// Mouse, pen and fingers on a picture.

// A press that moves less than this many pixels is a click.
const clickReach = 4;

class PointerControl {
  constructor(pane) {
    this.pane = pane;
    this.points = new Map();
    this.wheel = 0;
    const { canvas } = pane;
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    canvas.addEventListener('pointerup', (event) => this.release(event));
    canvas.addEventListener('pointercancel', (event) => this.release(event, true));
    canvas.addEventListener('pointerleave', () => showReadout(null));
    canvas.addEventListener('wheel', (event) => this.turn(event), { passive: false });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('dblclick', () => setLarge(pane.number));
  }

  press(event) {
    if (!this.points.size) this.moved = 0;
    this.points.set(event.pointerId, [event.clientX, event.clientY]);
    this.pane.canvas.setPointerCapture(event.pointerId);
    this.start = { window: { ...view.window }, pan: this.pane.pan.slice(), number: sliceNumber(this.pane.plane), at: [event.clientX, event.clientY] };
    this.pinch = null;
  }

  move(event) {
    if (!this.points.has(event.pointerId)) return void showReadout(this.pane.voxelAt(event.clientX, event.clientY));
    this.points.set(event.pointerId, [event.clientX, event.clientY]);
    const by = [event.clientX - this.start.at[0], event.clientY - this.start.at[1]];
    this.moved = Math.max(this.moved, Math.hypot(...by));
    if (this.points.size === 2) this.pinchMove();
    else if (this.moved < clickReach) return;
    else if (event.pointerType === 'touch') this.swipe(by);
    else if (event.shiftKey || event.buttons === 4) this.panTo(by);
    else this.dragWindow(by);
  }

  release(event, cancelled = false) {
    if (!this.points.delete(event.pointerId) || cancelled) return;
    if (this.moved < clickReach && !this.points.size) this.click(event);
    this.pinch = null;
  }

  click(event) {
    const index = this.pane.voxelAt(event.clientX, event.clientY);
    if (!index) return;
    view.index = index;
    showReadout(index);
    refresh('place');
  }

  // A picture's width of movement is the whole range of values.
  dragWindow(by) {
    const perPixel = Math.max(view.window.width, (highest - lowest) / 20) / 400;
    setWindow(this.start.window.level - by[1] * perPixel, this.start.window.width + by[0] * perPixel);
  }

  panTo(by) {
    this.pane.pan = [this.start.pan[0] + by[0], this.start.pan[1] + by[1]];
    refresh('place');
  }

  swipe(by) {
    const count = sliceCount(this.pane.plane);
    setSlice(this.pane.plane, this.start.number - (by[1] / this.pane.canvas.clientHeight) * Math.max(count, 20));
    refresh('place');
  }

  pinchMove() {
    const [one, other] = [...this.points.values()];
    const reach = Math.hypot(one[0] - other[0], one[1] - other[1]);
    const middle = [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
    if (!this.pinch) this.pinch = { reach, middle, zoom: this.pane.zoom, pan: this.pane.pan.slice() };
    this.pane.zoom = clamp((this.pinch.zoom * reach) / this.pinch.reach, 1, 20);
    this.pane.pan = this.pane.zoom === 1 ? [0, 0] : this.pinch.pan.map((value, n) => value + middle[n] - this.pinch.middle[n]);
    refresh('place');
  }

  turn(event) {
    event.preventDefault();
    if (event.ctrlKey) return void this.zoomAt(event);
    this.wheel += event.deltaMode === 0 ? event.deltaY / 50 : event.deltaY;
    const steps = Math.trunc(this.wheel);
    if (!steps) return;
    this.wheel -= steps;
    setSlice(this.pane.plane, sliceNumber(this.pane.plane) - steps);
    refresh('place');
  }

  zoomAt(event) {
    const { pane } = this;
    const box = pane.canvas.getBoundingClientRect();
    const from = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
    const zoom = clamp(pane.zoom * Math.exp(-event.deltaY / 300), 1, 20);
    pane.pan = zoom === 1 ? [0, 0] : pane.pan.map((value, n) => from[n] - ((from[n] - value) * zoom) / pane.zoom);
    pane.zoom = zoom;
    refresh('place');
  }
}

// Position, value and label of a voxel, below the pictures.
function showReadout(index) {
  if (!index) return void ($('readout').textContent = 'Point at a picture to read values.');
  const value = values[stacks.image.at(index)];
  const parts = [positionText(position(index)), `value ${numberText(value)}${data.unit ? ` ${data.unit}` : ''}`, `model: ${labelName(stacks.model.at(index))}`];
  if (stacks.reference) parts.push(`mask: ${labelName(stacks.reference.at(index))}`);
  $('readout').textContent = parts.join('   \u00b7   ');
}
