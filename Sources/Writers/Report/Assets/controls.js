// Buttons, sliders and lists, kept in step with the view.

const $ = (id) => document.getElementById(id);

function setOutput(input, text) {
  input.parentElement.querySelector('output').textContent = text;
}

function check(name, value) {
  const input = document.querySelector(`input[name="${name}"][value="${value}"]`);
  if (input) input.checked = true;
}

// Brings every control to what the view says.
function showControls() {
  check('plane', view.large);
  check('mode', view.mode);
  check('style', view.style);
  $('panes').dataset.large = view.large;
  $('opacity').value = Math.round(view.opacity * 100);
  setOutput($('opacity'), `${Math.round(view.opacity * 100)} %`);
  $('preset').value = view.preset;
  $('level').value = view.window.level;
  $('width').value = view.window.width;
  setOutput($('level'), numberText(view.window.level));
  setOutput($('width'), numberText(view.window.width));
  $('crosshair').checked = view.crosshair;
  $('smooth').checked = view.smooth;
  if ($('legend')) $('legend').hidden = view.mode !== 'difference';
  if ($('dashes')) $('dashes').hidden = view.mode !== 'both';
  for (const box of document.querySelectorAll('#labels input')) box.checked = !view.hidden.has(Number(box.dataset.code));
}

function setWindow(level, width, preset = -1) {
  const span = Math.max(highest - lowest, 1e-6);
  view.window = { level: clamp(level, lowest - span, highest + span), width: clamp(width, span / 4096, 2 * span) };
  view.preset = preset;
  refresh('image');
}

function setPreset(number) {
  const choice = data.windows[number];
  if (choice) setWindow(choice.level, choice.width, number);
}

function setStyle(style) {
  if (style !== 'none') view.lastStyle = style;
  view.style = style;
  refresh('overlay');
}

function setMode(mode) {
  if (modes.includes(mode)) view.mode = mode;
  if (view.style === 'none') view.style = view.lastStyle;
  refresh('overlay');
}

function setOpacity(value) {
  view.opacity = clamp(value, 0, 1);
  refresh('place');
}

function setLarge(number) {
  view.large = number;
  refresh('place');
}

// The slice of the large plane on which model and mask differ most.
function goToWorst() {
  const plane = data.planes[view.large];
  const counts = data.profile.different[plane.normal];
  const most = counts ? Math.max(...counts) : 0;
  if (!most) return;
  view.index[plane.normal] = counts.indexOf(most);
  setMode('difference');
}

function resetView() {
  view.index = data.opening.slice();
  for (const pane of panes) [pane.zoom, pane.pan] = [1, [0, 0]];
  setPreset(0);
  refresh('place');
}

function startWindowControls() {
  const span = Math.max(highest - lowest, 1e-6);
  const presets = [...data.windows.map((choice, n) => new Option(choice.name, n)), new Option('Own', -1)];
  $('preset').replaceChildren(...presets);
  Object.assign($('level'), { min: lowest, max: highest });
  Object.assign($('width'), { min: span / 1000, max: span });
  $('preset').addEventListener('change', () => setPreset(Number($('preset').value)));
  $('level').addEventListener('input', () => setWindow(Number($('level').value), view.window.width));
  $('width').addEventListener('input', () => setWindow(view.window.level, Number($('width').value)));
}

function startLabelList() {
  $('labels').addEventListener('change', (event) => {
    const code = Number(event.target.dataset.code);
    if (event.target.checked) view.hidden.delete(code);
    else view.hidden.add(code);
    refresh('overlay');
  });
  for (const button of document.querySelectorAll('[data-all]')) {
    button.addEventListener('click', () => {
      for (const box of document.querySelectorAll('#labels li:not([hidden]) input')) {
        if (button.dataset.all === 'true') view.hidden.delete(Number(box.dataset.code));
        else view.hidden.add(Number(box.dataset.code));
      }
      refresh('overlay');
    });
  }
  $('label-filter')?.addEventListener('input', (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const item of document.querySelectorAll('#labels li')) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  });
}

function startControls() {
  const onChoice = (name, act) => {
    for (const input of document.querySelectorAll(`input[name="${name}"]`)) input.addEventListener('change', () => act(input.value));
  };
  onChoice('plane', (value) => setLarge(Number(value)));
  onChoice('mode', setMode);
  onChoice('style', setStyle);
  $('opacity').addEventListener('input', () => setOpacity(Number($('opacity').value) / 100));
  $('crosshair').addEventListener('change', () => { view.crosshair = $('crosshair').checked; refresh('place'); });
  $('smooth').addEventListener('change', () => { view.smooth = $('smooth').checked; refresh('place'); });
  $('reset').addEventListener('click', resetView);
  $('worst')?.addEventListener('click', goToWorst);
  $('help-button').addEventListener('click', toggleHelp);
  startWindowControls();
  startLabelList();
}

function toggleHelp() {
  const isHidden = !$('help').hidden;
  $('help').hidden = isHidden;
  $('help-button').setAttribute('aria-expanded', String(!isHidden));
}
