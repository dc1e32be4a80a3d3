// Bring new data onto the map as it stands, where the reader looks; the panel waits to be asked.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const { news } = riskatlas;
  const TOGETHER_MS = 300;
  // A thousand screens do not ask in the same moment.
  const LATEST_MS = 700;
  const OF_THE_PLACE = ["ring-casing", "ring", "routes-casing", "routes", "grid_units"];
  const moved = new Set();
  let sources = {};
  let waiting = 0;
  let round = 0;

  const set = (layer, properties) =>
    window.dash_clientside.set_props(`layer-${layer}`, properties);

  // What stands behind # is not asked for: the browser's copy is revalidated, the layer drawn anew.
  function refetch(name) {
    set(name, { url: `${riskatlas.featuresAt(`${name}.geojson`)}#${round}` });
  }

  async function fetchFeatures(path) {
    const answer = await fetch(riskatlas.featuresAt(path));
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  async function refetchPlace() {
    const { place } = riskatlas;
    const found = await riskatlas.ofPlace(place, fetchFeatures);
    if (riskatlas.place !== place) return;
    OF_THE_PLACE.forEach((layer, at) => set(layer, { data: found[at] }));
  }

  async function refresh() {
    waiting = 0;
    round += 1;
    const tables = new Set(moved);
    moved.clear();
    const isOf = (name) => (sources[name] || []).some((table) => tables.has(table));
    [...riskatlas.fetched].filter(isOf).forEach(refetch);
    if (isOf("basemap") && riskatlas.redrawBase) riskatlas.redrawBase();
    if (riskatlas.map) riskatlas.redrawTiled(riskatlas.map, isOf);
    const ofPlace = ["towns", "villages", "grid_units", "routes"];
    const { place } = riskatlas;
    const hasNone = !place || (place.level === "district" && !place.is_desk);
    if (hasNone || !ofPlace.some(isOf)) return;
    try {
      await refetchPlace();
    } catch (_fault) {
      // What was drawn stays, and is asked for again in a while.
      tables.forEach((table) => moved.add(table));
      refreshSoon(10 * TOGETHER_MS);
    }
  }

  function refreshSoon(wait = TOGETHER_MS) {
    waiting = waiting || window.setTimeout(refresh, wait + Math.random() * LATEST_MS);
  }

  // The page's content is asked for again at its own address: map and view stay.
  function showPanel() {
    news.say("fresh", null);
    window.dash_clientside.set_props("_pages_location", { search: window.location.search });
  }

  // An editor asks for its own news, and must not be begun anew under somebody's hands.
  function offer() {
    if (document.querySelector("[data-route-editor]")) return;
    const { fresh, show } = document.querySelector("[data-news]").dataset;
    news.say("fresh", [fresh], news.button(show, showPanel));
  }

  news.on("begun", ({ sources: given }) => (sources = JSON.parse(given)));
  // What is reported is shown by the desk of reports itself, and links of wall screens by no page.
  const BY_ITSELF = ["report", "screen"];
  news.on("moved", (all) => {
    const layers = all.filter((layer) => !BY_ITSELF.includes(layer));
    if (layers.length === 0) return;
    layers.forEach((layer) => moved.add(layer));
    refreshSoon();
    offer();
  });
  riskatlas.offerFresh = offer;
})();
