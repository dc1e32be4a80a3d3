// The village's map, kept on the phone; the cross in its middle is the place that is reported.
"use strict";
(function () {
  const { officer } = window;
  const { keep, say, element } = officer;
  const OK = 200;
  const SAME = 304;
  const MANY_DAYS = 7;
  const CLOSE = 17;
  const NAMES_FROM = 16;
  const MOVING_KEYS = /^(Arrow\w+|[-+=_])$/;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const filled = (line, fill, fillOpacity = 1) => ({ color: colour(line), weight: 1, fillColor: colour(fill), fillOpacity });
  const dot = (name, radius) => ({ color: colour("paper"), fillColor: colour(name), radius, weight: 1.5, fillOpacity: 1 });
  const looks = () => ({
    water: filled("base-bank", "base-water"),
    buildings: filled("base-road-casing", "base-built"),
    roads: { color: colour("base-village-line"), weight: 3 },
    grid_units: { color: colour("base-village-line"), weight: 0.8, dashArray: "2 4", fill: false },
    villages: { color: colour("base-town-line"), weight: 1.6, dashArray: "8 3 2 3", fill: false },
    hazard_sites: filled("mark-hazard-site", "mark-hazard-site", 0.25),
    routes: { color: colour("route-primary"), weight: 4 },
  });
  const marks = () => ({ hazard_sites: dot("mark-hazard-site", 7), shelters: dot("mark-shelter", 8),
    assembly_points: dot("mark-assembly-point", 7) });
  const ORDER = ["water", "buildings", "roads", "grid_units", "villages", "hazard_sites", "routes",
    "assembly_points", "shelters"];
  const told = new EventTarget();
  let map = null;
  let layers = [];
  let shown = null;
  let ring = null;
  let place = null;
  let isMovedByUs = false;
  let isByHand = false;
  let isFitted = false;

  const tell = () => told.dispatchEvent(new Event("changed"));

  function begin() {
    map = window.L.map("map", { zoomControl: false, attributionControl: false, preferCanvas: true, boxZoom: false,
      center: [31, 121], zoom: 15, maxZoom: 19, minZoom: 8 });
    window.L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    // From afar names lie on top of each other.
    const tellFar = () => map.getContainer().classList.toggle("is-far", map.getZoom() < NAMES_FROM);
    map.on("zoomend", tellFar);
    tellFar();
    hearHands();
    map.on("moveend", () => {
      if (isMovedByUs || !shown) return;
      if (isByHand) take(map.getCenter());
      else hold();
    });
    new ResizeObserver(resize).observe(map.getContainer());
    officer.map = map;
  }

  // Only fingers, a mouse and keys choose a place: whatever else moves the map chooses nothing.
  function hearHands() {
    const seat = map.getContainer();
    const quietly = { capture: true, passive: true };
    const byHand = () => (isByHand = true);
    map.on("drag", byHand);
    // What is let go may glide on, and another hand's work may end that.
    map.on("dragend", () => {
      if (shown) take(map.getCenter());
      byHand();
    });
    ["wheel", "dblclick"].forEach((kind) => seat.addEventListener(kind, byHand, quietly));
    seat.addEventListener("touchstart", ({ touches }) => touches.length > 1 && byHand(), quietly);
    seat.addEventListener("keydown", ({ key }) => MOVING_KEYS.test(key) && byHand(), quietly);
  }

  function take({ lng, lat }) {
    isByHand = false;
    place = { x: lng, y: lat, accuracy_m: null, source: "map" };
    tell();
  }

  // The cross stands on the place that is reported, however the page was turned.
  function hold() {
    if (place) look(() => map.setView([place.y, place.x], map.getZoom(), { animate: false }));
  }

  function resize() {
    const { clientWidth, clientHeight } = map.getContainer();
    if (!clientWidth || !clientHeight) return;
    look(() => map.invalidateSize({ animate: false }));
    if (!isFitted && shown && !place) fit();
    hold();
  }

  function look(act) {
    isByHand = false;
    isMovedByUs = true;
    try {
      act();
    } finally {
      isMovedByUs = false;
    }
  }

  // A map that is not seen has no size that anything would fit into.
  function fit() {
    const [west, south, east, north] = shown.bounds;
    const { clientWidth, clientHeight } = map.getContainer();
    isFitted = clientWidth > 0 && clientHeight > 0;
    if (isFitted) look(() => map.fitBounds([[south, west], [north, east]], { animate: false }));
  }

  function draw(pack) {
    layers.forEach((each) => each.remove());
    const [look_, mark] = [looks(), marks()];
    layers = ORDER.filter((name) => pack.layers[name]).map((name) =>
      window.L.geoJSON(pack.layers[name], {
        interactive: false,
        style: () => look_[name],
        pointToLayer: (_feature, at) => window.L.circleMarker(at, mark[name] || mark.hazard_sites),
      }).addTo(map));
    // Names are drawn by the browser's own text: nothing of them is markup.
    const named = [["shelters", pack.layers.shelters], ["assembly_points", pack.layers.assembly_points]];
    named.forEach(([, layer]) => (layer ? layer.features : []).forEach(({ geometry, properties }) => {
      const [x, y] = geometry.coordinates;
      const label = element("span", { textContent: properties.name });
      const icon = window.L.divIcon({ className: "name", html: label, iconSize: null });
      layers.push(window.L.marker([y, x], { icon, interactive: false, keyboard: false }).addTo(map));
    }));
  }

  function show(pack, { isSamePlace }) {
    shown = pack;
    draw(pack);
    // The cross stays on a place that is chosen.
    if (!isSamePlace && !place) fit();
    tell();
  }

  async function fetched(code, kept) {
    const answer = await officer.send("GET", `/api/report-villages/${encodeURIComponent(code)}`,
      { isLarge: true, known: kept && kept.etag });
    if (answer.status !== SAME && answer.status !== OK) return kept;
    // The same as before is as fresh as what is fetched anew.
    const found = answer.status === SAME ? kept : { code, etag: answer.etag, ...answer.json };
    const pack = { ...found, at: Date.now() };
    try {
      await keep.writePackage(pack);
    } catch (_fault) {
      // A phone without room shows it all the same, and fetches it again another time.
    }
    return pack;
  }

  // What is kept is shown at once; what is newer replaces it as soon as it comes.
  async function choose(code, { isSamePlace = false } = {}) {
    if (!code) return;
    await keep.note("village", code);
    const kept = await keep.package(code);
    if (kept) show(kept, { isSamePlace });
    try {
      const fresh = await fetched(code, kept);
      if (fresh && fresh !== kept) show(fresh, { isSamePlace: isSamePlace || Boolean(kept) });
    } catch (fault) {
      if (!(fault instanceof officer.Away)) throw fault;
    }
    if (!shown || shown.code !== code) {
      shown = null;
      layers.forEach((each) => each.remove());
      layers = [];
      tell();
    }
  }

  async function offer(villages) {
    const box = document.getElementById("village");
    const before = await keep.read("village");
    const isHers = villages.some(({ code }) => code === before);
    const chosen = isHers ? before : villages[0] && villages[0].code;
    const options = villages.map(({ code, name, town }) =>
      element("option", { value: code, textContent: town ? `${town} · ${name}` : name, selected: code === chosen }));
    box.replaceChildren(...options);
    // Who has one village has nothing to choose.
    box.closest(".row").hidden = villages.length < 2;
    await keep.note("villages", villages);
    if (chosen && (!shown || shown.code !== chosen)) await choose(chosen, { isSamePlace: place !== null });
  }

  function inside(ring_, x, y) {
    let isIn = false;
    for (let at = 0, last = ring_.length - 1; at < ring_.length; last = at, at += 1) {
      const [ax, ay] = ring_[at];
      const [bx, by] = ring_[last];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn;
    }
    return isIn;
  }

  // Whether the place lies in the village of the form; null where its border is not known.
  function isInVillage() {
    const layer = shown && shown.layers.villages;
    const found = layer && layer.features.find(({ properties }) => properties.code === shown.code);
    if (!found || !place) return null;
    const parts = found.geometry.type === "MultiPolygon" ? found.geometry.coordinates : [found.geometry.coordinates];
    return parts.some(([outer, ...holes]) =>
      inside(outer, place.x, place.y) && !holes.some((hole) => inside(hole, place.x, place.y)));
  }

  function put(found) {
    place = found;
    look(() => map.setView([found.y, found.x], Math.max(map.getZoom(), CLOSE), { animate: false }));
    if (ring) ring.remove();
    ring = found.accuracy_m
      ? window.L.circle([found.y, found.x], { radius: found.accuracy_m, color: colour("position"), weight: 2,
        fillOpacity: 0.1, interactive: false }).addTo(map)
      : null;
    tell();
  }

  function locate() {
    return new Promise((resolve, reject) => {
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        put({ x: coords.longitude, y: coords.latitude, accuracy_m: coords.accuracy, source: "gps" });
        resolve();
      }, reject, { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 });
    });
  }

  // How old the package is, and what it had no room for.
  function age() {
    if (!shown) return say("no_package");
    const days = Math.floor((Date.now() - shown.at) / 86400000);
    const told_ = say("package", { name: shown.village.name, at: officer.moment(shown.at), date: shown.data_date });
    const left = shown.left_out.length ? ` ${say("left_out", { layers: shown.left_out.length })}` : "";
    return told_ + (days >= MANY_DAYS ? ` ${say("package_old", { days })}` : "") + left;
  }

  Object.assign(officer, {
    village: {
      begin, offer, choose, locate, put, isInVillage, age,
      place: () => place,
      shown: () => shown,
      forget() {
        place = null;
        if (ring) ring.remove();
        tell();
      },
      on: (act) => told.addEventListener("changed", act),
    },
  });
})();
