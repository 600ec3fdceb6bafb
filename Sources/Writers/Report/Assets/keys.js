// The keyboard. Keys that scroll the page do so unless the pictures are in use or in sight.

let viewerInSight = true;

function viewerInUse() {
  const focus = document.activeElement;
  if (focus && focus !== document.body) return $('viewer').contains(focus);
  return viewerInSight;
}

function stepSlices(by) {
  const plane = data.planes[view.large];
  setSlice(plane, sliceNumber(plane) + by);
  refresh('place');
}

function zoomLarge(factor) {
  const pane = panes[view.large];
  pane.zoom = clamp(pane.zoom * factor, 1, 20);
  if (pane.zoom === 1) pane.pan = [0, 0];
  refresh('place');
}

function toggle(name) {
  view[name] = !view[name];
  refresh('place');
}

const scrollKeys = {
  ArrowUp: () => stepSlices(1),
  ArrowRight: () => stepSlices(1),
  ArrowDown: () => stepSlices(-1),
  ArrowLeft: () => stepSlices(-1),
  PageUp: () => stepSlices(10),
  PageDown: () => stepSlices(-10),
  Home: () => stepSlices(-Infinity),
  End: () => stepSlices(Infinity),
};

const letterKeys = {
  1: () => setLarge(0),
  2: () => setLarge(1),
  3: () => setLarge(2),
  o: () => setStyle(view.style === 'outline' ? 'fill' : 'outline'),
  h: () => setStyle(view.style === 'none' ? view.lastStyle : 'none'),
  m: () => setMode(modes[(modes.indexOf(view.mode) + 1) % modes.length]),
  d: () => setMode(view.mode === 'difference' ? 'model' : 'difference'),
  w: () => setPreset((view.preset + 1) % data.windows.length),
  n: goToWorst,
  x: () => toggle('crosshair'),
  r: resetView,
  '[': () => setOpacity(view.opacity - 0.1),
  ']': () => setOpacity(view.opacity + 0.1),
  '+': () => zoomLarge(1.25),
  '=': () => zoomLarge(1.25),
  '-': () => zoomLarge(0.8),
  '?': toggleHelp,
};

// Whether the focused control wants the key for itself.
function isTakenBy(target, key) {
  if (target.matches('select, textarea, input[type="search"], input[type="text"]')) return true;
  return key in scrollKeys && target.matches('input:not(.slice)');
}

function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTakenBy(event.target, event.key)) return;
    const act = scrollKeys[event.key] ?? letterKeys[event.key.toLowerCase()];
    if (!act || (event.key in scrollKeys && !viewerInUse())) return;
    event.preventDefault();
    act();
  });
  new IntersectionObserver((entries) => {
    viewerInSight = entries[entries.length - 1].isIntersecting;
  }, { threshold: 0.4 }).observe($('panes'));
}
