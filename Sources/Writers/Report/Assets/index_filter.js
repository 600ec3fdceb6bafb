// What is asked for: the controls, kept in the page's address so that a question can be bookmarked.

const filterIds = ['search', 'sort', 'rule', 'outcome', 'from', 'to', 'label', 'least', 'most', 'dice', 'trust', 'verdict', 'review'];

const tabNow = () => document.querySelector('input[name="tab"]:checked').value;

const needsReview = (run) => run.out === 'segmented' && !run.rev;

const tabs = {
  all: () => true,
  queue: needsReview,
  problems: (run) => run.out !== 'segmented',
};

function numberIn(id) {
  const text = $(id).value.trim();
  return text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

// One test for each control that asks for something.
function tests() {
  const list = [tabs[tabNow()]];
  const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length) list.push((run) => words.every((word) => run.text.includes(word)));
  if ($('rule').value) list.push((run) => run.rule === $('rule').value);
  if ($('outcome').value) list.push((run) => run.out === $('outcome').value);
  if ($('review').value) list.push((run) => (run.rev?.v ?? 'none') === $('review').value);
  return [...list, ...dateTests(), ...figureTests()];
}

function dateTests() {
  const list = [];
  const day = 86400000;
  const from = Date.parse($('from').value);
  const to = Date.parse($('to').value);
  if (!Number.isNaN(from)) list.push((run) => run.at >= from);
  if (!Number.isNaN(to)) list.push((run) => run.at < to + day);
  return list;
}

// The labels that volume and Dice are asked of.
function labelsAsked(run) {
  const name = $('label').value;
  return name ? run.labels.filter((label) => label.n === name) : run.labels;
}

function figureTests() {
  const list = [];
  const [least, most, dice, trust] = ['least', 'most', 'dice', 'trust'].map(numberIn);
  if ($('label').value) list.push((run) => labelsAsked(run).length > 0);
  if (least !== undefined) list.push((run) => labelsAsked(run).some((label) => label.v >= least));
  if (most !== undefined) list.push((run) => labelsAsked(run).some((label) => label.v <= most));
  if (least !== undefined && most !== undefined) list.push((run) => labelsAsked(run).some((label) => label.v >= least && label.v <= most));
  if (dice !== undefined) list.push((run) => labelsAsked(run).some((label) => label.d !== undefined && label.d < dice));
  if (trust !== undefined) list.push((run) => run.trust?.s !== undefined && run.trust.s < trust);
  const verdict = $('verdict').value;
  if (verdict === 'held') list.push((run) => run.trust?.h && !run.rev);
  else if (verdict) list.push((run) => (run.trust?.v ?? 'none') === verdict);
  return list;
}

const askedVolume = (run) => labelsAsked(run).reduce((sum, label) => sum + label.v, 0);

const askedDice = (run) => labelsAsked(run).reduce((least, label) => Math.min(least, label.d ?? Infinity), Infinity);

// Worst first: by the word, then by the Dice to expect. Where none can be foretold the word is taken at its worst; what was never
// judged comes after all that was.
const verdicts = ['poor', 'doubtful', 'good'];
const distrust = (run) => (run.trust ? verdicts.indexOf(run.trust.v) * 2 + (run.trust.s ?? 0) : Infinity);

// Smaller comes first; what has no figure comes last; equals stay newest first.
const sorts = {
  old: (run) => run.at,
  trust: distrust,
  dice: askedDice,
  large: (run) => (labelsAsked(run).length ? -askedVolume(run) : Infinity),
  small: (run) => (labelsAsked(run).length ? askedVolume(run) : Infinity),
  slow: (run) => (run.sec === undefined ? Infinity : -run.sec),
};

function matchingRuns() {
  const asked = tests();
  const found = runs.filter((run) => asked.every((test) => test(run)));
  const key = sorts[$('sort').value];
  if (!key) return found;
  return found.map((run) => [key(run), run]).sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)).map(([, run]) => run);
}

function writeAddress() {
  const parts = new URLSearchParams();
  if (tabNow() !== 'all') parts.set('tab', tabNow());
  for (const id of filterIds) if ($(id).value && !(id === 'sort' && $(id).value === 'new')) parts.set(id, $(id).value);
  const text = parts.toString();
  history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
}

function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const tab = document.querySelector(`input[name="tab"][value="${CSS.escape(parts.get('tab') ?? 'all')}"]`);
  if (tab) tab.checked = true;
  for (const id of filterIds) if (parts.has(id)) $(id).value = parts.get(id);
  if (!$('sort').value) $('sort').value = 'new';
}

function fillChoices() {
  const choices = (id, values, any) => $(id).replaceChildren(new Option(any, ''), ...values.map((value) => new Option(value, value)));
  const different = (list) => [...new Set(list)].filter(Boolean).sort();
  choices('rule', different(runs.map((run) => run.rule)), 'any');
  choices('outcome', different(runs.map((run) => run.out)), 'any');
  choices('label', different(runs.flatMap((run) => run.labels.map((label) => label.n))), 'any');
}
