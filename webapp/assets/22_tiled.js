// Layers of more features than a browser takes whole: tiles, fetched once they are switched on.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const LAST_CELL_ZOOM = 13;
  const MARK_PX = 5;
  // Of a square that stands for many: 64 of them lie along a tile of 512 pixels.
  const SQUARE_PX = [2, 7];
  const GRADES = ["blue", "yellow", "orange", "red"];
  const layers = new Map();
  let asked = 0;

  const frame = () => document.querySelector("[data-tiled]");
  const isTiled = (name) => Boolean(frame()) && frame().dataset.tiled.split(" ").includes(name);
  const words = () => JSON.parse(frame().dataset.tiledWords);
  const fill = (template, facts) =>
    template.replace(/\{(\w+)\}/g, (_all, name) =>
      typeof facts[name] === "number" ? Math.round(facts[name]).toLocaleString("en") : facts[name]);

  function colourOf(name) {
    if (name !== "enterprises") {
      const colour = riskatlas.token(name === "buildings" ? "mark-building" : "mark-hazard-site");
      return () => colour;
    }
    const colours = Object.fromEntries(
      GRADES.map((grade) => [grade, riskatlas.token(`enterprise-${grade}`)]));
    return ({ colour, worst }) => colours[colour || GRADES[worst - 1]];
  }

  // A square is as large as what it stands for; thousands of them are drawn faster than circles.
  function squares(colour, sideOf) {
    return {
      before: (context) => (context.globalAlpha = 0.8),
      draw(context, geom, _zoom, { props }) {
        const side = sideOf(props);
        context.fillStyle = colour(props);
        // Points of which a tile says the same are one feature.
        geom.forEach(([{ x, y }]) => context.fillRect(x - side / 2, y - side / 2, side, side));
      },
    };
  }

  function rules(name) {
    const colour = colourOf(name);
    const [least, most] = SQUARE_PX;
    const sideOf = ({ n }) => Math.min(most, least + Math.log2(n));
    const areas = new protomapsL.PolygonSymbolizer({ fill: colour({}), opacity: 0.8 });
    const marks = squares(colour, () => MARK_PX);
    const isArea = (_zoom, { geomType }) => geomType === 3;
    return [
      { dataLayer: "cells", symbolizer: squares(colour, sideOf) },
      { dataLayer: name, symbolizer: areas, filter: isArea },
      { dataLayer: name, symbolizer: marks, filter: (...of) => !isArea(...of) },
    ];
  }

  function draw(map, name) {
    const tiles = protomapsL.leafletLayer({
      url: `${riskatlas.live}/tiles/${name}/{z}/{x}/{y}.mvt`,
      attribution: "", maxDataZoom: 16, pane: `ra-${name}`, paintRules: rules(name), labelRules: [],
    });
    tiles.on("load", () => tell(map));
    tiles.addTo(map);
    riskatlas.plate(tiles, map, `ra-${name}`);
    return tiles;
  }

  // The data tiles that lie in view, as far as they have come.
  function tilesInView(map, tiles) {
    const view = tiles.views.get("");
    const range = tiles._pxBoundsToTileRange(tiles._getTiledPixelBounds(map.getCenter()));
    const found = new Map();
    for (let { x } = range.min; x <= range.max.x; x += 1) {
      for (let { y } = range.min; y <= range.max.y; y += 1) {
        const { dataTile } = view.dataTileForDisplayTile({ x, y, z: tiles._tileZoom });
        const key = `${dataTile.x}:${dataTile.y}:${dataTile.z}`;
        const kept = view.tileCache.cache.get(key);
        if (kept) found.set(key, kept.data);
      }
    }
    return [...found.values()];
  }

  function count(map, tiles) {
    const told = tilesInView(map, tiles).flatMap((data) => data.get("told") || []);
    const sum = (fact) => told.reduce((all, { props }) => all + props[fact], 0);
    return { n: sum("n"), of: sum("of"), isCells: told.some(({ props }) => props.how === "cells") };
  }

  // In the bottom line: how many of how many are shown, for each layer that may leave some out.
  function tell(map) {
    const line = document.querySelector("[data-told]");
    if (!line || !frame()) return;
    const { shown, squares: bySquares, names } = words();
    line.textContent = [...layers]
      .map(([name, tiles]) => ({ layer: names[name], ...count(map, tiles) }))
      .map((facts) => fill(facts.isCells ? bySquares : shown, facts))
      .join(" · ");
  }

  // Called when the map rests: what is on and not there is fetched, what is off is dropped.
  function showTiled(map, isOn) {
    if (!frame() || !riskatlas.place) return;
    frame().dataset.tiled.split(" ").filter(Boolean).forEach((name) => {
      const isThere = layers.has(name);
      if (isOn(name) && !isThere) layers.set(name, draw(map, name));
      if (!isOn(name) && isThere) {
        layers.get(name).remove();
        layers.delete(name);
      }
    });
    tell(map);
  }

  // New data: the old picture stays below until the new one is whole.
  function redrawTiled(map, isOf) {
    [...layers.keys()].filter(isOf).forEach((name) => {
      const old = layers.get(name);
      const fresh = draw(map, name);
      layers.set(name, fresh);
      fresh.once("load", () => old.remove());
    });
  }

  const dataZoom = (tiles) => tiles._tileZoom - 1;
  const single = () => [...layers].filter(([, tiles]) => dataZoom(tiles) > LAST_CELL_ZOOM);

  function describe(name, { count: number, found }, said) {
    const rows = found.length === 0 ? [[number > 0 ? fill(said.cell, { count: number }) : said.nothing]]
      : found.map((each) => [
        each.name || said.unnamed[name],
        said.grades[each.colour], ...(each.said[document.documentElement.lang.slice(0, 2)] || []),
        each.levels && fill(said.levels, each), each.footprint_m2 && fill(said.area, each),
        each.people_threatened && fill(said.threatened, each), each.village_name, each.description,
      ]);
    const box = document.createElement("div");
    box.className = "identified";
    rows.forEach((texts) => {
      const row = document.createElement("p");
      texts.filter(Boolean).forEach((text) => {
        const part = document.createElement("span");
        part.textContent = text;
        row.append(part);
      });
      box.append(row);
    });
    return box;
  }

  async function ask(name, { lng, lat }, z) {
    const place = new URLSearchParams({ x: lng.toFixed(7), y: lat.toFixed(7), z });
    const answer = await fetch(`${riskatlas.live}/identify/${name}?${place}`);
    if (!answer.ok) throw new Error(`identify: ${answer.status}`);
    return answer.json();
  }

  async function identify(map, { latlng, originalEvent: { target } }) {
    const isOthers = target.closest(".leaflet-marker-icon, .leaflet-ra-routes-pane");
    if (isOthers || layers.size === 0 || document.documentElement.dataset.editing) return;
    // Far out a click on a village leads to its page.
    const isVillage = single().length === 0 && target.closest(".leaflet-interactive");
    if (isVillage) return;
    asked += 1;
    const turn = asked;
    const [name, tiles] = [...layers].at(-1);
    const said = words();
    let box = null;
    try {
      const { lng, lat } = latlng.wrap();
      box = describe(name, await ask(name, { lng, lat }, dataZoom(tiles)), said);
    } catch (_fault) {
      box = describe(name, { count: 0, found: [] }, { ...said, nothing: said.failed });
    }
    if (turn === asked) L.popup({ maxWidth: 280, maxHeight: 240 }).setLatLng(latlng).setContent(box).openOn(map);
  }

  riskatlas.ready.then((map) => {
    map.on("click", (event) => identify(map, event));
    map.on("moveend", () => tell(map));
  });
  // Close up a click belongs to the feature under it.
  const claimsClicks = () => single().length > 0;
  Object.assign(riskatlas, { isTiled, showTiled, redrawTiled, claimsClicks, tiledLayers: layers });
})();
