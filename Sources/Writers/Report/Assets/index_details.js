// All there is on one run, and the commands that put a review into the audit.

function copyLine(command) {
  const button = make('button', 'quiet', 'Copy');
  button.type = 'button';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(button.previousSibling);
    }
  });
  return make('p', 'command', make('code', '', command), button);
}

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
  fact('Trust', run.trust && `${run.trust.s.toFixed(2)}. ${run.trust.r.join(' ')}`);
  fact('Review', run.rev && `${run.rev.v}, ${stamp(run.rev.t)}. ${run.rev.n}`);
  return list;
}

// A run's number goes into a command only where no shell can misread it.
function reviewCommands(run) {
  if (run.out !== 'segmented' || !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(run.id)) return [];
  return [
    make('h3', '', 'Review'),
    make('p', 'hint', 'These commands record the review in the audit; the page shows it afterwards.'),
    copyLine(`vigil audit review ${run.id} accept --note ""`),
    copyLine(`vigil audit review ${run.id} reject --note ""`),
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
