// One report to decide on: what it says, what is doubtful, its photos, and what may be the same.
"use strict";
(function () {
  const desk = window.riskatlas.reportDesk;
  const { element, moment } = desk;

  const photoPath = (report, sha256) => `/api/reports/${report.id}/photos/${sha256}`;

  function photos(report, say) {
    const missing = report.photos.length - report.photos_here.length;
    const shown = report.photos_here.map((sha256) => element("a", { href: photoPath(report, sha256), target: "_blank",
      rel: "noopener" }, element("img", { src: photoPath(report, sha256), loading: "lazy",
      alt: say("photo_of", { number: report.number }) })));
    const late = missing > 0 ? element("p", { className: "note", textContent: say("photos_late", { count: missing }) }) : null;
    return [shown.length ? element("div", { className: "report-photos" }, shown) : null, late];
  }

  function facts(rows) {
    return element("dl", { className: "facts" }, rows.filter(([, value]) => value !== null && value !== "")
      .map(([name, value]) => element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }))));
  }

  function place(report, say) {
    const source = report.place_source === "gps" ? say("by_gps", { metres: Math.round(report.accuracy_m ?? 0) }) : say("by_map");
    const at = `${report.y.toFixed(5)}, ${report.x.toFixed(5)}`;
    return `${[report.town_name, report.village_name].filter(Boolean).join(" · ") || say("outside")} · ${at} · ${source}`;
  }

  function doubts(report, say) {
    const minutes = Math.abs(Math.round((report.clock_off_s || 0) / 60));
    return report.doubts.map((code) => element("p", { className: "report-doubt", "data-doubt": code,
      textContent: say(`doubt_${code}`, { minutes, metres: Math.round(report.accuracy_m ?? 0) }) }));
  }

  function steps(found, say) {
    return element("ol", { className: "report-steps" }, found.map((step) => element("li", {
      textContent: `${moment(step.at)} ${say(`step_${step.kind}`)} · ${step.by}${step.reason ? `：${step.reason}` : ""}` })));
  }

  const title = (report, say, words) =>
    `${report.number} · ${words.kinds[report.kind]} · ${words.severities[report.severity]}`;

  function beside(report, others, { say, words, act, may }) {
    if (others.length === 0) return element("p", { className: "note", textContent: say("nothing_beside") });
    return element("ul", { className: "rows report-beside" }, others.map((other) => element("li", { "data-beside": other.id },
      element("strong", { textContent: `${title(other, say, words)} · ${say(`status_${other.status}`)}` }),
      element("p", { textContent: say("beside", { metres: Math.round(other.distance_m), at: moment(other.received_at),
        who: other.reporter_name, same: other.kind === report.kind ? say("same_kind") : say("other_kind") }) }),
      element("p", { className: "report-words", textContent: other.words || "" }),
      photos(other, say),
      may ? element("button", { type: "button", className: "button", textContent: say("join", { number: other.number }),
        onclick: () => act("join", { to: other.id }) }) : null)));
  }

  // What is wrong is said at its box, which the next letter is written into.
  function boxFault(box, name) {
    const words = element("p", { className: "report-fault", role: "alert", hidden: true, id: `report-fault-${name}` });
    box.setAttribute("aria-describedby", words.id);
    const tell = (sentence) => {
      Object.assign(words, { textContent: sentence || "", hidden: !sentence });
      box.setAttribute("aria-invalid", String(Boolean(sentence)));
      if (sentence) box.focus();
      return !sentence;
    };
    return { words, tell };
  }

  function decisions({ say, act, routes, draft }) {
    const [least, most] = [1, 500];
    const radius = element("input", { type: "number", min: least, max: most, step: 1, value: draft.radius, name: "radius",
      "aria-label": say("radius"), oninput: () => {
        draft.radius = radius.value;
        ofRadius.tell(null);
        routes.reach(radius.valueAsNumber);
      } });
    const reason = element("textarea", { rows: 2, maxLength: 500, name: "reason", "aria-label": say("reason"),
      placeholder: say("reason_hint"), value: draft.reason, oninput: () => {
        draft.reason = reason.value;
        ofReason.tell(null);
      } });
    const [ofRadius, ofReason] = [boxFault(radius, "radius"), boxFault(reason, "reason")];
    const isRadius = () => ofRadius.tell(radius.valueAsNumber >= least && radius.valueAsNumber <= most ? null
      : say("radius_wrong", { least, most }));
    const isReason = () => ofReason.tell(reason.value.trim() ? null : say("reason_missing"));
    const button = (name, className, onclick) => element("button", { type: "button", className, onclick, "data-act": name,
      textContent: say(name) });
    return element("div", { className: "report-decisions" },
      element("div", { className: "row-line" }, element("label", {}, `${say("radius")} `, radius),
        button("accept", "button button-primary", () => isRadius() && act("accept", { radius_m: radius.valueAsNumber }))),
      ofRadius.words, reason, ofReason.words,
      element("div", { className: "row-line" }, element("span", { className: "note", textContent: say("return_note") }),
        button("return", "button", () => isReason() && act("return", { reason: reason.value }))));
  }

  // What happened, what is asked, and the way back to the list.
  function card(told, how) {
    const { report } = told;
    const { say, words, close, may, isOwn } = how;
    const isOpen = report.status === "received";
    const reading = [
      [say("people"), report.people_threatened === null ? say("unknown") : String(report.people_threatened)],
      [say("who"), report.reporter_name],
      [say("written"), moment(report.written_at)],
      [say("received"), moment(report.received_at)],
      [say("site"), report.site_code || ""],
      [say("joined_to"), report.joined_number === null ? "" : String(report.joined_number)],
    ];
    return element("section", { className: "card report-card", "data-report": report.id },
      element("button", { type: "button", className: "tool", textContent: say("back"), onclick: close }),
      element("h2", { textContent: title(report, say, words) }),
      element("p", {}, element("span", { className: `state state-${report.status}`, textContent: say(`status_${report.status}`) })),
      doubts(report, say),
      report.words ? element("p", { className: "report-words", textContent: report.words }) : null,
      element("p", { className: "note", textContent: place(report, say) }),
      photos(report, say), facts(reading), steps(told.steps, say),
      how.routes.root, isOpen && may && !isOwn ? decisions(how) : null,
      element("p", { className: "report-fault", role: "alert", hidden: true, "data-act-fault": "" }),
      element("h3", { textContent: say("beside_title") }), beside(report, told.beside, { ...how, may: may && isOpen }));
  }

  Object.assign(desk, { card, title });
})();
