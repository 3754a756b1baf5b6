'use strict';

// The theme: the system's, unless the other one is chosen.
(() => {
  const root = document.documentElement;
  const button = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const systems = () => (system.matches ? 'dark' : 'light');
  const other = { light: 'dark', dark: 'light' };
  const current = () => root.dataset.theme ?? systems();
  const label = () => {
    button.textContent = current() === 'dark' ? 'Light theme' : 'Dark theme';
  };
  button.addEventListener('click', () => {
    const next = other[current()];
    try {
      if (next === systems()) localStorage.removeItem('rustworthy-theme');
      else localStorage.setItem('rustworthy-theme', next);
    } catch {
      // It holds for this visit.
    }
    if (next === systems()) delete root.dataset.theme;
    else root.dataset.theme = next;
    label();
  });
  system.addEventListener('change', label);
  label();
  button.hidden = false;
})();

// The table of speedups: sorted, filtered and opened as the address says.
(() => {
  const table = document.getElementById('rows');
  if (!table) return;
  const byId = (id) => document.getElementById(id);
  const [find, verdict, way, more] = ['find', 'verdict', 'way', 'more'].map(byId);
  const body = table.tBodies[0];
  // Rows of the other body are shown when asked for.
  const first = body.rows.length / 2;
  const entries = Array.from(table.querySelectorAll('tr.row'), (row, place) => ({ row, place, detail: row.nextElementSibling }));
  const headings = Array.from(table.tHead.rows[0].cells, (cell, column) => ({ cell, column, key: cell.dataset.sort }));
  const NUMBERS = ['time', 'speedup', 'p99', 'memory'];
  let state = read();
  let isUntouched = true;

  /** What the address asks for. Anything else in it is an anchor. */
  function read() {
    const asked = new URLSearchParams(location.hash.includes('=') ? location.hash.slice(1) : '');
    const sort = asked.get('sort') ?? '';
    return {
      sort: sort.replace(/^-/, ''),
      descending: sort.startsWith('-'),
      find: asked.get('find') ?? '',
      verdict: asked.get('verdict') ?? '',
      way: asked.get('way') ?? '',
      all: asked.has('all'),
      open: new Set(asked.getAll('open')),
    };
  }

  function write() {
    const told = new URLSearchParams();
    if (state.sort) told.set('sort', (state.descending ? '-' : '') + state.sort);
    for (const key of ['find', 'verdict', 'way']) if (state[key]) told.set(key, state[key]);
    if (state.all) told.set('all', '1');
    for (const key of state.open) told.append('open', key);
    const hash = told.toString();
    history.replaceState(null, '', hash ? `#${hash}` : location.href.split('#')[0]);
  }

  /** What an entry is sorted by; unknown numbers are last either way. */
  function value(entry, heading) {
    if (!NUMBERS.includes(heading.key)) return entry.row.cells[heading.column].textContent.toLowerCase();
    return entry.row.dataset[heading.key] === undefined ? null : Number(entry.row.dataset[heading.key]);
  }

  function sorted(chosen) {
    const heading = headings.find(({ key }) => key && key === state.sort);
    if (!heading) return chosen;
    const way = state.descending ? -1 : 1;
    const values = new Map(chosen.map((entry) => [entry, value(entry, heading)]));
    return chosen.sort((a, b) => {
      const [one, other] = [values.get(a), values.get(b)];
      if (one === other) return a.place - b.place;
      if (one === null || other === null) return one === null ? 1 : -1;
      return one < other ? -way : way;
    });
  }

  function chosen() {
    const words = state.find.toLowerCase().split(/\s+/).filter(Boolean);
    return entries.filter((entry) => {
      const { row } = entry;
      if (state.verdict && row.dataset.verdict !== state.verdict) return false;
      if (state.way && row.dataset.way !== state.way) return false;
      entry.text ??= words.length ? row.textContent.toLowerCase() : undefined;
      return words.every((word) => entry.text.includes(word));
    });
  }

  /** Makes the name of a row the button that opens it. */
  function dress(entry) {
    if (entry.button) return;
    const cell = entry.row.querySelector('th');
    entry.button = document.createElement('button');
    entry.button.type = 'button';
    entry.button.className = 'opens';
    entry.button.setAttribute('aria-controls', entry.detail.id);
    entry.button.append(...cell.childNodes);
    cell.append(entry.button);
  }

  /**
   * What there is to say of a row stands in a noscript element: text to the browser until it's asked for, since a
   * million elements would take seconds to load. It's the page's own, with every name in it escaped.
   */
  function fill(entry) {
    const text = entry.detail.querySelector('noscript');
    if (!text) return;
    const told = new DOMParser().parseFromString(text.textContent, 'text/html').querySelector('details');
    told.querySelector('summary').remove();
    text.replaceWith(...told.childNodes);
    // The page has every piece of code once; rows show copies of it.
    for (const link of entry.detail.querySelectorAll('.codes a')) {
      const code = document.querySelector(link.hash).cloneNode(true);
      code.removeAttribute('id');
      link.replaceWith(link.textContent, code);
    }
  }

  function showOpen(entry) {
    const isOpen = state.open.has(entry.row.dataset.key);
    if (isOpen) fill(entry);
    entry.button.setAttribute('aria-expanded', String(isOpen));
    entry.detail.classList.toggle('open', isOpen);
  }

  function toggle(entry) {
    const { key } = entry.row.dataset;
    if (!state.open.delete(key)) state.open.add(key);
    showOpen(entry);
    write();
  }

  function show() {
    const found = sorted(chosen());
    const limit = state.all ? found.length : first;
    const shown = found.filter((entry, place) => place < limit || state.open.has(entry.row.dataset.key));
    for (const entry of shown) {
      dress(entry);
      showOpen(entry);
    }
    const isAsServed = isUntouched && !state.sort && found.length === entries.length && shown.length === Math.min(first, entries.length);
    if (!isAsServed) {
      isUntouched = false;
      for (const other of Array.from(table.tBodies).slice(1)) other.remove();
      const rows = document.createDocumentFragment();
      for (const entry of shown) rows.append(entry.row, entry.detail);
      body.replaceChildren(rows);
    }
    for (const { cell, key } of headings) {
      if (key === state.sort) cell.setAttribute('aria-sort', state.descending ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    }
    find.value = state.find;
    verdict.value = state.verdict;
    way.value = state.way;
    more.hidden = shown.length === found.length;
    more.textContent = `Show all ${found.length.toLocaleString('en')} rows`;
    const of = found.length === entries.length ? '' : ` of ${entries.length.toLocaleString('en')}`;
    byId('shown').textContent = `${found.length.toLocaleString('en')}${of} rows`;
  }

  function change(changes) {
    Object.assign(state, changes);
    show();
    write();
  }

  for (const heading of headings) {
    const { cell, key } = heading;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sorts';
    button.append(...cell.childNodes);
    cell.append(button);
    // Large speedups first, small everything else; then the other way; then as it was.
    button.addEventListener('click', () => {
      const down = key === 'speedup';
      if (state.sort !== key) change({ sort: key, descending: down });
      else if (state.descending === down) change({ descending: !down });
      else change({ sort: '', descending: false });
    });
  }
  const entryOf = new Map(entries.map((entry) => [entry.row, entry]));
  table.addEventListener('click', (event) => {
    const entry = entryOf.get(event.target.closest('tr'));
    const isSelecting = String(getSelection()) !== '';
    if (entry?.button && (event.target.closest('.opens') || !isSelecting)) toggle(entry);
  });
  find.addEventListener('input', () => change({ find: find.value }));
  verdict.addEventListener('change', () => change({ verdict: verdict.value }));
  way.addEventListener('change', () => change({ way: way.value }));
  more.addEventListener('click', () => change({ all: true }));
  byId('reset').addEventListener('click', () => change({ sort: '', descending: false, find: '', verdict: '', way: '', all: false, open: new Set() }));
  addEventListener('hashchange', () => {
    if (!location.hash.includes('=')) return;
    state = read();
    show();
  });

  show();
  byId('controls').hidden = false;
  if (location.hash.includes('=')) {
    const target = entries.find(({ row }) => row.isConnected && state.open.has(row.dataset.key))?.row ?? byId('speedups');
    target.scrollIntoView({ block: target.matches('tr') ? 'center' : 'start' });
  }
})();
