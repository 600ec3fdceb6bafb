// Sets everything going: unpacks slices, redraws what has changed, tells what is shown.

const panes = [...document.querySelectorAll('.pane')].map((element, n) => new Pane(element, n));
let frame = 0;

// Asks for a new drawing. `image`: the greys have changed; `overlay`: the labels have; `all`: both; else only places.
function refresh(what) {
  for (const pane of panes) {
    if (what === 'image' || what === 'all') pane.staleImage = true;
    if (what === 'overlay' || what === 'all') pane.staleOverlay = true;
  }
  if (!frame) frame = requestAnimationFrame(redraw);
}

function redraw() {
  frame = 0;
  const greys = greyTable();
  for (const pane of panes) {
    const place = view.index[pane.plane.normal];
    if (pane.shown !== place) pane.staleImage = pane.staleOverlay = true;
    if (pane.staleImage) pane.paint(greys);
    if (pane.staleOverlay) pane.paintOverlay();
    if (pane.staleImage || pane.staleOverlay) pane.baseKey = '';
    Object.assign(pane, { shown: place, staleImage: false, staleOverlay: false });
    pane.compose();
    showPlace(pane);
  }
  showControls();
  announceSoon();
}

function sliceText(plane) {
  const axis = ['x', 'y', 'z'][plane.patientAxis];
  const mm = position(view.index)[plane.patientAxis];
  return `${plane.name} ${sliceNumber(plane) + 1} of ${sliceCount(plane)}, ${axis} ${mm.toFixed(1)} mm`;
}

function showPlace(pane) {
  const slider = pane.element.querySelector('.slice');
  slider.value = sliceNumber(pane.plane);
  slider.setAttribute('aria-valuetext', sliceText(pane.plane));
  const mm = position(view.index)[pane.plane.patientAxis];
  pane.element.querySelector('.count').textContent = `${sliceNumber(pane.plane) + 1}/${sliceCount(pane.plane)}`;
  pane.element.querySelector('.millimetres').textContent = ` \u00b7 ${'xyz'[pane.plane.patientAxis]} ${mm.toFixed(1)} mm`;
}

// Labels of the large picture in words, for those who do not see it.
function labelsInSight(pane) {
  const counts = new Map();
  const codes = new Uint16Array(pane.columns * pane.rows);
  stacks.model.cut(pane.plane, view.index[pane.plane.normal], codes);
  for (const code of codes) if (code) counts.set(code, (counts.get(code) ?? 0) + 1);
  if (!counts.size) return 'no label here';
  const area = (pane.pixelSize[0] * pane.pixelSize[1]) / 100;
  return [...counts].map(([code, count]) => `${labelName(code)} ${(count * area).toFixed(1)} square centimetres`).join(', ');
}

let announcement = 0;
let announced = '';

function announceSoon() {
  clearTimeout(announcement);
  announcement = setTimeout(() => {
    const pane = panes[view.large];
    const text = `${sliceText(pane.plane)}: ${labelsInSight(pane)}.`;
    if (text === announced) return;
    announced = text;
    $('live').textContent = text;
    pane.canvas.setAttribute('aria-label', `${text} ${data.summary}`);
  }, 400);
}

// The bars under each slider: how much of each slice is labelled, and how much differs from the mask.
function drawProfile(pane) {
  const canvas = pane.element.querySelector('.profile');
  const counts = data.profile.labelled[pane.plane.normal];
  const different = data.profile.different[pane.plane.normal];
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext('2d');
  const most = Math.max(1, ...counts);
  const style = getComputedStyle(canvas);
  const bars = (list, colour) => {
    context.fillStyle = colour;
    const step = canvas.width / list.length;
    list.forEach((count, n) => {
      const place = pane.plane.normalReversed ? list.length - 1 - n : n;
      const height = count ? Math.max(ratio, (count / most) * canvas.height) : 0;
      context.fillRect(place * step, canvas.height - height, Math.max(step, 0.5), height);
    });
  };
  bars(counts, style.getPropertyValue('--profile'));
  if (different) bars(different, differenceColours[1]);
}

function startPanes() {
  for (const pane of panes) {
    const slider = pane.element.querySelector('.slice');
    slider.max = sliceCount(pane.plane) - 1;
    slider.addEventListener('input', () => { setSlice(pane.plane, Number(slider.value)); refresh('place'); });
    pane.canvas.addEventListener('focus', () => { if (pane.canvas.matches(':focus-visible')) setLarge(pane.number); });
    new PointerControl(pane);
    new ResizeObserver(() => { drawProfile(pane); refresh('place'); }).observe(pane.canvas);
  }
}

// Labels first, then the image; what is nearest to the shown slice before the rest.
async function load() {
  const queue = [stacks.model, stacks.reference, stacks.image].filter(Boolean);
  const total = queue.reduce((sum, stack) => sum + stack.packed.chunks, 0);
  let last = performance.now();
  await stacks.image.loadNear(view.index[2]);
  for (const stack of queue) {
    while (await stack.loadNear(view.index[2])) {
      const left = queue.reduce((sum, one) => sum + one.waiting.size, 0);
      $('progress').textContent = `Unpacking ${Math.round((1 - left / total) * 100)} %`;
      if (performance.now() - last < 400) continue;
      showLoaded();
      last = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  showLoaded();
  $('progress').textContent = '';
  document.documentElement.dataset.loaded = 'true';
  fillPrint();
}

function showLoaded() {
  refresh('all');
}

const reviewed = document.querySelector('.review');
if (reviewed) $('review').replaceChildren(reviewForm(reviewed.dataset.run, 2));

startTheme();
startControls();
startKeys();
startPanes();
startPrint();
refresh('all');
load().catch((error) => {
  $('progress').textContent = `The pictures could not be unpacked: ${error.message}. Try a newer browser.`;
  throw error;
});
