// My reports and what became of them; what still waits stands first.
"use strict";
(function () {
  const { officer } = window;
  const { keep, say, element, moment, outbox, drafts } = officer;
  const OK = 200;
  const at = (id) => document.getElementById(id);
  const seats = new Map();
  let mine = null;
  let isAsking = false;
  let isWanted = false;

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
    // What has arrived is not made a second time for the sake of a photo.
    const isThere = entry.parcels[0].isDone;
    const told = !isOthers && entry.fault && isThere ? say(`photo_left_${entry.kind}`, { number: entry.number }) : "";
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
      element("li", { textContent: `${moment(when)} ${text}${reason ? say("because", { reason }) : ""}` })));
  }

  function facts(report) {
    const photos = report.photos.length
      ? element("p", { textContent: say("photos_here", { here: report.photos_here.length, all: report.photos.length }) }) : null;
    const village = report.village_name ? element("span", { textContent: report.village_name }) : null;
    return [element("strong", { textContent: `${report.number} · ${titleOf(report.kind, report.severity)}` }),
      element("span", { className: "state", textContent: say(`status_${report.status}`) }), village, photos,
      steps(report)].filter(Boolean);
  }

  // News renews what is told of a report; the seat for adding to it stays as she left it.
  function card(report) {
    if (!seats.has(report.id)) {
      const head = element("div", { className: "head" });
      seats.set(report.id, { head, more: officer.more(report), li: element("li", { "data-report": report.id }, head) });
    }
    const { head, more, li } = seats.get(report.id);
    li.className = `is-${report.status}`;
    head.replaceChildren(...facts(report));
    more.update(report);
    if (!more.isShown()) more.root.remove();
    else if (more.root.parentElement !== li) li.append(more.root);
    return li;
  }

  // What stands where it belongs is not taken out: it would lose the cursor.
  function arrange(list, items) {
    [...list.children].filter((each) => !items.includes(each)).forEach((each) => each.remove());
    items.forEach((item, number) => list.children[number] === item || list.insertBefore(item, list.children[number] || null));
  }

  // What became of another's reports is hers to read.
  const isHers = () => mine && outbox.me() && mine.account === outbox.me().account;

  async function show() {
    const { entries, isLasting } = outbox.state;
    at("waiting").replaceChildren(...entries.map(waitingCard));
    at("lasting").hidden = isLasting || entries.length === 0;
    at("drafts").replaceChildren(...(await drafts.others()).map(draftCard));
    const known = isHers() ? mine.reports : [];
    arrange(at("reports"), known.map(card));
    const ids = new Set(known.map(({ id }) => id));
    [...seats.keys()].forEach((id) => ids.has(id) || seats.delete(id));
    at("mine-age").textContent = !isHers() ? say("mine_unknown")
      : known.length ? say("mine_age", { at: moment(mine.at) }) : say("mine_none");
  }

  async function refresh() {
    mine = mine || (await keep.read("mine")) || null;
    show();
    isWanted = isAsking;
    if (isAsking) return;
    isAsking = true;
    try {
      const answer = await officer.send("GET", "/api/reports/mine");
      if (answer.status === OK) {
        mine = { at: Date.now(), account: outbox.me() && outbox.me().account, reports: answer.json.reports };
        await keep.note("mine", mine);
      }
    } catch (fault) {
      if (!(fault instanceof officer.Away)) throw fault;
    } finally {
      isAsking = false;
    }
    show();
    // Something came while the answer was on its way.
    if (isWanted) refresh();
  }

  Object.assign(officer, { mine: { show, refresh } });
})();
