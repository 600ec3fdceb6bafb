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

const mostChips = 3;

function chips(run) {
  if (run.why) return make('span', 'why', run.why);
  const shown = labelsAsked(run).slice(0, mostChips).map((label) => make('span', 'chip', `${label.n} `, make('b', '', volumeText(label.v))));
  const more = labelsAsked(run).length - shown.length;
  return make('span', 'chips', ...shown, more > 0 ? make('span', 'chip', `+${more}`) : null);
}

function figures(run) {
  const dice = askedDice(run);
  const parts = [];
  if (dice !== Infinity) parts.push(make('span', 'figure', make('small', '', 'lowest Dice'), meter(dice, dice.toFixed(3), 'Lowest Dice of the labels')));
  if (run.trust) parts.push(make('span', 'figure', make('small', '', 'trust'), meter(run.trust.s, run.trust.s.toFixed(2), run.trust.r.join(' '))));
  return make('span', 'figures', ...parts);
}

function badges(run) {
  const outcome = make('span', `badge ${run.out}`, run.out);
  const review = run.rev ? make('span', `badge ${run.rev.v}`, run.rev.v) : null;
  return make('span', 'badges', outcome, review);
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
