// Sets the index going.

function toggleFilters(open) {
  $('filters').hidden = !open;
  $('more').setAttribute('aria-expanded', String(open));
}

function startFilters() {
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 60);
  };
  for (const id of filterIds) $(id).addEventListener('input', soon);
  for (const input of document.querySelectorAll('input[name="tab"]')) {
    input.addEventListener('change', () => {
      $('sort').value = input.value === 'queue' ? 'trust' : 'new';
      ask();
    });
  }
  $('more').addEventListener('click', () => toggleFilters($('filters').hidden));
  $('clear').addEventListener('click', () => {
    for (const id of filterIds) $(id).value = id === 'sort' ? 'new' : '';
    document.querySelector('input[name="tab"][value="all"]').checked = true;
    ask();
  });
}

function startList() {
  let frame = 0;
  const later = () => { if (!frame) frame = requestAnimationFrame(() => { frame = 0; showRows(); }); };
  window.addEventListener('scroll', later, { passive: true });
  window.addEventListener('resize', layOut);
  $('list').addEventListener('click', (event) => {
    const element = event.target.closest('.row');
    if (!element) return;
    const place = Number(element.dataset.place);
    if (event.target.closest('button')) showDetails(list.runs[place]);
    else if (!event.target.closest('a')) choose(place);
  });
}

const listKeys = {
  ArrowDown: () => choose(list.chosen + 1),
  ArrowUp: () => choose(list.chosen - 1),
  j: () => choose(list.chosen + 1),
  k: () => choose(list.chosen - 1),
  Home: () => choose(0),
  End: () => choose(list.runs.length - 1),
  Enter: () => { const run = list.runs[list.chosen]; if (run?.href) location.href = run.href; },
  d: () => { if (list.runs.length) showDetails(list.runs[list.chosen]); },
  '/': () => $('search').focus(),
};

function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $('details').open) return;
    if (event.key === 'Escape' && event.target === $('search')) return void $('search').blur();
    if (event.target.matches('input, select, button, a')) return;
    const act = listKeys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

startTheme();
fillChoices();
readAddress();
toggleFilters(filterIds.slice(2).some((id) => $(id).value));
startFilters();
startList();
startKeys();
startPrint();
ask();
performance.mark('rows');

// The pictures stand behind this script.
document.addEventListener('DOMContentLoaded', () => {
  readThumbnails();
  showRows(true);
  document.documentElement.dataset.loaded = 'true';
});
