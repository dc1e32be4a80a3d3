// Keep the map, its labels, its legend and the link in step with the place that a page speaks of.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const PANES = {
    buildings: 405, villages: 410, grid_units: 412, historical_disasters: 415, towns: 420, ring: 430, routes: 440,
    hazard_sites: 460, enterprises: 610, assembly_points: 620, shelters: 630, labels: 605,
  };
  // Below these zooms a layer says nothing on a page: its marks would cover the map.
  const FROM_ZOOM = { hazard_sites: 13, enterprises: 13, assembly_points: 13, shelters: 13 };
  // On a large screen a whole district fits at such a zoom: there marks wait for one step closer.
  const FROM_ZOOM_AT_MOST = 14.5;
  const ALWAYS = ["towns", "ring", "labels", "edit"];
  const FOLLOWS = { grid_units: "villages" };
  const PHONE_PX = 760;
  const LEGEND_PX = 296;
  // No more names than these are tried in one view: most of ten thousand would find no room.
  const MOST_LABELS = 400;
  const LEAST_NAMED_PX = [20, 12];
  let checked = [];
  // Layers whose features have been asked for.
  const fetched = new Set(["villages", "towns"]);
  let linked = readLink();

  // What stands behind # was typed, cut or sent by anyone: a part that makes no sense is no part.
  function readLink() {
    const [zoom, lat, lng, names] = window.location.hash.slice(1).split("/");
    const [z, y, x] = [zoom, lat, lng].map((part) => (part ? Number(part) : NaN));
    const isPlace = Number.isFinite(z) && Math.abs(y) <= 90 && Math.abs(x) <= 180;
    if (!isPlace) return null;
    const layers = (names || "").split(",").filter((name) => name in PANES);
    return { zoom: z, centre: [y, x], layers };
  }

  // A view from which nothing of the district is seen helps nobody: the page's place is framed.
  function setLinkedView(map, place) {
    map.setView(linked.centre, linked.zoom, { animate: false });
    const [west, south, east, north] = riskatlas.frame.bounds.split(",").map(Number);
    const isSeen = map.getBounds().intersects([[south, west], [north, east]]);
    if (!isSeen) frame(map, place);
    return isSeen;
  }

  function writeLink(map) {
    const { lat, lng } = map.getCenter();
    const parts = [map.getZoom(), lat.toFixed(5), lng.toFixed(5), checked.join(",")];
    window.history.replaceState(window.history.state, "", `#${parts.join("/")}`);
    document.querySelectorAll("a[data-keeps-view]").forEach((link) => {
      link.hash = parts.join("/");
    });
  }

  L.Map.addInitHook(function () {
    Object.entries(PANES).forEach(([name, zIndex]) => {
      this.createPane(`ra-${name}`).style.zIndex = zIndex;
    });
    this.on("move moveend zoomend layeradd", refreshSoon);
  });

  function fromZoom(map, name) {
    const from = riskatlas.isTiled(name) ? 0 : FROM_ZOOM[name] || 0;
    const place = riskatlas.place;
    if (!from || !place || place.level !== "district") return from;
    const [west, south, east, north] = place.bounds;
    const whole = map.getBoundsZoom([[south, west], [north, east]]);
    return Math.max(from, Math.min(whole + 1, FROM_ZOOM_AT_MOST));
  }

  const isOn = (map, name) =>
    (ALWAYS.includes(name) || checked.includes(FOLLOWS[name] || name)) &&
    map.getZoom() >= fromZoom(map, name);

  // Layers arrive by the hundred and the map is dragged on and on; what depends on both is redone
  // once they rest.
  const REST_MS = { move: 300, moveend: 300 };
  const COME_MS = 120;
  let waiting = 0;
  function refreshSoon({ type } = {}) {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(refresh, REST_MS[type] || COME_MS);
  }

  function refresh() {
    const map = riskatlas.map;
    if (!map) return;
    Object.keys(PANES).forEach((name) => {
      map.getPane(`ra-${name}`).style.display = isOn(map, name) ? "" : "none";
    });
    riskatlas.showTiled(map, (name) => isOn(map, name));
    const areas = areasInView(map);
    placeScale(map);
    // Before the villages have come any number would be wrong: grey bars stand there.
    if (areas.all.length > 0) {
      refreshLegend(map, areas);
      refreshCount(areas);
    }
    placeLabels(map);
    writeLink(map);
  }

  function layersOf(map, pane) {
    const found = [];
    map.eachLayer((layer) => {
      if (layer.feature && layer.getBounds && layer.options.pane === `ra-${pane}`) found.push(layer);
    });
    return found;
  }

  function areasInView(map) {
    const all = layersOf(map, "villages");
    const view = map.getBounds();
    return { all, seen: all.filter((layer) => view.intersects(layer.getBounds())) };
  }

  function refreshLegend(map, areas) {
    const shown = areas.seen.concat(layersOf(map, "grid_units"));
    const classes = new Set(shown.map((layer) => String(layer.feature.properties.risk_class ?? "")));
    if (shown.some((layer) => layer.feature.properties.is_unsure)) classes.add("unsure");
    document.querySelectorAll("[data-legend-layer]").forEach((row) => {
      const { legendLayer, legendClass } = row.dataset;
      // The pane of the edited line is there beside the editor alone.
      const pane = map.getPane(`ra-${legendLayer}`);
      const drawn = pane && pane.querySelector("path, .leaflet-marker-icon, .plate");
      const isPresent = legendClass === undefined ? Boolean(drawn) : classes.has(legendClass);
      row.hidden = !(isOn(map, legendLayer) && isPresent);
    });
    document.querySelector(".legend").classList.add("known");
  }

  // The scale stands in the bottom line, where it covers no mark.
  function placeScale(map) {
    const place = document.querySelector("[data-scale]");
    const scale = map.getContainer().querySelector(".leaflet-control-scale");
    if (place && scale) place.replaceChildren(scale);
  }

  function refreshCount(areas) {
    const line = document.querySelector("[data-count]");
    if (!line) return;
    const facts = { shown: areas.seen.length, all: areas.all.length };
    line.textContent = line.dataset.count.replace(/\{(\w+)\}/g, (_all, name) => facts[name]);
  }

  // An area that is narrower than two letters is named closer up.
  function nameable(layers) {
    const sized = layers
      .map((layer) => ({ layer, size: layer._pxBounds.getSize() }))
      .filter(({ size }) => size.x >= LEAST_NAMED_PX[0] && size.y >= LEAST_NAMED_PX[1]);
    if (sized.length > MOST_LABELS) {
      sized.sort((a, b) => b.size.x * b.size.y - a.size.x * a.size.y).splice(MOST_LABELS);
    }
    return sized.map(({ layer }) => layer);
  }

  function writeLabel(pane, layer, kind) {
    const label = document.createElement("div");
    label.className = `map-label map-label-${kind}`;
    label.textContent = layer.feature.properties.name;
    pane.appendChild(label);
    return { label, layer };
  }

  const collide = (a, b) =>
    a.left < b.left + b.width + 6 && b.left < a.left + a.width + 6 &&
    a.top < b.top + b.height + 2 && b.top < a.top + a.height + 2;

  function boxesOfMarks(map) {
    const half = 13;
    return [...map.getPanes().mapPane.querySelectorAll(".leaflet-marker-icon")]
      .filter((icon) => icon.offsetParent !== null)
      .map((icon) => L.DomUtil.getPosition(icon))
      .filter(Boolean)
      .map(({ x, y }) => ({ left: x - half, top: y - half, width: 2 * half, height: 2 * half }));
  }

  // A label steps aside for marks, within its own area alone; else it lies below them.
  function roomFor(size, at, area, placed, marks) {
    const isFree = (spot, taken) => !taken.some((other) => collide(spot, other));
    const spots = [0, -24, 24, -48, 48]
      .filter((dy) => area.contains([at.x, at.y + dy]))
      .map((dy) => ({
        ...size, left: at.x - size.width / 2, top: at.y - size.height / 2 + dy,
      }));
    if (spots.length === 0 || !isFree(spots[0], placed)) return null;
    return spots.find((spot) => isFree(spot, placed) && isFree(spot, marks)) || spots[0];
  }

  // Labels lie in their own pane above every area; one that would cover another is left out.
  function placeLabels(map) {
    const pane = map.getPane("ra-labels");
    pane.replaceChildren();
    const zoom = map.getZoom();
    const wanted = zoom < 13.5 ? [["towns", "town"]] : [];
    if (zoom >= 11.5) wanted.push(["villages", "village"]);
    const view = map.getBounds();
    const written = wanted.flatMap(([name, kind]) =>
      nameable(layersOf(map, name).filter((layer) => view.intersects(layer.getBounds())))
        .map((layer) => writeLabel(pane, layer, kind)),
    );
    // All sizes are read before anything moves: one layout of the page instead of one per label.
    const sizes = written.map(({ label }) => ({
      width: label.offsetWidth, height: label.offsetHeight,
    }));
    const marks = boxesOfMarks(map);
    const placed = [];
    written.forEach(({ label, layer }, i) => {
      const at = map.latLngToLayerPoint(layer.getCenter());
      const bounds = layer.getBounds();
      const corners = [bounds.getNorthWest(), bounds.getSouthEast()];
      const area = L.bounds(corners.map((corner) => map.latLngToLayerPoint(corner)));
      const spot = roomFor(sizes[i], at, area, placed, marks);
      if (!spot) return label.remove();
      // By left and top: moved by a transform, each label would be a picture of its own to compose.
      label.style.left = `${Math.round(spot.left)}px`;
      label.style.top = `${Math.round(spot.top)}px`;
      return placed.push(spot);
    });
  }

  function frame(map, { bounds, level }) {
    const [west, south, east, north] = bounds;
    const isPhone = map.getSize().x < PHONE_PX;
    // Beside the editor there is no room for the legend over the line: it starts folded.
    if (level === "route") document.querySelector(".legend").open = false;
    // The legend lies over the left edge; a place of its own is framed beside it.
    const beside = isPhone || ["district", "route"].includes(level) ? 24 : LEGEND_PX;
    const below = isPhone ? Math.round(map.getSize().y * 0.45) : 24;
    map.fitBounds([[south, west], [north, east]], {
      paddingTopLeft: [beside, 24], paddingBottomRight: [24, below], maxZoom: 17, animate: false,
    });
  }

  function restyle(map) {
    layersOf(map, "villages").forEach((layer) => {
      const fillOpacity = layer.feature.properties.code === riskatlas.place.filled ? 0 : 1;
      if (layer.options.fillOpacity !== fillOpacity) layer.setStyle({ fillOpacity });
    });
  }

  // The classes of the hazard that the page shows.
  riskatlas.featuresAt = (path) => {
    const asked = riskatlas.hazard ? `${path.includes("?") ? "&" : "?"}hazard=${riskatlas.hazard}` : "";
    return `${riskatlas.live}/features/${path}${asked}`;
  };

  // Another tab may have chosen another hazard: list and map are of one, so the page comes anew.
  function isOfAnotherHazard() {
    const { hazard, hazards } = riskatlas.frame;
    const chosen = document.cookie.match(/(?:^|; )hazard=([a-z_]+)/)?.[1];
    return Boolean(chosen) && chosen !== hazard && hazards.split(" ").includes(chosen);
  }

  async function fetchFeatures(path) {
    const answer = await fetch(riskatlas.featuresAt(path));
    return answer.ok ? answer.json() : { type: "FeatureCollection", features: [] };
  }

  const nothing = { type: "FeatureCollection", features: [] };

  // The features that belong to the selected place alone: its ring, its routes, its groups.
  async function show(place) {
    if (!place) return [nothing, nothing, nothing, nothing, nothing];
    const map = await riskatlas.ready;
    if (isOfAnotherHazard()) window.location.reload();
    riskatlas.place = place;
    // Another page comes with its newest content.
    riskatlas.news.say("fresh", null);
    riskatlas.isLinked = Boolean(linked) && setLinkedView(map, place);
    if (!linked) frame(map, place);
    linked = null;
    riskatlas.startBase();
    restyle(map);
    return ofPlace(place, fetchFeatures);
  }

  async function ofPlace(place, fetchFeatures) {
    if (place.is_desk) {
      // As the list beside it, the map keeps to the town or village that was chosen.
      const chosen = new URLSearchParams(window.location.search);
      const level = ["village", "town"].find((name) => chosen.get(name));
      const where = level ? `?${level}=${encodeURIComponent(chosen.get(level))}` : "";
      const all = await fetchFeatures(`routes.geojson${where}`);
      return [nothing, nothing, all, all, nothing];
    }
    if (place.level === "district") return [nothing, nothing, nothing, nothing, nothing];
    if (place.level === "route") {
      // The editor draws the route itself; its village is ringed.
      const village = `villages.geojson?village=${encodeURIComponent(place.village)}`;
      const round = place.village ? await fetchFeatures(village) : nothing;
      return [round, round, nothing, nothing, nothing];
    }
    const code = encodeURIComponent(place.code);
    const one = place.level === "town" ? "towns.geojson?town=" : "villages.geojson?village=";
    const [ring, routes, units] = await Promise.all([
      fetchFeatures(one + code),
      fetchFeatures(`routes.geojson?${place.level}=${code}`),
      place.level === "village" ? fetchFeatures(`grid_units.geojson?village=${code}`) : nothing,
    ]);
    return [ring, ring, routes, routes, units];
  }

  // A layer is fetched when it is first asked for, and only hidden afterwards.
  function switchLayers(values, urls) {
    checked = values || [];
    checked.filter((name) => name in urls && !riskatlas.isTiled(name)).forEach((name) => fetched.add(name));
    riskatlas.ready.then(refresh);
    const { no_update } = window.dash_clientside;
    const isAsked = (name) => checked.includes(name) && !riskatlas.isTiled(name);
    return Object.keys(urls).map((name) => (isAsked(name) ? urls[name] : no_update));
  }

  // Always an answer: on "no update" Dash would not go on to fetch the layers.
  function startLayers(_urls, values) {
    return linked && linked.layers.length > 0 ? linked.layers : values;
  }

  // The box is emptied, so that the next search starts afresh.
  function openFound(value) {
    const { no_update } = window.dash_clientside;
    return value ? [`/${value}`, null] : [no_update, no_update];
  }

  Object.assign(riskatlas, { ofPlace, fetched });
  riskatlas.go = (pathname) =>
    window.dash_clientside.set_props("_pages_location", { pathname });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.riskatlas = { show, switchLayers, startLayers, openFound };
})();
