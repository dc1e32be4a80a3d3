// The versions of a route: what changed, who decides next, and two people's work on one map.
"use strict";
(function () {
  const editor = window.riskatlas.editor;
  const { say, metres } = editor.words;
  const { el, button } = editor;

  function key(colour, text) {
    return el("li", {}, el("span", { class: `line-key key-${colour}`, "aria-hidden": "true" }), text);
  }

  // The steps that may follow on a version's state; whose turn it is, the server decides again.
  function steps(session, version) {
    const { may, newest } = session;
    const step = (name, properties = {}) =>
      button(say(name), () => session.step(name, version), { "data-step": name, ...properties });
    const found = [];
    const isNewest = version.version === newest.version;
    const isWaiting = ["saved", "restored", "returned"].includes(version.state);
    if (may.submit && isNewest && isWaiting && version.version > 0) {
      found.push(step("submit", { class: "tool tool-primary" }));
    }
    if (version.state === "submitted" && may.approve) {
      found.push(step("approve", { class: "tool tool-primary" }), step("return"));
    }
    if (version.state === "approved" && may.publish) {
      const day = el("input", { type: "date", value: session.today, min: session.today,
        "aria-label": say("valid_from"), "data-valid-from": "true" });
      found.push(el("label", { class: "field" }, el("span", {}, say("valid_from")), day),
        step("publish", { class: "tool tool-primary" }));
    }
    if (version.state === "published" && may.withdraw) found.push(step("withdraw"));
    if (may.save && !isNewest) found.push(step("restore"));
    return found;
  }

  // What the planner does next with the newest version is seen without opening it.
  function next(session, version) {
    return steps(session, version).filter((each) => each.dataset.step === "submit");
  }

  function reasonBox(session, version) {
    const asks = (version.state === "submitted" && session.may.approve) ||
      (version.state === "published" && session.may.withdraw);
    if (!asks) return null;
    return el("input", { type: "text", maxlength: 300, class: "step-reason", "data-step-reason": "true",
      placeholder: say("step_reason"), "aria-label": say("step_reason") });
  }

  function entry(session, version) {
    const isShown = session.shown === version.version;
    const facts = { number: version.version, by: version.author_name, at: version.made_at || "" };
    const title = version.version === 0 ? say("version_0") : say("version", facts);
    const told = [version.note, version.reason, version.valid_from &&
      say("valid_since", { day: version.valid_from })].filter(Boolean);
    return el("li", { class: "version", "data-version": String(version.version),
      "data-state": version.state },
    el("div", { class: "version-head" },
      el("button", { type: "button", class: "finding-go", "aria-pressed": String(isShown),
        onclick: () => session.show(isShown ? null : version.version) }, title),
      el("span", { class: `state state-${version.state}` }, version.state_word)),
    told.length ? el("p", { class: "note" }, told.join(" · ")) : null,
    isShown ? changes(session, version) : null,
    isShown ? reasonBox(session, version) : null,
    el("div", { class: "tool-row" }, isShown ? steps(session, version) : next(session, version)));
  }

  function changes(session, version) {
    const lines = (version.changes || []).map((sentence) => el("li", {}, sentence));
    const warned = (version.findings || []).filter((each) => each.level !== "note").map((each) =>
      el("li", { class: `finding-${each.level}` }, el("span", { class: `level level-${each.level}` },
        say(each.level)), el("span", { class: "finding-go" }, `${each.sentence} `,
        version.explanations[each.code]
          ? el("em", {}, say("because", { reason: version.explanations[each.code] })) : null)));
    return el("div", { class: "changes" },
      el("ul", { class: "keys" }, key("old", say("key_old")), key("new", say("key_new")),
        key("same", say("key_same"))),
      el("ul", { class: "change-list" }, lines), el("ul", { class: "findings" }, warned));
  }

  function list(session) {
    const told = session.published_told;
    const result = told ? [el("div", { class: "told-after", "data-published": "true" },
      el("h3", {}, say("published_now")),
      el("p", {}, say("reissue")), el("ul", {}, told.reissue.map((each) => el("li", {}, each))),
      el("p", {}, say("tell")), el("ul", {}, told.tell.map((each) => el("li", {}, each))))] : [];
    return [...result, el("ul", { class: "versions" },
      session.versions.map((version) => entry(session, version)))];
  }

  function conflict(session) {
    const found = session.conflict;
    if (!found) return [];
    let at = -1;
    const rows = found.parts.filter((part) => !part.same).map((part) => {
      at += 1;
      const number = at;
      const side = (name) => button(say(`side_${name}`, { length: metres(editor.line.lengthOf(part[name])) }),
        () => session.choose(number, name), { "data-side": name,
          "aria-pressed": String(found.choices[number] === name), class: `tool side side-${name}` });
      return el("li", { "data-stretch": String(number) },
        el("span", {}, say("stretch", { number: number + 1 })), side("mine"), side("theirs"));
    });
    return [el("section", { class: "conflict", "data-conflict": "true" },
      el("h3", {}, say("conflict")),
      el("p", {}, say("conflict_told", { by: found.theirs.author_name, number: found.theirs.version })),
      el("ul", { class: "keys" }, key("draft", say("key_mine")), key("new", say("key_theirs")),
        key("same", say("key_same"))),
      el("ul", { class: "stretches" }, rows),
      el("div", { class: "tool-row" },
        button(say("take_mine"), () => session.takeMine(), { "data-conflict-take": "mine" }),
        button(say("keep_theirs"), () => session.keepTheirs(), { "data-conflict-take": "theirs" }),
        button(say("merge"), () => session.merge(), { "data-conflict-take": "merge",
          class: "tool tool-primary", disabled: rows.length === 0 })))];
  }

  editor.versions = { list, conflict };
})();
