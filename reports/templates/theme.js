// Before anything is painted: a theme that was chosen earlier, and word that the page's script will run.
(() => {
  const root = document.documentElement;
  root.classList.add('scripted');
  try {
    const theme = localStorage.getItem('rustworthy-theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  } catch {
    // Nothing is remembered where the browser doesn't allow it.
  }
})();
