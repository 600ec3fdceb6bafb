// One run as a row. Everything goes in as text, nothing as markup.

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function picture(run) {
  const source = thumbnailOf(run);
  if (!source) return make('div', 'thumb none', run.mod || '?');
  const image = make('img', 'thumb');
  image.alt = '';
  image.src = source;
  return image;
}

function meter(value, text, title) {
  const bar = make('span', 'meter');
  const fill = make('i', value >= 0.8 ? 'good' : value >= 0.6 ? 'middling' : 'poor');
  fill.style.width = `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%`;
  bar.append(fill);
  const element = make('span', 'metered', make('b', '', text), bar);
  element.title = title;
  return element;
}

// More do not fit into any row.
const mostChips = 8;

function chips(run) {
  if (run.why) return make('span', 'why', run.why);
  const labels = labelsAsked(run);
  const shown = labels.slice(0, mostChips).map((label) => make('span', 'chip', `${label.n} `, make('b', '', volumeText(label.v))));
  const more = make('span', 'chip more', `+${labels.length}`);
  const element = make('span', 'chips', ...shown, more);
  element.dataset.count = labels.length;
  element.title = labels.map((label) => `${label.n} ${volumeText(label.v)}`).join(', ');
  return element;
}

// Leaves of each row's labels those that fit whole, and says how many more there are; on paper rows are as high as their labels need. All is
// measured before anything is changed.
function fitChips(list, isPaper = false) {
  const fits = [...list.querySelectorAll('.chips')].map((element) => {
    const bottom = element.getBoundingClientRect().bottom + 0.5;
    const chips = [...element.children].slice(0, -1);
    const boxes = chips.map((chip) => chip.getBoundingClientRect());
    let shown = isPaper ? -1 : boxes.findIndex((box) => box.bottom > bottom);
    if (shown < 0) shown = chips.length;
    const total = Number(element.dataset.count);
    const room = element.getBoundingClientRect().right - (boxes[shown - 1]?.right ?? 0);
    // The last place goes to the number of those that are left out, unless it fits behind.
    if (!isPaper && shown < total && shown > 1 && room < 48) shown -= 1;
    return { element, chips, shown, total };
  });
  for (const { element, chips, shown, total } of fits) {
    chips.slice(shown).forEach((chip) => chip.remove());
    const more = element.lastElementChild;
    if (shown < total) more.textContent = `+${total - shown}`;
    else more.remove();
  }
}

function figures(run) {
  const dice = askedDice(run);
  const parts = [];
  if (dice !== Infinity) parts.push(make('span', 'figure', make('small', '', 'lowest Dice'), meter(dice, dice.toFixed(3), 'Lowest Dice of the labels')));
  if (run.trust) parts.push(trustFigure(run.trust));
  return make('span', 'figures', ...parts);
}

function trustFigure(trust) {
  const words = [trust.v, ...trust.r].join('. ');
  if (trust.s === undefined) {
    const word = make('b', `word ${trust.v}`, trust.v);
    word.title = words;
    return make('span', 'figure', make('small', '', 'trust'), word);
  }
  return make('span', 'figure', make('small', '', 'expected Dice'), meter(trust.s, trust.s.toFixed(3), words));
}

// How it ended, then what a person says of it; before that, what the program does.
function badges(run) {
  const badge = (name, title) => {
    const element = make('span', `badge ${name}`, name);
    if (title) element.title = title;
    return element;
  };
  const list = [badge(run.out)];
  if (run.rev) list.push(badge(run.rev.v, [run.rev.by, run.rev.n].filter(Boolean).join(': ')));
  else if (run.trust?.h) list.push(badge('held', 'Held by the rule until it is reviewed'));
  else if (run.trust) list.push(badge(run.trust.v, run.trust.r.join(' ')));
  return make('span', 'badges', ...list);
}

function title(run) {
  const text = run.desc || run.rule || `run ${run.id}`;
  if (!run.href) return make('span', 'name', text);
  const link = make('a', 'name', text);
  link.href = run.href;
  return link;
}

function row(run, place, count) {
  const about = [`run ${run.id}`, run.rule, run.mod, run.date].filter(Boolean).join(' \u00b7 ');
  const button = make('button', 'quiet', 'Details');
  button.type = 'button';
  button.dataset.place = place;
  button.setAttribute('aria-label', `Details of run ${run.id}`);
  const element = make(
    'div', 'row', picture(run), make('span', 'titles', title(run), make('small', '', about)), chips(run), figures(run), badges(run),
    make('span', 'when', make('span', '', stamp(run.at)), make('small', '', durationText(run.sec))), button,
  );
  element.setAttribute('role', 'listitem');
  element.setAttribute('aria-posinset', place + 1);
  element.setAttribute('aria-setsize', count);
  element.dataset.place = place;
  return element;
}
