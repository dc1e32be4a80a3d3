// The form: place, kind, severity, people, photos, a word, send. What is begun survives the camera.
"use strict";
(function () {
  const { officer } = window;
  const { say, element, village, outbox, drafts } = officer;
  const COUNTS = [0, 5, 20, 50, 100];
  const DOUBTFUL_M = 50;
  const at = (id) => document.getElementById(id);
  const blank = () => ({ kind: null, severity: null, people: null, words: "", photos: [] });
  let draft = blank();
  let replaces = null;
  let author = null;
  let seen = null;
  let isQueueing = false;
  let isAsked = false;
  let hasYielded = false;
  let working = 0;

  const isBegun = () => working > 0 || replaces !== null || draft.people !== null
    || Boolean(draft.kind || draft.severity || draft.words || draft.photos.length);

  // What is written here is hers who was signed in when it was begun.
  function authorNow() {
    const me = outbox.me();
    author = author || (me ? { account: me.account, name: me.name } : null);
    return author;
  }

  async function save() {
    if (isQueueing) return;
    const content = isBegun() ? { ...draft, place: village.place(), replaces, ...authorNow() } : null;
    try {
      if (!(await drafts.save(content))) yieldTo("elsewhere");
    } catch (fault) {
      tell(say("not_kept", { fault: officer.whyNotKept(fault) }));
    }
  }

  // The draft goes on in another tab, or waits for the one who began it.
  function yieldTo(why, facts) {
    drafts.sit(null);
    clear();
    tell(say(why, facts));
    hasYielded = true;
  }

  async function look() {
    if (author && outbox.isOthers(author)) {
      const { name } = author;
      await drafts.leave();
      yieldTo("draft_others", { name });
    }
    const me = outbox.me();
    if (me && me.account !== seen) {
      seen = me.account;
      if (!isBegun()) await resume();
    } else if (!document.hidden && isBegun() && !(await drafts.isOurs())) yieldTo("elsewhere");
    showAuthor();
  }

  function missing() {
    return [[!village.place(), "need_place"], [!draft.kind, "need_kind"], [!draft.severity, "need_severity"]]
      .filter(([isMissing]) => isMissing).map(([, name]) => say(name));
  }

  function choice(seat, options, chosen, choose, inner) {
    seat.replaceChildren(...options.map(([value, text]) => element("button", {
      type: "button", role: "radio", "aria-checked": String(value === chosen), "data-value": String(value),
      onclick: () => choose(value),
    }, ...inner(value, text))));
  }

  function picture(kind) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#kind-${kind}`);
    svg.setAttribute("aria-hidden", "true");
    svg.append(use);
    return svg;
  }

  function set(change) {
    Object.assign(draft, change);
    save();
    show();
  }

  function placeWords() {
    const place = village.place();
    if (!place) return [say("place_none"), isAsked];
    const isDoubtful = place.accuracy_m !== null && place.accuracy_m > DOUBTFUL_M;
    const told = place.source === "map" ? say("place_map")
      : say("place_gps", { metres: Math.round(place.accuracy_m) });
    const doubts = [isDoubtful && say("place_doubtful"), village.isInVillage() === false && say("place_outside")];
    const said = doubts.filter(Boolean);
    return [[told, ...said].join(" "), said.length > 0];
  }

  function showPictures() {
    officer.showPhotos(at("pictures"), draft.photos, (number) => {
      draft.photos.splice(number, 1);
      set({});
      showPictures();
    });
  }

  function tell(sentence, { isGood = false } = {}) {
    at("missing").textContent = sentence;
    at("missing").classList.toggle("is-good", isGood);
  }

  function showAuthor() {
    const me = outbox.me();
    at("author").textContent = me ? say("author", { name: me.name }) : say("author_none");
  }

  function showPosts(pack) {
    const posts = pack ? pack.posts : [];
    at("posts").hidden = posts.length === 0;
    at("posts").querySelector("ul").replaceChildren(...posts.map(({ post, task }) =>
      element("li", { textContent: `${post}：${task}` })));
  }

  function show() {
    choice(at("kinds"), officer.kinds(), draft.kind, (kind) => set({ kind }),
      (kind, text) => [picture(kind), element("span", { textContent: text })]);
    choice(at("severities"), officer.severities(), draft.severity, (severity) => set({ severity }),
      (_value, text) => [text]);
    at("counts").replaceChildren(...COUNTS.map((people) => element("button", { type: "button",
      textContent: people === 0 ? say("nobody") : `${people}`, "aria-pressed": String(draft.people === people),
      onclick: () => {
        at("people").value = people;
        set({ people });
      } })));
    const [told, isDoubtful] = placeWords();
    at("place").textContent = told;
    at("place").classList.toggle("is-doubtful", isDoubtful);
    at("package").textContent = village.age();
    showPosts(village.shown());
    // What was missing is told until it is there.
    if (isAsked) tell(missing().join(" "));
    isAsked = isAsked && missing().length > 0;
    at("send").disabled = isQueueing || working > 0;
    at("send").textContent = say(working > 0 ? "photo_working" : "send");
    showAuthor();
  }

  // Photos belong to the report that was open when they were taken, which cannot be sent before.
  async function add(input) {
    const most = officer.mostPhotos.once;
    working += 1;
    show();
    const { refused, isTooMany } = await officer.addPhotos(input, draft.photos, most);
    working -= 1;
    set({});
    showPictures();
    if (refused.length) tell(say("photo_refused", { name: refused.join(", ") }));
    else if (isTooMany) tell(say("photo_many", { most }));
  }

  const seatOf = () => (!village.place() ? "map" : !draft.kind ? "kinds" : "severities");

  async function send() {
    // Who taps just when the form was taken from her reads why, not what an empty form lacks.
    if (hasYielded && !isBegun() && !village.place()) return;
    const lacking = missing();
    isAsked = lacking.length > 0;
    tell("");
    show();
    if (isAsked) {
      at(seatOf()).scrollIntoView({ block: "center" });
      return;
    }
    isQueueing = true;
    show();
    try {
      const { x, y, accuracy_m: accuracy, source } = village.place();
      const pack = village.shown();
      await outbox.queueReport({
        village: pack ? pack.code : null,
        place: { x: Number(x.toFixed(7)), y: Number(y.toFixed(7)), accuracy_m: accuracy, source },
        kind: draft.kind, severity: draft.severity, people: draft.people, words: draft.words || null,
      }, draft.photos, { id: drafts.id(), replaces, author: authorNow() });
      drafts.sit(null);
      clear();
      tell(say("queued"), { isGood: true });
      window.scrollTo(0, 0);
    } catch (fault) {
      // The phone has no room: what is written stays in the form.
      tell(say("not_kept", { fault: officer.whyNotKept(fault) }));
    } finally {
      isQueueing = false;
      show();
    }
  }

  function clear() {
    draft = blank();
    [replaces, author, isAsked, hasYielded] = [null, null, false, false];
    at("people").value = "";
    at("text").value = "";
    village.forget();
    showPictures();
    show();
  }

  function fill({ place, replaces: replaced = null, account = null, name = "", ...found }) {
    const known = Object.keys(blank()).map((key) => [key, found[key] ?? blank()[key]]);
    draft = Object.fromEntries(known);
    replaces = replaced;
    author = account ? { account, name } : null;
    at("people").value = draft.people ?? "";
    at("text").value = draft.words || "";
    if (place) village.put(place);
    else village.forget();
    showPictures();
    show();
  }

  // A draft of another tab or day, or what was refused; what is begun here waits its turn.
  async function turnTo(id, otherwise) {
    if (isBegun()) await drafts.leave();
    const found = await drafts.claim(id);
    if (!found && !otherwise) return;
    drafts.sit(id);
    fill(found || otherwise);
    save();
    window.location.hash = "#form";
  }

  async function resume() {
    const me = outbox.me();
    const found = await drafts.take(me && me.account);
    if (!found) return;
    // She was faster than the store: what she began meanwhile is a draft of its own.
    if (isBegun()) await drafts.release(found.id);
    else {
      drafts.sit(found.id);
      fill(found);
    }
  }

  async function locate() {
    at("here").disabled = true;
    at("here").textContent = say("locating");
    try {
      await village.locate();
    } catch (fault) {
      at("place").textContent = say(fault.code === 1 ? "locate_denied" : "locate_failed");
    } finally {
      at("here").disabled = false;
      at("here").textContent = say("here");
    }
  }

  function begin() {
    village.on(() => {
      save();
      show();
    });
    at("village").addEventListener("change", (event) => village.choose(event.target.value));
    at("people").addEventListener("input", (event) => {
      const number = event.target.valueAsNumber;
      set({ people: Number.isFinite(number) && number >= 0 ? Math.round(number) : null });
    });
    at("text").addEventListener("input", (event) => set({ words: event.target.value }));
    ["camera", "album"].forEach((id) => at(id).addEventListener("change", (event) => add(event.target)));
    at("send").addEventListener("click", send);
    const canLocate = window.isSecureContext && "geolocation" in navigator;
    at("here").hidden = !canLocate;
    at("here").addEventListener("click", locate);
    outbox.on(look);
    document.addEventListener("visibilitychange", look);
    show();
    drafts.begin();
    look();
    if (!outbox.me()) resume();
  }

  Object.assign(officer, {
    form: {
      begin, turnTo, isBegun,
      show() {
        at("here").textContent = say("here");
        show();
        showPictures();
      },
    },
  });
})();
