// The commands that put a verdict into the audit. A page cannot write: it shows them to be copied.

// A word that a POSIX shell takes as it stands.
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// The output tree that a page lies in, `levels` folders up; empty where the page was not opened from a disk.
function outputTree(levels) {
  if (location.protocol !== 'file:') return '';
  let path;
  try {
    path = decodeURIComponent(location.pathname);
  } catch {
    return '';
  }
  const names = path.split('/').slice(0, -1 - levels);
  return /[\u0000-\u001f\u007f]/.test(path) ? '' : names.join('/') || '/';
}

function copyButton(text) {
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', className: 'quiet', textContent: 'Copy' });
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(button.previousSibling);
    }
  });
  return button;
}

function textField(name, placeholder) {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type: 'text', placeholder, maxLength: 1000, autocomplete: 'off' });
  label.className = 'field';
  label.append(Object.assign(document.createElement('span'), { textContent: name }), input);
  return [label, input];
}

// Fields for a note and a name, and the two commands, which follow what is typed.
function reviewForm(run, levels) {
  const [noteField, note] = textField('Note', 'why');
  const [nameField, name] = textField('By', 'your name');
  const form = document.createElement('div');
  form.className = 'review-form';
  form.append(noteField, nameField);
  const tree = outputTree(levels);
  const command = (word) => {
    const parts = ['vigil audit review', run, word];
    if (note.value) parts.push('--note', quoted(note.value));
    if (name.value) parts.push('--by', quoted(name.value));
    if (tree) parts.push('--output', quoted(tree));
    return parts.join(' ');
  };
  for (const [word, title] of [['accept', 'Accept'], ['reject', 'Reject']]) {
    const code = document.createElement('code');
    const line = document.createElement('p');
    line.className = 'command';
    const button = copyButton(() => command(word));
    button.setAttribute('aria-label', `Copy the command to ${word} run ${run}`);
    line.append(Object.assign(document.createElement('span'), { className: `badge ${word}ed`, textContent: title }), code, button);
    const show = () => { code.textContent = command(word); };
    note.addEventListener('input', show);
    name.addEventListener('input', show);
    show();
    form.append(line);
  }
  return form;
}
