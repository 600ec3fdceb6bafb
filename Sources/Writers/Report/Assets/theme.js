// The colour theme: the system's, or light or dark by choice. Remembered where the browser lets a file remember.

const themes = ['auto', 'light', 'dark'];

function storedTheme() {
  try {
    const theme = localStorage.getItem('vigil-theme');
    return themes.includes(theme) ? theme : 'auto';
  } catch {
    return 'auto';
  }
}

function applyTheme(theme) {
  const button = document.getElementById('theme');
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  button.textContent = `Theme: ${theme}`;
  button.setAttribute('aria-label', `Colour theme: ${theme === 'auto' ? 'automatic' : theme}`);
  try {
    localStorage.setItem('vigil-theme', theme);
  } catch { /* a file may not be allowed to remember */ }
}

function startTheme() {
  let theme = storedTheme();
  applyTheme(theme);
  document.getElementById('theme').addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    applyTheme(theme);
  });
}
