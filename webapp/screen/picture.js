// What a wall screen shows and how old it is: fetched, kept, and never taken for newer than it is.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const { kept } = riskatlas;
  const base = window.location.pathname.replace(/\/$/, "");
  const ANSWER_MS = 10000;
  const TOGETHER_MS = 100;
  const AGAIN_MS = 3000;
  const LONGEST_AGAIN_MS = 30000;
  // Past this the picture is not called fresh, whatever the line says: four heartbeats.
  const FRESH_MS = 20000;
  const ALL = "*";

  class OverError extends Error {}

  async function ask(path) {
    const answer = await fetch(path, { cache: "no-cache", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status === 404 && path.endsWith("/state.json") && (await answer.json()).over) {
      throw new OverError("the link is over");
    }
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  // The server's clock, told by each message. This machine's own may be wrong, and may stand still
  // while it sleeps: of its two measures of what went by the longer one counts.
  const clock = {
    server: null, ticks: 0, date: 0, offset: 0,
    set(server) {
      Object.assign(this, { server, ticks: performance.now(), date: Date.now() });
      this.offset = server - this.date;
    },
    now() {
      if (this.server === null) return Date.now() + this.offset;
      return this.server + Math.max(performance.now() - this.ticks, Date.now() - this.date);
    },
  };

  class Picture {
    constructor(tell) {
      Object.assign(this, {
        tell, state: null, layers: {}, generations: null, edition: null, dirty: new Set(),
        confirmed: null, isAsked: false, isHeard: false, isLost: true, isBehind: false, isOver: false,
        running: null, waiting: 0, wait: AGAIN_MS,
      });
    }

    // What was kept before the power went; it has the time of then.
    async restore() {
      const [picture, time] = [await kept.get("picture"), await kept.get("time")];
      if (!picture || !time || this.state || this.isOver) return;
      Object.assign(this, { state: picture.state, layers: picture.layers, confirmed: time.confirmed });
      if (clock.server === null) clock.offset = time.offset;
      // What is being fetched already is all there is.
      if (!this.running) this.dirty.add(ALL);
      this.tell("picture");
    }

    get age() {
      return this.confirmed === null ? null : clock.now() - this.confirmed;
    }

    get standing() {
      if (this.isOver) return "over";
      if (this.isLost) return "lost";
      if (!this.isHeard) return "database";
      if (this.isBehind || this.age === null || this.age > FRESH_MS) return "behind";
      return "fresh";
    }

    hear({ name, facts }) {
      this.isAsked = true;
      if (facts.at) clock.set(Date.parse(facts.at));
      if (name === "lost" || name === "dropped") this.isLost = true;
      if (name === "hello") this.greet(facts);
      if (name === "heartbeat") this.beat(facts);
      if (name === "generation") this.move(facts);
      this.tell("standing");
    }

    // Whatever was missed meanwhile shows in the generations.
    greet({ layers, edition, heard }) {
      Object.assign(this, { isLost: false, isHeard: heard });
      if (!heard) return;
      const before = this.edition === edition ? this.generations : null;
      if (before) {
        Object.keys(layers).filter((name) => layers[name] !== before[name])
          .forEach((name) => this.dirty.add(name));
      } else this.dirty.add(ALL);
      Object.assign(this, { generations: layers, edition });
      this.refreshSoon(0);
    }

    beat({ at, heard }) {
      Object.assign(this, { isLost: false, isHeard: heard });
      const isWhole = this.state && !this.running && !this.isBehind && this.dirty.size === 0;
      if (heard && isWhole) this.confirm(Date.parse(at));
    }

    move({ layer, generation }) {
      if (this.generations) this.generations[layer] = generation;
      this.dirty.add(layer);
      this.refreshSoon(TOGETHER_MS * (1 + Math.random()));
    }

    confirm(at) {
      this.confirmed = at;
      kept.put("time", { confirmed: at, offset: clock.offset });
    }

    refreshSoon(wait) {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.refresh(), wait);
    }

    refresh() {
      this.running = this.running || this.run().finally(() => (this.running = null));
      return this.running;
    }

    async run() {
      const taken = this.dirty;
      this.dirty = new Set();
      try {
        await this.fetch(taken);
        Object.assign(this, { isBehind: false, isOver: false, wait: AGAIN_MS });
        if (this.dirty.size > 0) this.refreshSoon(TOGETHER_MS);
      } catch (fault) {
        taken.forEach((name) => this.dirty.add(name));
        if (fault instanceof OverError) this.end();
        else this.fail();
      }
      this.tell("standing");
    }

    async fetch(taken) {
      const state = await ask(`${base}/state.json`);
      const town = state.town_code ? `?town=${state.town_code}` : "";
      const isMoved = (sources) => taken.has(ALL) || sources.some((source) => taken.has(source));
      const found = await Promise.all(
        Object.entries(state.layers).map(async ([name, sources]) => {
          const isThere = name in this.layers && !isMoved(sources);
          return [name, isThere ? this.layers[name] : await ask(`/features/${name}.geojson${town}`)];
        }));
      const isBaseMoved = this.state !== null && isMoved(state.basemap);
      Object.assign(this, { state, layers: Object.fromEntries(found) });
      clock.set(state.now_ms);
      if (this.dirty.size === 0) this.confirm(state.now_ms);
      kept.put("picture", { state, layers: this.layers });
      this.tell("picture");
      if (isBaseMoved) this.tell("base");
    }

    // What cannot be fetched is asked for again; where the line is gone, its return asks.
    fail() {
      this.isBehind = true;
      if (this.isLost) return;
      this.refreshSoon(this.wait * (1 + Math.random()));
      this.wait = Math.min(this.wait * 1.5, LONGEST_AGAIN_MS);
    }

    end() {
      const isNew = !this.isOver;
      Object.assign(this, { isOver: true, state: null, layers: {}, confirmed: null });
      this.dirty.add(ALL);
      if (!isNew) return;
      kept.forget();
      kept.forgetShell();
      this.tell("over");
    }
  }

  Object.assign(riskatlas, { Picture, clock });
})();
