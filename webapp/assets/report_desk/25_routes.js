// Which routes in force lie in the extent that a report would get, or has as a hazard site.
"use strict";
(function () {
  const desk = window.riskatlas.reportDesk;
  const { ask, element } = desk;
  const OPEN = ["received", "accepted"];
  // What is decided stands below: a long list is folded.
  const FIRST = 3;

  class RoutesWithin {
    constructor(report, say) {
      Object.assign(this, { report, say, radius: null, turn: 0 });
      this.root = element("section", { className: "report-routes", hidden: !OPEN.includes(report.status) },
        element("p", { className: "note", textContent: say("routes_asking") }));
      this.root.setAttribute("aria-live", "polite");
      this.look();
    }

    // An extent that is no number yet, as while it is typed, asks for nothing.
    reach(radius) {
      if (!Number.isFinite(radius)) return;
      this.radius = radius;
      this.look();
    }

    async look() {
      if (this.root.hidden) return;
      this.turn += 1;
      const { turn } = this;
      const query = this.radius === null ? "" : `?radius_m=${this.radius}`;
      const answer = await ask("GET", `/${this.report.id}/routes${query}`).catch(() => ({ ok: false, json: {} }));
      if (turn === this.turn) this.show(answer);
    }

    show({ ok, json }) {
      const { say, report } = this;
      if (!ok) {
        const isChinese = document.documentElement.lang.startsWith("zh");
        const words = (isChinese ? json.error_zh : json.error_en) || say("away");
        this.root.replaceChildren(element("p", { className: "report-fault", textContent: words }));
        return;
      }
      const { routes } = json;
      const isSite = report.status === "accepted";
      const name = isSite ? say("routes_site", { count: routes.length }) : say("routes_open", { count: routes.length });
      const rows = routes.map((route) => element("li", { "data-route-within": route.code },
        route.href ? element("a", { href: route.href, textContent: route.name }) : element("strong", { textContent: route.name }),
        element("span", { className: "detail", textContent: say("routes_row", { metres: Math.round(route.metres),
          village: route.village_name || "–" }) })));
      const list = (some) => element("ul", { className: "rows report-within" }, some);
      const rest = rows.slice(FIRST);
      const parts = rows.length === 0 ? [element("p", { className: "note", textContent: say("routes_none") })] : [
        list(rows.slice(0, FIRST)),
        rest.length ? element("details", {}, element("summary", { textContent: say("routes_more", { count: rest.length }) }), list(rest)) : "",
        isSite ? "" : element("p", { className: "note", textContent: say("routes_note") })];
      this.root.replaceChildren(element("h3", { textContent: name }), ...parts);
    }
  }

  Object.assign(desk, { RoutesWithin });
})();
