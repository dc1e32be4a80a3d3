// The extent that an open report would get, and the routes that its card names, on the map.
"use strict";
(function () {
  const { riskatlas } = window;
  const desk = riskatlas.reportDesk;
  const { element } = desk;
  const PANE = "ra-report-extent";
  const ROWS = ["extent", "within", "nearest"];

  class Extent {
    constructor(map, report, say) {
      Object.assign(this, { report, say, radius: null, lines: { within: [], nearest: [] } });
      // Above the areas and their names, below what is reported.
      if (!map.getPane(PANE)) Object.assign(map.createPane(PANE).style, { zIndex: 655, pointerEvents: "none" });
      this.renderer = L.svg({ pane: PANE, padding: 0.5 });
      this.group = L.layerGroup().addTo(map);
    }

    // No number yet, or an accepted report, whose site the map shows: no circle.
    reach(radius) {
      const isProposed = this.report.status === "received" && Number.isFinite(radius) && radius > 0;
      this.radius = isProposed ? radius : null;
      this.draw();
    }

    run(within, nearest) {
      this.lines = { within, nearest };
      this.draw();
    }

    path(name) {
      const common = { pane: PANE, renderer: this.renderer, interactive: false, className: `report-path-${name}` };
      const looks = {
        extent: { color: riskatlas.token("mark-hazard-site"), weight: 2.5, dashArray: "7 5", fillOpacity: 0.08 },
        casing: { color: riskatlas.token("paper"), weight: 8 },
        within: { color: riskatlas.token("route-primary"), weight: 4.5 },
        nearest: { color: riskatlas.token("route-primary"), weight: 3.5, dashArray: "2 7" },
      };
      return { ...common, ...looks[name] };
    }

    draw() {
      this.group.clearLayers();
      const line = (name, look) => this.lines[name].forEach((each) =>
        L.geoJSON(each, { ...this.path(look), style: () => this.path(look) }).addTo(this.group));
      ["nearest", "within"].forEach((name) => ["casing", name].forEach((look) => line(name, look)));
      const { x, y } = this.report;
      if (this.radius !== null) L.circle([y, x], { ...this.path("extent"), radius: this.radius }).addTo(this.group);
      this.list();
    }

    list() {
      Extent.unlist();
      const seat = document.querySelector(".legend > ul");
      const isThere = { extent: this.radius !== null, within: this.lines.within.length > 0,
        nearest: this.lines.nearest.length > 0 };
      if (seat) seat.append(...ROWS.filter((name) => isThere[name]).map((name) => element("li", { "data-extent-legend": name },
        element("span", { className: `swatch swatch-report-${name}` }),
        element("span", { textContent: this.say(`legend_${name}`, { metres: this.radius }) }))));
    }

    static unlist() {
      document.querySelectorAll("[data-extent-legend]").forEach((row) => row.remove());
    }

    remove() {
      this.group.remove();
      this.renderer.remove();
      Extent.unlist();
    }
  }

  Object.assign(desk, { Extent });
})();
