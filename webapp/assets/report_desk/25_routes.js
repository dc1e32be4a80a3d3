// Which routes in force lie in the extent that a report would get, or has as a hazard site.
"use strict";
(function () {
  const desk = window.riskatlas.reportDesk;
  const { ask, element } = desk;
  const OPEN = ["received", "accepted"];
  // What is decided stands below: a long list is folded.
  const FIRST = 3;

  const link = ({ href, name }) =>
    element(href ? "a" : "strong", { textContent: name, ...(href ? { href } : {}) });

  function past(nearest, looked, say) {
    if (!nearest) return element("p", { className: "note", textContent: say("routes_none", { metres: looked }) });
    return element("p", { "data-route-nearest": nearest.code },
      say("routes_nearest", { metres: Math.round(nearest.away_m) }), link(nearest));
  }

  class RoutesWithin {
    constructor(report, say, extent, radius) {
      Object.assign(this, { report, say, extent, radius, turn: 0 });
      this.root = element("section", { className: "report-routes", hidden: !OPEN.includes(report.status) },
        element("p", { className: "note", textContent: say("routes_asking") }));
      this.root.setAttribute("aria-live", "polite");
      extent.reach(radius);
      this.look();
    }

    // An extent that is no number yet, as while it is typed, asks for nothing.
    reach(radius) {
      this.extent.reach(radius);
      if (!Number.isFinite(radius)) return;
      this.radius = radius;
      this.look();
    }

    async look() {
      if (this.root.hidden) return;
      this.turn += 1;
      const { turn } = this;
      const answer = await ask("GET", `/${this.report.id}/routes?radius_m=${this.radius}`).catch(() => ({ ok: false, json: {} }));
      if (turn === this.turn) this.show(answer);
    }

    show({ ok, json }) {
      const { say, report } = this;
      if (!ok) {
        const isChinese = document.documentElement.lang.startsWith("zh");
        const words = (isChinese ? json.error_zh : json.error_en) || say("away");
        this.extent.run([], []);
        this.root.replaceChildren(element("p", { className: "report-fault", textContent: words }));
        return;
      }
      const { routes, nearest } = json;
      // What the card names stands on the map.
      const named = routes.length === 0 && nearest ? [nearest] : [];
      this.extent.run(routes.map(({ line }) => line), named.map(({ line }) => line));
      const isSite = report.status === "accepted";
      const name = isSite ? say("routes_site", { count: routes.length }) : say("routes_open", { count: routes.length });
      const rows = routes.map((route) => element("li", { "data-route-within": route.code },
        link(route),
        element("span", { className: "detail", textContent: say("routes_row", { metres: Math.round(route.metres),
          village: route.village_name || "–" }) })));
      const list = (some) => element("ul", { className: "rows report-within" }, some);
      const rest = rows.slice(FIRST);
      const parts = rows.length === 0 ? [past(nearest, json.looked_m, say)] : [
        list(rows.slice(0, FIRST)),
        rest.length ? element("details", {}, element("summary", { textContent: say("routes_more", { count: rest.length }) }), list(rest)) : "",
        isSite ? "" : element("p", { className: "note", textContent: say("routes_note") })];
      this.root.replaceChildren(element("h3", { textContent: name }), ...parts);
    }
  }

  Object.assign(desk, { RoutesWithin });
})();
