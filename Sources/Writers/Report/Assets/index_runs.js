// The runs, and what is derived from them once.

const $ = (id) => document.getElementById(id);

const runs = JSON.parse($('runs').textContent);

for (const run of runs) {
  run.text = [run.id, run.rule, run.desc, run.mod, run.date, run.out, run.why, run.rev?.v, run.rev?.n, run.rev?.by, run.trust?.v, ...(run.trust?.r ?? [])].filter(Boolean).join(' ').toLowerCase();
  const dices = run.labels.map((label) => label.d).filter((dice) => dice !== undefined);
  run.lowest = dices.length ? Math.min(...dices) : undefined;
  run.volume = run.labels.reduce((sum, label) => sum + label.v, 0);
}

// Small pictures by run: addresses are made only for those that come into sight.
const thumbnails = new Map();

function readThumbnails() {
  for (const line of $('thumbnails').textContent.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) thumbnails.set(line.slice(0, space), line.slice(space + 1));
  }
  $('thumbnails').remove();
}

function thumbnailOf(run) {
  const token = btoa(String.fromCharCode(...new TextEncoder().encode(run.id)));
  const base64 = thumbnails.get(token);
  return base64 ? `data:image/png;base64,${base64}` : null;
}

// UTC, as everywhere in the audit.
const stamp = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ');

function durationText(seconds) {
  if (seconds === undefined) return '';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
}

const volumeText = (millilitres) => `${millilitres.toFixed(millilitres < 0.1 ? 3 : 2)} ml`;
