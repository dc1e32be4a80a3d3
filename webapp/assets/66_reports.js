// Open the desk of reports where a page has a seat for it; its parts are loaded on that page alone.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const PARTS = ["10_server", "15_marks", "20_card", "22_extent", "25_routes", "30_desk"].map((name) => `report_desk/${name}.js`);
  let loaded = null;
  let open = null;
  let waiting = 0;

  function load(path) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: `/assets/${path}`, async: false, onload: resolve, onerror: reject });
      document.head.append(script);
    });
  }

  function loadParts() {
    if (loaded) return loaded;
    const sheet = document.createElement("link");
    Object.assign(sheet, { rel: "stylesheet", href: "/assets/report_desk/desk.css" });
    document.head.append(sheet);
    loaded = Promise.all(PARTS.map(load));
    return loaded;
  }

  async function look() {
    waiting = 0;
    const seat = document.querySelector("[data-report-desk]");
    if (open && open.seat !== seat) {
      if (open.desk) open.desk.close();
      open = null;
    }
    if (!seat || open) return;
    const mine = (open = { seat, desk: null });
    await loadParts();
    const map = await riskatlas.ready;
    if (open === mine) mine.desk = riskatlas.openReportDesk(seat, map);
  }

  new MutationObserver(() => {
    waiting = waiting || window.setTimeout(look, 30);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
