// The form: place, kind, severity, people, photos, a word, send. What is begun survives the camera.
"use strict";
(function () {
  const { officer } = window;
  const { keep, say, element, village, outbox } = officer;
  const COUNTS = [0, 5, 20, 50, 100];
  const MOST_PHOTOS = 6;
  const DOUBTFUL_M = 50;
  const at = (id) => document.getElementById(id);
  const blank = () => ({ kind: null, severity: null, people: null, words: "", photos: [] });
  let draft = blank();
  let replaces = null;
  let isQueueing = false;

  const isBegun = () => Boolean(draft.kind || draft.severity || draft.words || draft.photos.length);

  function save() {
    keep.write("draft", { ...draft, place: village.place(), replaces });
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
    if (!place) return [say("place_none"), true];
    const isDoubtful = place.accuracy_m !== null && place.accuracy_m > DOUBTFUL_M;
    const told = place.source === "map" ? say("place_map")
      : say("place_gps", { metres: Math.round(place.accuracy_m) });
    const doubts = [isDoubtful && say("place_doubtful"), village.isInVillage() === false && say("place_outside")];
    const said = doubts.filter(Boolean);
    return [[told, ...said].join(" "), said.length > 0];
  }

  function showPictures() {
    const seat = at("pictures");
    seat.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    seat.replaceChildren(...draft.photos.map((photo, number) => {
      const image = element("img", { alt: say("photo_number", { number: number + 1 }),
        src: URL.createObjectURL(new Blob([photo.bytes], { type: "image/jpeg" })) });
      const size = element("span", { textContent: `${Math.ceil(photo.bytes.length / 1000)} KB` });
      const drop = element("button", { type: "button", textContent: "×", "aria-label": say("photo_drop"),
        onclick: () => {
          draft.photos.splice(number, 1);
          set({});
          showPictures();
        } });
      return element("li", {}, image, size, drop);
    }));
  }

  function tellWell(sentence) {
    at("missing").textContent = sentence;
    at("missing").classList.add("is-good");
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
    at("send").disabled = isQueueing;
    at("send").textContent = say("send");
  }

  async function add(input) {
    const files = [...input.files].slice(0, MOST_PHOTOS - draft.photos.length);
    const isTooMany = input.files.length > files.length;
    tellWell(say("photo_working"));
    const refused = [];
    for (const file of files) {
      try {
        const photo = await officer.shrink(file);
        if (!draft.photos.some(({ sha256 }) => sha256 === photo.sha256)) draft.photos.push(photo);
      } catch (_fault) {
        refused.push(file.name);
      }
    }
    input.value = "";
    set({});
    showPictures();
    at("missing").classList.remove("is-good");
    at("missing").textContent = refused.length ? say("photo_refused", { name: refused.join(", ") })
      : isTooMany ? say("photo_many", { most: MOST_PHOTOS }) : "";
  }

  async function send() {
    const lacking = missing();
    at("missing").classList.remove("is-good");
    at("missing").textContent = lacking.join(" ");
    if (lacking.length) {
      const seat = !village.place() ? "map" : !draft.kind ? "kinds" : "severities";
      at(seat).scrollIntoView({ block: "center" });
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
      }, draft.photos, replaces);
      clear();
      tellWell(say("queued"));
      window.scrollTo(0, 0);
    } catch (fault) {
      // The phone has no room: what is written stays in the form.
      at("missing").classList.remove("is-good");
      at("missing").textContent = say("not_kept", { fault: fault.message || fault.name });
    } finally {
      isQueueing = false;
      show();
    }
  }

  function clear() {
    draft = blank();
    replaces = null;
    at("people").value = "";
    at("text").value = "";
    village.forget();
    showPictures();
    show();
  }

  function fill(found) {
    draft = { ...blank(), ...found, photos: found.photos || [] };
    replaces = found.replaces || null;
    at("people").value = draft.people ?? "";
    at("text").value = draft.words || "";
    if (found.place) village.put(found.place);
    showPictures();
    show();
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

  async function begin() {
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
    const kept = await keep.read("draft");
    if (kept) fill(kept);
    else show();
  }

  Object.assign(officer, {
    form: {
      begin, fill, isBegun,
      show() {
        at("here").textContent = say("here");
        show();
        showPictures();
      },
    },
  });
})();
