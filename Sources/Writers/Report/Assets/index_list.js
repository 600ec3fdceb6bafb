// The list: only rows in sight exist, so ten thousand cost no more than twenty.

const list = { runs: [], chosen: 0, first: -1, last: -1 };

const rowHeight = () => parseFloat(getComputedStyle($('list')).getPropertyValue('--row')) || 84;

// Rows drawn above and below what is in sight.
const spare = 6;

function showRows(force = false) {
  const height = rowHeight();
  const top = -$('list').getBoundingClientRect().top;
  const first = Math.max(0, Math.floor(top / height) - spare);
  const last = Math.min(list.runs.length, Math.ceil((top + window.innerHeight) / height) + spare);
  if (!force && first === list.first && last === list.last) return;
  Object.assign(list, { first, last });
  const rows = [];
  for (let place = first; place < last; place++) {
    const element = row(list.runs[place], place, list.runs.length);
    element.style.top = `${place * height}px`;
    if (place === list.chosen) element.classList.add('chosen');
    rows.push(element);
  }
  const focused = document.activeElement?.closest?.('.row')?.dataset.place;
  const wasLink = document.activeElement?.tagName === 'A';
  $('list').replaceChildren(...rows);
  fitChips($('list'));
  if (focused !== undefined) $('list').querySelector(`.row[data-place="${focused}"] ${wasLink ? 'a' : 'button'}`)?.focus({ preventScroll: true });
}

function choose(place) {
  list.chosen = Math.min(Math.max(0, place), Math.max(0, list.runs.length - 1));
  const height = rowHeight();
  const top = $('list').getBoundingClientRect().top + list.chosen * height;
  // The tools stay at the top of the window where there is room.
  const tools = document.querySelector('.tools').getBoundingClientRect();
  const edge = Math.max(0, tools.top <= 0 ? tools.bottom : 0);
  if (top < edge) window.scrollBy(0, top - edge - 12);
  else if (top + height > window.innerHeight) window.scrollBy(0, top + height - window.innerHeight + 12);
  showRows(true);
}

// Paper gets the runs that are asked for, up to this many.
const mostOnPaper = 300;

function startPrint() {
  window.addEventListener('beforeprint', () => {
    const runs = list.runs.slice(0, mostOnPaper);
    $('list').replaceChildren(...runs.map((run, place) => row(run, place, list.runs.length)));
    fitChips($('list'), true);
    if (list.runs.length > mostOnPaper) $('totals').textContent += `; the first ${mostOnPaper} are printed`;
  });
  window.addEventListener('afterprint', () => {
    layOut();
    showTotals();
  });
}

// Gives the list the room of all its rows, which depends on the window's width.
function layOut() {
  $('list').style.height = `${list.runs.length * rowHeight()}px`;
  showRows(true);
}

function ask() {
  list.runs = matchingRuns();
  list.chosen = 0;
  $('list').hidden = list.runs.length === 0;
  $('nothing').hidden = list.runs.length > 0;
  layOut();
  showTotals();
  writeAddress();
}

function median(values) {
  const sorted = values.sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : undefined;
}

function showTotals() {
  const dice = median(list.runs.map(askedDice).filter((value) => value !== Infinity));
  const parts = [`${list.runs.length.toLocaleString('en')} of ${runs.length.toLocaleString('en')} runs`];
  if (dice !== undefined) parts.push(`median of the lowest Dice ${dice.toFixed(3)}`);
  $('totals').textContent = parts.join(', ');
  for (const input of document.querySelectorAll('input[name="tab"]')) {
    input.parentElement.querySelector('b').textContent = runs.filter(tabs[input.value]).length.toLocaleString('en');
  }
  const asked = filterIds.slice(2).filter((id) => $(id).value).length;
  $('more').querySelector('b').textContent = asked || '';
}
