// What is being looked at: plain state, and the few ways to change it.

const values = valuesOfCodes(data.levels);
const lowest = values[0];
const highest = values[values.length - 1];

const view = {
  large: 0,
  index: data.opening.slice(),
  window: { ...data.windows[0] },
  preset: 0,
  mode: 'model',
  style: 'outline',
  lastStyle: 'outline',
  opacity: 0.7,
  hidden: new Set(),
  crosshair: true,
  smooth: true,
};

const stacks = {
  image: new Stack('image', data.image, undoImage),
  model: new Stack('model', data.model, undoLabels),
  reference: data.reference ? new Stack('reference', data.reference, undoLabels) : null,
};

const modes = data.reference ? ['model', 'reference', 'both', 'difference'] : ['model'];

// Colours of the difference map: agree, model only, mask only, other label. Style sheet and legend use the same.
const differenceColours = ['#35c07c', '#ff9f1c', '#4da3ff', '#e45bd2'];

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

const sliceCount = (plane) => data.size[plane.normal];

// Slices are counted along the patient: from inferior to superior, right to left, posterior to anterior.
const sliceNumber = (plane) => (plane.normalReversed ? sliceCount(plane) - 1 - view.index[plane.normal] : view.index[plane.normal]);

function setSlice(plane, number) {
  const place = clamp(Math.round(number), 0, sliceCount(plane) - 1);
  view.index[plane.normal] = plane.normalReversed ? sliceCount(plane) - 1 - place : place;
}

// Millimetres in DICOM's patient coordinates.
function position(index) {
  return [0, 1, 2].map((axis) => data.origin[axis] + index.reduce((sum, step, n) => sum + step * data.steps[n][axis], 0));
}

function positionText(point) {
  const letters = [['R', 'L'], ['A', 'P'], ['I', 'S']];
  return point.map((mm, axis) => `${letters[axis][mm >= 0 ? 1 : 0]}\u2009${Math.abs(mm).toFixed(1)}`).join('  ') + ' mm';
}

function numberText(value) {
  const size = Math.max(Math.abs(view.window.width), 1e-9);
  return value.toFixed(size >= 50 ? 0 : size >= 5 ? 1 : 3);
}

const labelName = (code) => (code > 0 ? data.labels[code - 1].name : 'background');
