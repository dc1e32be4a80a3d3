// The drawer beside the map: tools, figures, findings, proposals, what-if, saving.
"use strict";
(function () {
  const editor = window.riskatlas.editor;
  const { say, metres, minutes } = editor.words;
  const { el, button } = editor;

  function build(session) {
    const parts = {};
    ["notice", "presence", "newer", "rival", "tools", "figures", "findings", "choices", "proposals", "whatIf",
      "saving", "versions", "conflict"].forEach((name) => {
      parts[name] = el("div", { class: `drawer-${name}` });
    });
    parts.notice.setAttribute("role", "alert");
    parts.presence.setAttribute("role", "status");
    parts.newer.setAttribute("role", "alert");
    parts.rival.setAttribute("role", "alert");
    parts.figures.setAttribute("aria-live", "polite");
    const tab = (name) =>
      el("button", { type: "button", role: "tab", "data-drawer-tab": name, class: "drawer-tab",
        onclick: () => show(name) }, say(`tab_${name}`));
    const tabs = el("div", { class: "drawer-tabs", role: "tablist" }, tab("edit"), tab("review"));
    const pages = {
      edit: el("div", { class: "drawer-page", role: "tabpanel", "aria-label": say("tab_edit") },
        parts.tools, parts.figures, parts.findings, parts.saving, parts.proposals, parts.whatIf,
        parts.choices),
      review: el("div", { class: "drawer-page", role: "tabpanel", "aria-label": say("tab_review") },
        parts.versions),
    };
    const head = el("div", { class: "drawer-head" }, el("h2", {}, session.route.name), parts.presence);
    const grip = el("div", { class: "grip", "data-grip": "true" });
    const root = el("aside", { class: "panel drawer", "aria-label": say("drawer") }, grip, head,
      parts.notice, parts.newer, parts.rival, parts.conflict, tabs, pages.edit, pages.review);
    function show(name) {
      root.dataset.tab = name;
      Object.entries(pages).forEach(([each, page]) => (page.hidden = each !== name));
      tabs.querySelectorAll("[role=tab]").forEach((each) =>
        each.setAttribute("aria-selected", String(each.dataset.drawerTab === name)));
    }
    document.title = `${session.route.name} · ${document.title}`;
    document.querySelector(".body").append(root);
    return { root, parts, show, said: {} };
  }

  function tools(session) {
    const tool = (name, act, { isOn, isOff } = {}) =>
      button(say(name), act, { "data-tool": name, disabled: Boolean(isOff),
        title: say(`${name}_hint`), "aria-pressed": isOn === undefined ? null : String(isOn) });
    const { history, canvas, isDrawing } = session;
    const { chosen } = canvas;
    const count = history.now.parts.length;
    if (isDrawing) {
      return [el("div", { class: "tool-row" }, button(say("finish"), () => canvas.finishDrawing(),
        { class: "tool tool-primary", "data-tool": "finish" }))];
    }
    const isEnd = chosen && (chosen.index === 0 ||
      chosen.index === history.now.parts[chosen.part]?.length - 1);
    return [
      el("div", { class: "tool-row" },
        tool("undo", () => session.undo(), { isOff: !history.past.length }),
        tool("redo", () => session.redo(), { isOff: !history.future.length }),
        tool("draw", () => canvas.startDrawing()),
        tool("reverse", () => session.reverse(), { isOff: !count }),
        tool("join", () => session.join(), { isOff: count < 2 })),
      el("div", { class: "tool-row" },
        tool("remove", () => session.remove(), { isOff: !chosen }),
        tool("cut", () => session.cut(), { isOff: !chosen || isEnd }),
        tool("drop_part", () => session.dropPart(), { isOff: !chosen || count < 2 }),
        tool("waypoint", () => session.toggleWaypoint(), { isOff: !chosen,
          isOn: session.isWaypoint() }),
        tool("snap", () => session.toggleSnap(), { isOn: session.isSnapping })),
      el("p", { class: "note" }, chosen ? say("chosen", { number: chosen.index + 1 }) : say("choose")),
    ];
  }

  function figures(session) {
    const { checked, isChecking, published } = session;
    const row = (name, value, before) => el("div", {}, el("dt", {}, say(name)),
      el("dd", {}, value, before ? el("span", { class: "before" }, before) : null));
    if (!checked) return [el("p", { class: "empty" }, say(isChecking ? "checking" : "unchecked"))];
    const against = (old, unit) =>
      old === null || old === undefined ? null : say("in_force", { value: unit(old) });
    const list = el("dl", { class: "facts", "data-checks": String(session.checks) },
      row("length", metres(checked.length_m), against(published.length_m, metres)),
      row("walk", minutes(checked.minutes), against(published.minutes, minutes)),
      row("hazard", metres(checked.hazard_m), against(published.hazard_m, metres)));
    (checked.hazard_words || []).forEach((each) => {
      list.append(el("div", { class: "sub" }, el("dt", {}, each.word), el("dd", {}, metres(each.metres))));
    });
    return [list];
  }

  function findings(session) {
    const list = session.findings();
    if (!list.length) {
      return session.checked ? [el("p", { class: "fine" }, say("fine"))] : [];
    }
    const items = list.map((finding) => {
      const go = () => session.canvas.showPlace(finding.at);
      const sentence = finding.at
        ? el("button", { type: "button", class: "finding-go", onclick: go, title: say("show_place") },
          finding.sentence)
        : el("span", { class: "finding-go" }, finding.sentence);
      const level = el("span", { class: `level level-${finding.level}` }, say(finding.level));
      const item = el("li", { class: `finding finding-${finding.level}`, "data-finding": finding.code,
        "data-at": finding.at ? String(finding.at) : null },
        level, sentence);
      if (finding.level === "warning") item.append(reason(session, finding.code));
      return item;
    });
    return [el("h3", {}, say("findings", { count: list.length })), el("ul", { class: "findings" }, items)];
  }

  function reason(session, code) {
    const box = el("input", { type: "text", maxlength: 300, value: session.reasonFor(code),
      placeholder: say("reason"), "aria-label": say("reason"), "data-reason": code });
    box.addEventListener("change", () => session.explain(code, box.value));
    return box;
  }

  function choices(session) {
    const { form, assemblyPoints } = session;
    const options = [el("option", { value: "" }, say("no_assembly_point")),
      ...assemblyPoints.map((each) => el("option", { value: each.code }, each.name))];
    const select = el("select", { "aria-label": say("assembly_point"),
      onchange: () => session.state({ assembly_point_code: select.value || null }) }, options);
    select.value = form.assembly_point_code || "";
    return [el("label", { class: "field" }, el("span", {}, say("assembly_point")), select)];
  }

  function proposals(session) {
    const ask = button(say(session.isProposing ? "proposing" : "propose"), () => session.propose(),
      { "data-tool": "propose", disabled: session.isProposing });
    const rows = session.proposals.map((each, number) => el("li", { "data-proposal": String(number) },
      el("span", { class: "dashes", "aria-hidden": "true" }), el("span", {}, each.words),
      button(say("take"), () => session.take(number), { "data-take": String(number) })));
    const none = session.proposalNote ? [el("p", { class: "note" }, session.proposalNote)] : [];
    return [el("div", { class: "tool-row" }, ask,
      session.proposals.length ? button(say("hide"), () => session.forgetProposals()) : null),
    ...none, el("ul", { class: "proposals" }, rows)];
  }

  function whatIf(session) {
    const { whatIf: assumed } = session;
    const road = button(say(session.canvas.isPicking ? "picking" : "close_road"),
      () => session.pickRoad(), { "data-tool": "close_road",
        "aria-pressed": String(session.canvas.isPicking) });
    const isShut = assumed.closed_shelters.includes(session.shelterCode());
    const shelter = button(say("close_shelter"), () => session.toggleShelter(),
      { "data-tool": "close_shelter", "aria-pressed": String(isShut),
        disabled: !session.shelterCode() });
    const chips = assumed.roads.map((each) => button(`${each.name} ×`, () => session.openRoad(each.id),
      { class: "tool chip", "data-closed-road": String(each.id), title: say("open_again") }));
    return [el("h3", {}, say("what_if")), el("div", { class: "tool-row" }, road, shelter),
      el("div", { class: "tool-row" }, chips)];
  }

  function saving(session) {
    const { may } = session;
    const note = el("input", { type: "text", maxlength: 300, value: session.form.note || "",
      "aria-label": say("note_label"), placeholder: say("note_label") });
    note.addEventListener("change", () => session.state({ note: note.value || null }));
    const status = el("p", { class: "note", "data-draft": session.kept }, say(`kept_${session.kept}`));
    if (!may.save) return [el("p", { class: "note" }, say("read_only"))];
    const isBroken = session.history.now.parts.length !== 1;
    const row = el("div", { class: "tool-row" },
      button(say("save"), () => session.save(), { class: "tool tool-primary", "data-tool": "save",
        disabled: isBroken || !session.isChanged() || session.isSaving }),
      button(say("discard"), () => session.discard(), { "data-tool": "discard",
        disabled: !session.isChanged() }),
      session.isBlank() ? button(say("give_up"), () => session.giveUp(), { "data-tool": "give_up" })
        : null);
    return [el("label", { class: "field" }, note), row, status];
  }

  function notice(session) {
    if (!session.notice) return [];
    const { text, link, kind } = session.notice;
    return [el("p", { class: `drawer-told told-${kind || "fault"}` }, text,
      link ? el("a", { href: link.href }, link.text) : null,
      button("×", () => session.tell(null), { class: "tool dismiss", "aria-label": say("dismiss") }))];
  }

  function presence(session) {
    const count = session.others;
    return count > 0 ? [el("p", {}, say("presence", { count }))] : [];
  }

  // Somebody saved while this page was open: what is drawn here stays until it is looked at.
  function newer(session) {
    if (!session.newer || session.isSaving) return [];
    const look = button(say("look"), () => session.lookAtNewer(), { "data-look-at": "newer" });
    const facts = { number: session.newer };
    return [el("p", { class: "drawer-told", "data-newer": String(session.newer) },
      el("span", {}, say(session.isChanged() ? "newer_kept" : "newer", facts)), look)];
  }

  // Another tab of the same person kept another draft: they choose which goes on.
  function rival(session) {
    if (!session.rival) return [];
    return [el("div", { class: "drawer-told", "data-rival": "true" }, el("span", {}, say("rival")),
      button(say("rival_take"), () => session.takeRival(), { "data-rival-choice": "take" }),
      button(say("rival_keep"), () => session.keepMine(), { "data-rival-choice": "keep" }))];
  }

  // What would be drawn. Where it is what stands there, it is left alone: a click that is under way
  // finds its button, and a reason half written stays.
  function signature(nodes) {
    const box = el("div", {}, ...nodes);
    const typed = [...box.querySelectorAll("input, select")].map((each) => each.value);
    return JSON.stringify([box.innerHTML, typed]);
  }

  function render(session, drawer) {
    drawer.root.classList.toggle("has-conflict", Boolean(session.conflict));
    const makers = { tools, figures, findings, choices, proposals, whatIf, saving, notice, presence, newer, rival,
      versions: editor.versions.list, conflict: editor.versions.conflict };
    Object.entries(makers).forEach(([name, make]) => {
      const part = drawer.parts[name];
      const isTyping = part.contains(document.activeElement) &&
        ["INPUT", "SELECT"].includes(document.activeElement.tagName);
      const held = document.activeElement && part.contains(document.activeElement)
        ? document.activeElement.dataset.tool : null;
      if (isTyping && name !== "conflict") return;
      const isEditing = ["tools", "choices", "proposals", "whatIf"].includes(name);
      const fresh = isEditing && !session.may.draft ? [] : make(session);
      const said = signature(fresh);
      if (drawer.said[name] === said) return;
      drawer.said[name] = said;
      part.replaceChildren(...fresh);
      const again = held && part.querySelector(`[data-tool="${held}"]`);
      if (again) again.focus({ preventScroll: true });
    });
  }

  editor.drawer = { build, render };
})();
