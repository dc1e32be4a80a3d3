// My reports and what became of them; what still waits stands first.
"use strict";
(function () {
  const { officer } = window;
  const { keep, say, element, moment, outbox, drafts } = officer;
  const OK = 200;
  const at = (id) => document.getElementById(id);
  let mine = null;

  const word = (list, code) => (list().find(([value]) => value === code) || [code, String(code)])[1];
  const titleOf = (kind, severity) => `${word(officer.kinds, kind)} · ${word(officer.severities, severity)}`;

  const button = (word, act) => element("button", { type: "button", className: "quiet",
    textContent: say(word), onclick: act });

  function waitingCard(entry) {
    const left = entry.parcels.filter((each) => !each.isDone).length;
    const isOthers = outbox.isOthers(entry);
    const state = isOthers ? say("others", { name: entry.name })
      : entry.fault ? officer.sentence(entry.fault)
        : say("waits", { left, all: entry.parcels.length });
    // A report that has arrived is not made a second time for the sake of a photo.
    const isThere = entry.parcels[0].isDone;
    const told = !isOthers && entry.fault && isThere && entry.kind === "report" ? say("photo_left", { number: entry.number }) : "";
    const acts = isOthers || !entry.fault ? [] : [
      button("again", () => outbox.again(entry)),
      entry.kind === "report" && !isThere ? button("mend", () => mend(entry)) : null,
      button("drop", () => window.confirm(say(isThere ? "drop_photo_sure" : "drop_sure")) && outbox.drop(entry.id)),
    ];
    const title = entry.kind === "report" ? titleOf(entry.statement.kind, entry.statement.severity)
      : say(`event_${entry.statement.kind}`, { number: entry.shown });
    return element("li", { className: entry.fault ? "is-refused" : "is-waiting", "data-entry": entry.id },
      element("strong", { textContent: title }),
      element("span", { textContent: moment(entry.madeAt) }),
      element("p", { textContent: `${told}${state}` }), element("div", { className: "acts" }, ...acts));
  }

  // What was refused goes back into the form; it leaves the outbox when its successor is kept, which
  // is one and the same for all tabs.
  async function mend(entry) {
    const { statement, account, name } = entry;
    const next = entry.next || officer.uuid();
    if (!(await keep.updateEntry(Object.assign(entry, { next })))) return;
    const photos = entry.parcels.slice(1).map(({ body, sha256 }) => ({ bytes: body, sha256 }));
    await officer.form.turnTo(next, { kind: statement.kind, severity: statement.severity,
      people: statement.people, words: statement.words || "", photos, place: statement.place,
      replaces: entry.id, account, name });
  }

  function draftCard(draft) {
    const isOthers = outbox.isOthers(draft);
    const known = [draft.kind && word(officer.kinds, draft.kind),
      draft.severity && word(officer.severities, draft.severity)];
    const title = [say("draft"), ...(isOthers ? [] : known)].filter(Boolean).join(" · ");
    const acts = isOthers ? [] : [
      button("draft_on", () => officer.form.turnTo(draft.id)),
      button("drop", () => window.confirm(say("draft_drop_sure")) && drafts.drop(draft.id).then(show)),
    ];
    return element("li", { className: "is-draft", "data-draft": draft.id },
      element("strong", { textContent: title }), element("span", { textContent: moment(draft.at) }),
      element("p", { textContent: isOthers ? say("draft_others", { name: draft.name }) : draft.words || "" }),
      element("div", { className: "acts" }, ...acts));
  }

  function steps(report) {
    const first = [say("step_received", { number: report.number }), report.received_at, null];
    const rest = report.steps.map(({ kind, at: when, reason }) =>
      [say(`step_${kind}`, { number: report.joined_number, site: report.site_code }), when, reason]);
    return element("ol", {}, ...[first, ...rest].map(([text, when, reason]) =>
      element("li", { textContent: `${moment(when)} ${text}${reason ? `：${reason}` : ""}` })));
  }

  function more(report) {
    const open = ["received", "returned"].includes(report.status);
    if (!open) return null;
    const people = element("input", { type: "number", min: 0, max: 100000, value: report.people_threatened ?? "",
      "aria-label": say("people") });
    const words = element("textarea", { rows: 2, maxLength: 500, value: report.words || "", "aria-label": say("text") });
    // What she leaves as it is stays so, whatever of hers is still on its way.
    const changed = () => Object.fromEntries([
      ["words", words.value || null, report.words || null],
      ["people", people.value === "" ? null : Math.round(people.valueAsNumber), report.people_threatened],
    ].filter(([, now, before]) => now !== before).map(([name, now]) => [name, now]));
    const hand = (event) => outbox.queueEvent(report.id, event, report.number).then(show);
    return element("details", {}, element("summary", { textContent: say("amend") }), people, words,
      element("button", { type: "button", className: "quiet", textContent: say("amend_send"),
        onclick: () => hand({ kind: "amended", ...changed() }) }),
      element("button", { type: "button", className: "quiet", textContent: say("withdraw"),
        onclick: () => window.confirm(say("withdraw_sure")) && hand({ kind: "withdrawn" }) }));
  }

  function card(report) {
    const photos = report.photos.length
      ? element("p", { textContent: say("photos_here", { here: report.photos_here.length, all: report.photos.length }) }) : null;
    const village = report.village_name ? element("span", { textContent: report.village_name }) : null;
    return element("li", { className: `is-${report.status}`, "data-report": report.id },
      element("strong", { textContent: `${report.number} · ${titleOf(report.kind, report.severity)}` }),
      element("span", { className: "state", textContent: say(`status_${report.status}`) }), village, photos,
      steps(report), more(report));
  }

  // What became of another's reports is hers to read.
  const isHers = () => mine && outbox.me() && mine.account === outbox.me().account;

  async function show() {
    const { entries, isLasting } = outbox.state;
    at("waiting").replaceChildren(...entries.map(waitingCard));
    at("lasting").hidden = isLasting || entries.length === 0;
    at("drafts").replaceChildren(...(await drafts.others()).map(draftCard));
    // A half-written supplement is not taken away by news.
    if (at("reports").contains(document.activeElement)) return;
    const known = isHers() ? mine.reports : [];
    at("reports").replaceChildren(...known.map(card));
    at("mine-age").textContent = !isHers() ? say("mine_unknown")
      : known.length ? say("mine_age", { at: moment(mine.at) }) : say("mine_none");
  }

  async function refresh() {
    mine = mine || (await keep.read("mine")) || null;
    show();
    try {
      const answer = await officer.send("GET", "/api/reports/mine");
      if (answer.status === OK) {
        mine = { at: Date.now(), account: outbox.me() && outbox.me().account, reports: answer.json.reports };
        await keep.note("mine", mine);
      }
    } catch (fault) {
      if (!(fault instanceof officer.Away)) throw fault;
    }
    show();
  }

  Object.assign(officer, { mine: { show, refresh } });
})();
