// One stream of news for the whole browser: run beside its tabs, which are told what is heard.
// Where a browser cannot do that, each tab runs this by itself.
"use strict";
(function () {
  const NAMES = ["hello", "heartbeat", "generation", "editing", "version", "dropped"];
  const LOOK_MS = 2000;
  const STALE_MS = 16000;
  const FIRST_WAIT_MS = 2000;
  const LONGEST_WAIT_MS = 30000;
  const CLOSED = 2;
  const LOST = { name: "lost", facts: {} };

  class Stream {
    constructor(url, tell) {
      Object.assign(this, { url, tell, standing: null, isLost: false, wait: FIRST_WAIT_MS,
        source: null });
      this.watch = setInterval(() => this.look(), LOOK_MS);
      this.open();
    }

    open() {
      if (this.source) this.source.close();
      clearTimeout(this.reopening);
      this.heardAt = performance.now();
      const source = new EventSource(this.url);
      NAMES.forEach((name) =>
        source.addEventListener(name, (event) => this.hear(name, JSON.parse(event.data))));
      source.onerror = () => this.lose(source);
      this.source = source;
    }

    close() {
      clearInterval(this.watch);
      clearTimeout(this.reopening);
      if (this.source) this.source.close();
      this.source = null;
    }

    hear(name, facts) {
      this.heardAt = performance.now();
      this.wait = FIRST_WAIT_MS;
      this.isLost = false;
      if (name === "hello") this.standing = facts;
      else if (this.standing) this.learn(name, facts);
      this.tell({ name, facts });
    }

    learn(name, facts) {
      if (name === "generation") this.standing.layers[facts.layer] = facts.generation;
      if (name === "editing") this.standing.editing[facts.code] = facts.count;
      if (name === "heartbeat") this.standing.heard = facts.heard;
    }

    // The browser tries again by itself after a cut line, and never after an answer that refuses.
    lose(source) {
      if (source !== this.source) return;
      this.sayLost();
      if (source.readyState !== CLOSED) return;
      this.reopening = setTimeout(() => this.open(), this.wait * (1 + Math.random()));
      this.wait = Math.min(this.wait * 1.5, LONGEST_WAIT_MS);
    }

    // A line that says nothing for longer than three heartbeats is dead, whatever the browser thinks.
    look() {
      if (performance.now() - this.heardAt < STALE_MS) return;
      this.sayLost();
      this.open();
    }

    sayLost() {
      Object.assign(this, { standing: null, isLost: true });
      this.tell(LOST);
    }

    // What a tab that comes later needs to know.
    now() {
      if (this.standing) return { name: "hello", facts: this.standing };
      return this.isLost ? LOST : null;
    }
  }

  function serve(scope) {
    const tabs = new Set();
    const stream = new Stream(scope.name, (news) => tabs.forEach((tab) => tab.postMessage(news)));
    scope.onconnect = ({ ports: [tab] }) => {
      tab.onmessage = ({ data }) => {
        if (data !== "here") {
          tabs.delete(tab);
          return;
        }
        tabs.add(tab);
        const now = stream.now();
        if (now) tab.postMessage(now);
      };
    };
  }

  if (typeof SharedWorkerGlobalScope === "undefined") window.riskatlas.Stream = Stream;
  else serve(self);
})();
