// All there is on one run, and the commands that put a review into the audit.

function labelTable(run) {
  if (!run.labels.length) return null;
  const head = make('tr', '', make('th', '', 'Label'), make('th', '', 'Volume'), make('th', '', 'Dice'));
  const rows = run.labels.map((label) => make('tr', '', make('td', '', label.n), make('td', '', volumeText(label.v)), make('td', '', label.d?.toFixed(3) ?? '')));
  return make('div', 'wide', make('table', '', make('thead', '', head), make('tbody', '', ...rows)));
}

function facts(run) {
  const list = make('dl', 'facts');
  const fact = (key, text) => { if (text) list.append(make('dt', '', key), make('dd', '', text)); };
  fact('Run', run.id);
  fact('Rule', run.rule);
  fact('Scan', [run.mod, run.date].filter(Boolean).join(', '));
  fact('Started (UTC)', stamp(run.at));
  fact('Took', durationText(run.sec));
  fact('Outcome', run.out);
  fact('Why', run.why);
  if (run.trust) fact('Trust', [`${run.trust.v}.`, run.trust.s !== undefined && `A Dice of about ${run.trust.s.toFixed(2)} is to be expected.`, run.trust.h && 'Held until it is reviewed.', ...run.trust.r].filter(Boolean).join(' '));
  if (run.rev) fact('Verdict', [`${run.rev.v}${run.rev.by ? ` by ${run.rev.by}` : ''}, ${stamp(run.rev.t)} UTC.`, run.rev.n].filter(Boolean).join(' '));
  return list;
}

// A run's number goes into a command only where no shell can misread it.
function reviewCommands(run) {
  if (run.out !== 'segmented' || !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(run.id)) return [];
  return [
    make('h3', '', 'Your verdict'),
    make('p', 'hint', 'A page cannot write. These commands put your verdict on record; load the page again afterwards.'),
    reviewForm(run.id, 0),
  ];
}

function showDetails(run) {
  const dialog = $('details');
  const heading = make('h2', '', run.desc || run.rule || `run ${run.id}`);
  heading.id = 'details-title';
  const close = make('button', 'quiet', 'Close');
  close.type = 'button';
  close.addEventListener('click', () => dialog.close());
  let open = null;
  if (run.href) {
    open = make('a', 'open', 'Open report');
    open.href = run.href;
  }
  dialog.replaceChildren(make('div', 'top', heading, close), ...[open, facts(run), labelTable(run), ...reviewCommands(run)].filter(Boolean));
  dialog.showModal();
}
