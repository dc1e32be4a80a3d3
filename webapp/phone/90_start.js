// Put the page together: what waits at the top, two tabs below, and a worker that keeps it all.
"use strict";
(function () {
  const { officer } = window;
  const { say, outbox, village, form, mine, element, moment } = officer;
  const LOOK_MS = 20000;
  const OFF_MINUTES = 5;
  const at = (id) => document.getElementById(id);
  let view = "form";
  let isOtherEdition = false;

  function showStatus() {
    const { entries, last } = outbox.state;
    const refused = entries.filter(({ fault }) => fault).length;
    const waiting = entries.length - refused;
    const heard = officer.heardAt() ? say("heard", { at: moment(officer.heardAt()) }) : say("never_heard");
    const left = [waiting && say("waiting", { count: waiting }), refused && say("refused", { count: refused })];
    const off = navigator.onLine === false ? say("offline") : officer.isCut() ? say("unreached") : null;
    const lead = left.filter(Boolean).join(" · ")
      || (last ? say(`arrived_${last.kind}`, { number: last.number }) : say("nothing_waits"));
    const isNews = !off || officer.heardAt();
    at("status").textContent = [off, lead, isNews && heard].filter(Boolean).join(" · ");
    at("status").classList.toggle("is-waiting", entries.length > 0 || Boolean(off));
    at("export").hidden = entries.length === 0;
    at("export").textContent = say("export");
    showNotice();
  }

  function showNotice() {
    const { entries, isLoginNeeded, loginAt, forbidden } = outbox.state;
    const lines = [];
    if (isLoginNeeded) {
      lines.push(element("a", { href: `${loginAt}?next=/report`, textContent: say("login") }));
    }
    if (forbidden) lines.push(element("span", { textContent: officer.sentence(forbidden) }));
    if (entries.some(outbox.isOthers)) lines.push(element("span", { textContent: say("other_account") }));
    const minutes = Math.round(officer.clockOffMs() / 60000);
    if (Math.abs(minutes) >= OFF_MINUTES) {
      const told = say(minutes > 0 ? "clock_fast" : "clock_slow", { minutes: Math.abs(minutes) });
      lines.push(element("span", { textContent: told }));
    }
    if (!window.isSecureContext) lines.push(element("span", { textContent: say("plain_http") }));
    if (isOtherEdition) {
      lines.push(element("button", { type: "button", className: "quiet", textContent: say("new_edition"),
        onclick: () => window.location.reload() }));
    }
    at("notice").hidden = lines.length === 0;
    const said = lines.map((line) => line.textContent).join("|");
    if (at("notice").dataset.said === said) return;
    at("notice").dataset.said = said;
    at("notice").replaceChildren(...lines);
  }

  function turn() {
    view = window.location.hash === "#mine" ? "mine" : "form";
    document.querySelectorAll("[data-view]").forEach((part) => (part.hidden = part.dataset.view !== view));
    document.querySelectorAll("[data-tab]").forEach((tab) =>
      (tab.dataset.tab === view ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current")));
    at("sending").hidden = view !== "form";
    if (view === "mine") mine.refresh();
  }

  function download() {
    const address = URL.createObjectURL(new Blob([outbox.exported()], { type: "application/json" }));
    element("a", { href: address, download: `riskatlas-reports-${Date.now()}.json` }).click();
    window.setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  function sayEverything() {
    officer.sayAll();
    at("language").textContent = officer.language() === "zh" ? "English" : "中文";
    document.title = say("title");
    form.show();
    mine.show();
    showStatus();
  }

  // A new edition of the page is taken at once where nothing is begun, and offered elsewhere.
  async function keepOffline() {
    if (!("serviceWorker" in navigator)) return;
    const wasKept = Boolean(navigator.serviceWorker.controller);
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (!wasKept) return;
      if (!form.isBegun() && view === "form") window.location.reload();
      isOtherEdition = true;
      showStatus();
    });
    try {
      await navigator.serviceWorker.register("/report/worker.js", { scope: "/report" });
    } catch (_fault) {
      // Without a network the worker that is there goes on.
    }
  }

  // Browsers may throw away what they have not promised to keep.
  async function askToLast() {
    const { storage } = navigator;
    outbox.state.isLasting = Boolean(storage && storage.persist && (await storage.persist()));
    mine.show();
  }

  async function start() {
    await officer.remember();
    await outbox.remember();
    village.begin();
    outbox.on(() => {
      showStatus();
      if (view === "mine") mine.show();
    });
    outbox.onArrived(() => view === "mine" && mine.refresh());
    officer.onLine(showStatus);
    form.begin();
    sayEverything();
    // A tap before this moment would be heard by nobody: it is not taken, and looks so.
    document.querySelectorAll("main, footer").forEach((part) => (part.inert = false));
    at("language").addEventListener("click", () => {
      officer.speak(officer.language() === "zh" ? "en" : "zh");
      sayEverything();
    });
    at("export").addEventListener("click", download);
    window.addEventListener("hashchange", turn);
    turn();
    const known = await officer.keep.read("villages");
    if (known) await village.offer(known);
    await outbox.begin();
    showStatus();
    window.setInterval(() => view === "mine" && !document.hidden && mine.refresh(), LOOK_MS);
    await askToLast();
    await keepOffline();
  }

  start().catch((fault) => {
    at("notice").hidden = false;
    at("notice").textContent = say("not_started", { fault: fault.message || fault.name });
    throw fault;
  });
})();
