// Draw the base map from the district's own vector tiles as soon as a Leaflet map is born.
"use strict";
(function () {
  const token = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const width = (stops) => (zoom) => {
    const [low, high] = [Math.floor(zoom), Math.ceil(zoom)];
    const at = (z) => stops[Math.min(Math.max(z - 9, 0), stops.length - 1)];
    return at(low) + (at(high) - at(low)) * (zoom - low);
  };
  // Widths in CSS pixels at zooms 9 to 18, one list per width of road.
  const WIDE = [1, 1.4, 1.8, 2.4, 3.2, 4.6, 6.4, 9, 13, 18];
  const MIDDLE = [0, 0.6, 0.9, 1.4, 2, 3, 4.4, 6.4, 9, 13];
  const NARROW = [0, 0, 0, 0.5, 0.9, 1.5, 2.4, 3.8, 6, 9];
  const ROADS = [
    { widths: NARROW, classes: ["local", "path"], minzoom: 13 },
    { widths: MIDDLE, classes: ["secondary"], minzoom: 11 },
    { widths: WIDE, classes: ["trunk", "primary"], minzoom: 8 },
  ];

  function polygons(dataLayer, fill, minzoom, kinds) {
    // A canal is two pixels wide where the whole district is shown; its banks keep it readable.
    const edge = kinds ? { stroke: token("base-bank"), width: 0.7 } : {};
    const symbolizer = new protomapsL.PolygonSymbolizer({ fill, ...edge });
    const filter = kinds && ((_zoom, feature) => kinds.includes(feature.props.kind));
    return { dataLayer, symbolizer, minzoom, filter };
  }

  function roadRules() {
    const pair = ({ widths, classes, minzoom }, colour, extra) => ({
      dataLayer: "road",
      minzoom,
      filter: (_zoom, feature) => classes.includes(feature.props.class),
      symbolizer: new protomapsL.LineSymbolizer({
        color: colour,
        lineCap: "round",
        lineJoin: "round",
        width: (zoom) => width(widths)(zoom) + (width(widths)(zoom) > 0 ? extra : 0),
      }),
    });
    const casing = ROADS.map((road) => pair(road, token("base-road-casing"), 1.2));
    return casing.concat(ROADS.map((road) => pair(road, token("base-road"), 0)));
  }

  function lines(dataLayer, color, thick, dash, minzoom) {
    const symbolizer = new protomapsL.LineSymbolizer({ color, width: thick, dash });
    return { dataLayer, symbolizer, minzoom };
  }

  function paintRules() {
    return [
      polygons("water", token("base-sea"), 0, ["sea"]),
      polygons("land", token("base-land")),
      polygons("water", token("base-water"), 0, ["river", "lake"]),
      polygons("water", (_zoom, water) => token(water.props.kind === "sea" ? "base-sea" : "base-water")),
      polygons("building", token("base-built"), 15),
      ...roadRules(),
      lines("boundary_village", token("base-village-line"), 0.8, [4, 3], 12),
      lines("boundary_town", token("base-town-line"), 1.6, [8, 3, 2, 3], 8),
    ];
  }

  function drawBase(map, live) {
    const base = protomapsL.leafletLayer({
      url: `${live}/tiles/basemap/{z}/{x}/{y}.mvt`,
      attribution: "",
      maxDataZoom: 16,
      backgroundColor: token("paper"),
      paintRules: paintRules(),
      labelRules: [],
    });
    base.addTo(map);
    riskatlas.plate(base, map);
    return base;
  }

  const riskatlas = (window.riskatlas = window.riskatlas || {});
  riskatlas.token = token;
  riskatlas.ready = new Promise((resolve) => {
    riskatlas.born = resolve;
  });

  // What a map says to those who do not see it, in the page's language.
  function nameMap(map, { name, zoomIn, zoomOut }) {
    const container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", name);
    // The control is made after the map.
    Object.assign(L.Control.Zoom.prototype.options, { zoomInTitle: zoomIn, zoomOutTitle: zoomOut });
  }

  L.Map.addInitHook(function () {
    const map = this;
    map.whenReady(() => {
      const frame = map.getContainer().closest("[data-live]");
      if (!frame) return;
      riskatlas.map = map;
      riskatlas.frame = frame.dataset;
      riskatlas.live = frame.dataset.live;
      riskatlas.hazard = frame.dataset.hazard;
      nameMap(map, frame.dataset);
      // The tiles of the first view would be thrown away: the page's place is framed before.
      riskatlas.startBase = () => {
        riskatlas.startBase = () => {};
        let base = drawBase(map, riskatlas.live);
        // The old picture stays below until the new one is whole.
        riskatlas.redrawBase = () => {
          const old = base;
          base = drawBase(map, riskatlas.live);
          base.once("load", () => old.remove());
        };
      };
      riskatlas.born(map);
    });
  });
})();
