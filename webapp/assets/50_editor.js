// Open the route editor where a page has a seat for it; its parts are loaded on that page alone.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const PARTS = [
    "vendor/geoman/leaflet-geoman.min.js", "editor/10_line.js", "editor/20_server.js",
    "editor/30_words.js", "editor/40_canvas.js", "editor/50_drawer.js", "editor/60_versions.js",
    "editor/70_session.js", "editor/80_changing.js", "editor/85_beginning.js", "editor/90_deciding.js",
    "editor/95_company.js",
  ];
  let loaded = null;
  let open = null;
  let waiting = 0;

  function load(path) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `/assets/${path}`;
      script.async = false;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${path} did not load`));
      document.head.appendChild(script);
    });
  }

  function loadParts() {
    if (loaded) return loaded;
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = "/assets/vendor/geoman/leaflet-geoman.css";
    document.head.prepend(sheet);
    loaded = Promise.all(PARTS.map(load));
    return loaded;
  }

  async function begin(seat, mine) {
    await loadParts();
    const map = await riskatlas.ready;
    if (open === mine) mine.session = riskatlas.editor.start(seat, map);
  }

  function look() {
    waiting = 0;
    const seat = document.querySelector("[data-route-editor]");
    const code = seat ? seat.dataset.routeEditor : null;
    if (open && (open.code !== code || !open.seat.isConnected)) {
      if (open.session) open.session.close();
      open = null;
    }
    if (seat && !open) {
      open = { code, seat, session: null };
      begin(seat, open);
    }
  }

  new MutationObserver(() => {
    waiting = waiting || window.setTimeout(look, 30);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
