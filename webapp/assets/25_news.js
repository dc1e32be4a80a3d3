// Hear what changes, say at once when nothing can be heard, and offer a new program.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const LATEST_RELOAD_MS = 5000;
  const told = new EventTarget();
  const held = new Set();
  const lines = new Map();
  const news = { layers: {}, editing: {}, boot: null, edition: null, isHeard: null };
  let seat = null;

  // What other scripts hear: hello, heartbeat, generation, editing, version, moved, lost.
  function on(name, act) {
    const hear = (event) => act(event.detail);
    told.addEventListener(name, hear);
    return () => told.removeEventListener(name, hear);
  }

  const tell = (name, facts) => told.dispatchEvent(new CustomEvent(name, { detail: facts }));

  function button(text, act) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "tool", textContent: text, onclick: act });
    return made;
  }

  // One line per matter; an empty one goes.
  function say(name, texts, ...buttons) {
    lines.get(name)?.remove();
    lines.delete(name);
    if (!texts) return;
    const line = document.createElement("p");
    line.className = `news-line news-${name}`;
    line.dataset.newsLine = name;
    const words = document.createElement("span");
    words.textContent = texts.join(" ");
    line.append(words, ...buttons);
    lines.set(name, line);
    seat.append(line);
  }

  function sayHeard(isHeard) {
    if (news.isHeard === isHeard) return;
    news.isHeard = isHeard;
    say("lost", isHeard ? null : [seat.dataset.lost]);
  }

  const isTyping = () => {
    const { tagName, type, value } = document.activeElement || {};
    return ["INPUT", "TEXTAREA"].includes(tagName) && type !== "checkbox" && Boolean(value);
  };
  const mayLoseSomething = () => isTyping() || [...held].some((isHeld) => isHeld());

  function offerProgram() {
    const reload = () => window.location.reload();
    const { program, unsaved, reload: word } = seat.dataset;
    if (mayLoseSomething()) {
      say("program", [program, unsaved], button(word, reload));
      return;
    }
    say("program", [program], button(word, reload));
    // Not all at once; and somebody may begin to draw meanwhile.
    window.setTimeout(() => (mayLoseSomething() ? offerProgram() : reload()),
      Math.random() * LATEST_RELOAD_MS);
  }

  function move(layers) {
    if (layers.length > 0) tell("moved", layers);
  }

  function greet(facts) {
    const isOther = news.edition !== null && news.edition !== facts.edition;
    const moved = Object.keys(facts.layers)
      .filter((name) => isOther || news.layers[name] !== facts.layers[name]);
    const isNewProgram = news.boot !== null && news.boot !== facts.boot;
    if (facts.heard) {
      Object.assign(news, { layers: facts.layers, editing: facts.editing, edition: facts.edition });
    }
    news.boot = facts.boot;
    sayHeard(facts.heard);
    tell("hello", facts);
    if (facts.heard) move(moved);
    if (isNewProgram) offerProgram();
  }

  function hear({ name, facts }) {
    if (name === "hello") {
      greet(facts);
      return;
    }
    if (name === "lost" || name === "dropped") sayHeard(false);
    if (name === "heartbeat") sayHeard(facts.heard);
    if (name === "editing") news.editing[facts.code] = facts.count;
    const isMove = name === "generation" && news.layers[facts.layer] !== facts.generation;
    if (isMove) news.layers[facts.layer] = facts.generation;
    tell(name, facts);
    if (isMove) move([facts.layer]);
  }

  // Each tab for itself: a tab that nobody looks at gives its stream up, for a browser has few.
  function listenAlone(url, path) {
    const script = document.createElement("script");
    script.src = path;
    script.onload = () => {
      let stream = null;
      const look = () => {
        if (document.hidden && stream) stream = stream.close();
        else if (!document.hidden && !stream) stream = new riskatlas.Stream(url, hear);
      };
      document.addEventListener("visibilitychange", look);
      window.addEventListener("pagehide", () => (stream = stream && stream.close()));
      window.addEventListener("pageshow", look);
      look();
    };
    document.head.append(script);
  }

  function listenTogether(url, path) {
    const worker = new SharedWorker(path, { name: url });
    let isAlone = false;
    worker.onerror = () => {
      if (!isAlone) listenAlone(url, path);
      isAlone = true;
    };
    worker.port.onmessage = ({ data }) => hear(data);
    worker.port.postMessage("here");
    window.addEventListener("pagehide", () => worker.port.postMessage("gone"));
    window.addEventListener("pageshow", ({ persisted }) => persisted && worker.port.postMessage("here"));
  }

  function begin(found) {
    seat = found;
    const { origin, stream, generations } = seat.dataset;
    news.layers = JSON.parse(generations);
    const listen = window.SharedWorker ? listenTogether : listenAlone;
    listen(`${origin}/live`, stream);
    tell("begun", seat.dataset);
  }

  riskatlas.news = Object.assign(news, {
    on, say, button,
    // A script that has something to lose says so by a function.
    hold: (isHeld) => {
      held.add(isHeld);
      return () => held.delete(isHeld);
    },
  });

  const watch = new MutationObserver(() => {
    const found = document.querySelector("[data-news]");
    if (!found) return;
    watch.disconnect();
    begin(found);
  });
  watch.observe(document.documentElement, { childList: true, subtree: true });
})();
