// How a report is drawn on the map, and the rows of the legend that say what it means.
"use strict";
(function () {
  const { riskatlas } = window;
  const desk = riskatlas.reportDesk;
  const { element } = desk;
  const SVG = "http://www.w3.org/2000/svg";
  const COLOURS = { 1: "risk-3", 2: "risk-4", 3: "risk-5" };
  const ROWS = [["received", 3], ["received", 2], ["received", 1], ["accepted"], ["returned"]];
  const SHOWN = new Set(ROWS.map(([status]) => status));

  // Waiting: by severity; accepted: filled in the colour of what is in force; returned: empty.
  function look({ status, severity }) {
    if (status === "received") return { fill: COLOURS[severity], rim: "ink", ink: severity < 3 };
    return status === "accepted" ? { fill: "accent", rim: "paper" } : { fill: "paper", rim: "muted", ink: true };
  }

  function bubble(report, letter) {
    const { fill, rim, ink } = look(report);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    const path = document.createElementNS(SVG, "path");
    Object.entries({ d: "M3 2.5h18v14h-9l-5 5v-5H3z", fill: riskatlas.token(fill), stroke: riskatlas.token(rim),
      "stroke-width": "1.5" }).forEach(([name, value]) => path.setAttribute(name, value));
    const text = document.createElementNS(SVG, "text");
    Object.entries({ x: "12", y: "13", "text-anchor": "middle", class: `report-letter${ink ? " is-dark" : ""}` })
      .forEach(([name, value]) => text.setAttribute(name, value));
    text.textContent = letter;
    svg.append(path, text);
    return svg;
  }

  function icon(report, letter) {
    const box = element("div", { className: "mark report-mark" }, bubble(report, letter));
    return L.divIcon({ html: box, className: "mark-box", iconSize: [44, 44], iconAnchor: [14, 40] });
  }

  const unlist = () => document.querySelectorAll("[data-report-legend]").forEach((row) => row.remove());

  // What stands on the map now, and the letters that stand in it.
  function list(reports, { kinds, glyphs, severities }, say) {
    unlist();
    const seat = document.querySelector(".legend > ul");
    const drawn = reports.filter(({ status }) => SHOWN.has(status));
    if (!seat || drawn.length === 0) return;
    const isThere = ([status, severity]) =>
      drawn.some((report) => report.status === status && (!severity || report.severity === severity));
    const rows = ROWS.filter(isThere).map(([status, severity]) => element("li", { "data-report-legend": status },
      element("span", { className: "swatch report-swatch" }, bubble({ status, severity }, "")),
      element("span", { textContent: severity ? say("legend_waiting", { severity: severities[severity] })
        : say(`legend_${status}`) })));
    const present = Object.keys(kinds).filter((kind) => drawn.some((report) => report.kind === kind));
    const letters = present.map((kind) => `${glyphs[kind]} ${kinds[kind]}`).join(" · ");
    seat.append(...rows, element("li", { "data-report-legend": "letters" },
      element("span", { textContent: say("legend_letters", { kinds: letters }) })));
  }

  Object.assign(desk, { icon, shown: SHOWN, legend: { list, unlist } });
})();
