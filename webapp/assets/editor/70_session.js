// One route under one person's hands: drafts kept everywhere, checks after each change, saving.
"use strict";
(function () {
  const riskatlas = window.riskatlas;
  const editor = riskatlas.editor;
  const { say } = editor.words;
  const { key, distance, join, stretches, merge } = editor.line;
  const KEEP_MS = 600;
  const RETRY_MS = 4000;
  const UNAUTHORISED = 401;
  const STALE = 412;

  const lineOf = (version) => version.lines.map((line) => line.map((at) => [...at]));
  const shapeOf = (version) => ({ parts: lineOf(version), waypoints: version.waypoints || [],
    shelter_code: version.shelter_code });
  const formOf = (version) => ({ explanations: { ...version.explanations },
    off_road_reason: version.off_road_reason, assembly_point_code: version.assembly_point_code,
    note: null });

  class Session {
    constructor(seat, map) {
      this.code = seat.dataset.routeEditor;
      this.server = new editor.Server(this.code);
      this.local = `riskatlas.route.${this.code}`;
      Object.assign(this, { checks: 0, asked: 0, checked: null, proposals: [], proposalNote: null,
        isSnapping: true, isDrawing: false, kept: "clean", conflict: null, others: 0, shown: null,
        whatIf: { roads: [], closed_shelters: [] }, notice: null, isClosed: false });
      this.canvas = new editor.Canvas(map, {
        changed: (parts) => this.change({ parts }, { isDrag: true }),
        drawn: (line) => this.change({ parts: [...this.history.now.parts, line] }, { isDrag: true }),
        drawing: (isOn) => { this.isDrawing = isOn; this.render(); },
        chosen: () => this.render(), removal: (at) => this.remove(at),
        picked: (at) => this.closeRoad(at),
      });
      this.bound = { keydown: (event) => this.typed(event), online: () => this.keep() };
      Object.entries(this.bound).forEach(([name, act]) => window.addEventListener(name, act));
    }

    close() {
      this.isClosed = true;
      window.clearTimeout(this.keeping);
      if (this.live) this.live.close();
      Object.entries(this.bound).forEach(([name, act]) => window.removeEventListener(name, act));
      this.canvas.close();
      if (this.drawer) this.drawer.root.remove();
      delete document.documentElement.dataset.editing;
    }

    async open() {
      const answer = await this.ask("GET", "");
      if (this.isClosed || !answer || !answer.ok) return;
      this.learn(answer.json);
      this.drawer = editor.drawer.build(this);
      document.documentElement.dataset.editing = "true";
      this.drawer.show(this.may.draft ? "edit" : "review");
      this.recover(answer.json.draft);
      this.recall();
      this.show(this.isOnItsWay() ? this.newest.version : null);
      this.canvas.map.invalidateSize({ animate: false, pan: false });
      if (!riskatlas.isLinked) this.canvas.frame([...this.history.now.parts, ...this.published.lines]);
      this.listen();
      if (this.may.draft) this.check();
    }

    learn(told) {
      Object.assign(this, { route: told.route, newest: told.newest, published: told.published,
        versions: told.versions, may: told.may, others: told.others, today: told.today,
        assemblyPoints: told.assembly_points });
    }

    isOnItsWay() {
      return !this.may.draft || ["submitted", "approved"].includes(this.newest.state);
    }

    // What was drawn and not sent comes first, then the server's draft, then the newest version.
    recover(draft) {
      const unsent = this.remembered();
      const found = unsent || (draft && { ...draft.state, base: draft.base_version });
      this.base = this.newest.version;
      this.form = formOf(this.newest);
      this.history = new editor.History(shapeOf(this.newest));
      if (!this.may.draft || !found || !found.now) return this.canvasDraw();
      this.history = new editor.History(found.now, found.past, found.future);
      Object.assign(this, { base: found.base, form: found.form || this.form, kept: "kept" });
      this.tell({ text: say("recovered"), kind: "fine" });
      this.canvasDraw();
      if (unsent) this.keep();
      if (this.base !== this.newest.version) this.meet(this.newest);
      return undefined;
    }

    remembered() {
      try {
        return JSON.parse(window.sessionStorage.getItem(this.local));
      } catch (_fault) {
        return null;
      }
    }

    remember() {
      const all = { ...this.history.packed(), base: this.base, form: this.form };
      try {
        window.sessionStorage.setItem(this.local, JSON.stringify(all));
      } catch (_fault) {
        // A full store: the server's draft is what is left, and the line below says whether it is.
      }
    }

    forget() {
      window.sessionStorage.removeItem(this.local);
    }

    shelterCode() {
      return this.history.now.shelter_code || this.route.shelter_code;
    }

    isChanged() {
      return JSON.stringify(this.history.now) !== JSON.stringify(shapeOf(this.newest)) ||
        this.base !== this.newest.version;
    }

    canvasDraw() {
      const { parts, waypoints } = this.history.now;
      const isShown = this.may.draft && (this.isChanged() || this.shown === null);
      if (isShown) this.canvas.draw(parts, { isEditable: true, waypoints });
      else this.canvas.draw([], { isEditable: false, waypoints: [] });
      this.canvas.refocus();
    }

    render() {
      if (this.drawer && !this.isClosed) editor.drawer.render(this, this.drawer);
    }

    tell(notice) {
      this.notice = notice;
      this.render();
    }

    // --- changing -------------------------------------------------------------------------------
    change(part, { isDrag = false } = {}) {
      const before = this.history.now;
      const next = { ...before, ...part };
      const there = new Set(next.parts.flat().map(key));
      next.waypoints = next.waypoints.map((at) => (there.has(key(at)) ? at : this.moved(at, before, next)))
        .filter(Boolean);
      if (!this.history.change(next)) return;
      this.changed({ isSnapping: isDrag && this.isSnapping });
    }

    // A waypoint goes with its vertex: to the one that is new nearest by, or with it.
    moved(at, before, next) {
      const old = new Set(before.parts.flat().map(key));
      const fresh = next.parts.flat().filter((point) => !old.has(key(point)));
      fresh.sort((a, b) => distance(a, at) - distance(b, at));
      return before.parts.flat().length <= next.parts.flat().length ? fresh[0] : null;
    }

    changed({ isSnapping = false } = {}) {
      if (this.shown !== null) this.show(null);
      this.remember();
      this.kept = "waiting";
      this.canvasDraw();
      this.check({ isSnapping });
      this.keepSoon();
      this.render();
    }

    undo() {
      if (this.history.undo()) this.changed();
    }

    redo() {
      if (this.history.redo()) this.changed();
    }

    remove(at = this.canvas.chosen) {
      if (!at) return;
      const parts = this.history.now.parts.map((part) => [...part]);
      if (!parts[at.part]) return;
      if (parts[at.part].length <= 2 && parts.length === 1) {
        this.tell({ text: say("too_short") });
        return;
      }
      parts[at.part].splice(at.index, 1);
      const left = parts.filter((part) => part.length > 1);
      this.canvas.chosen = parts[at.part].length > 1
        ? { part: at.part, index: Math.min(at.index, parts[at.part].length - 1) } : null;
      this.change({ parts: left });
    }

    cut() {
      const { part, index } = this.canvas.chosen;
      const parts = [...this.history.now.parts];
      const line = parts[part];
      parts.splice(part, 1, line.slice(0, index + 1), line.slice(index));
      this.canvas.chosen = null;
      this.change({ parts });
    }

    dropPart() {
      const { part } = this.canvas.chosen;
      this.canvas.chosen = null;
      this.change({ parts: this.history.now.parts.filter((_each, at) => at !== part) });
    }

    join() {
      const [first, ...rest] = this.history.now.parts;
      this.canvas.chosen = null;
      this.change({ parts: [rest.reduce((line, part) => join(line, part), first)] }, { isDrag: true });
    }

    reverse() {
      this.canvas.chosen = null;
      this.change({ parts: [...this.history.now.parts].reverse().map((part) => [...part].reverse()) });
    }

    chosenPoint() {
      const { chosen } = this.canvas;
      return chosen && (this.history.now.parts[chosen.part] || [])[chosen.index];
    }

    isWaypoint() {
      const at = this.chosenPoint();
      return Boolean(at && this.history.now.waypoints.some((each) => key(each) === key(at)));
    }

    toggleWaypoint() {
      const at = this.chosenPoint();
      if (!at) return;
      const others = this.history.now.waypoints.filter((each) => key(each) !== key(at));
      this.change({ waypoints: this.isWaypoint() ? others : [...others, at] });
    }

    toggleSnap() {
      this.isSnapping = !this.isSnapping;
      this.tell(this.isSnapping ? null : { text: say("off_road_asked"), kind: "fine" });
    }

    state(part) {
      this.form = { ...this.form, ...part };
      this.remember();
      this.kept = "waiting";
      this.keepSoon();
      this.render();
    }

    explain(code, text) {
      const explanations = { ...this.form.explanations };
      if (text.trim()) explanations[code] = text.trim();
      else delete explanations[code];
      this.state({ explanations });
    }

    typed(event) {
      const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
      if (isTyping || !(event.ctrlKey || event.metaKey) || !this.may || !this.may.draft) return;
      const name = event.key.toLowerCase();
      if (name === "z" && !event.shiftKey) this.undo();
      else if (name === "y" || (name === "z" && event.shiftKey)) this.redo();
      else return;
      event.preventDefault();
    }

    // --- asking ---------------------------------------------------------------------------------
    // What is drawn stays, whatever the answer; null where the server is away.
    async ask(method, path, body, version) {
      try {
        const answer = await this.server.ask(method, path, body, version);
        if (answer.status === UNAUTHORISED) this.askToSignIn();
        else if (!answer.ok && answer.status !== STALE) this.tell({ text: this.faultOf(answer) });
        return answer;
      } catch (fault) {
        if (!(fault instanceof editor.Away)) throw fault;
        this.kept = "away";
        this.render();
        return null;
      }
    }

    faultOf({ json }) {
      const isChinese = document.documentElement.lang.startsWith("zh");
      return (isChinese ? json.error_zh : json.error_en) || (isChinese ? json.zh : json.en) ||
        say("refused");
    }

    askToSignIn() {
      this.kept = "signed_out";
      const next = encodeURIComponent(window.location.pathname + window.location.search);
      this.tell({ text: say("signed_out"), link: { href: `/login?next=${next}`, text: say("sign_in") } });
    }

    assumed() {
      return { closed_roads: this.whatIf.roads.map((each) => each.id),
        closed_shelters: this.whatIf.closed_shelters };
    }

    async check({ isSnapping = false } = {}) {
      this.asked += 1;
      const number = this.asked;
      const { parts } = this.history.now;
      if (parts.length !== 1) {
        this.checked = null;
        this.isChecking = false;
        this.checks += 1;
        this.render();
        return;
      }
      this.isChecking = true;
      const body = { line: parts[0], snap: isSnapping, what_if: this.assumed(),
        shelter_code: this.shelterCode() };
      const answer = await this.ask("POST", "/check", body);
      if (number !== this.asked || this.isClosed) return;
      this.isChecking = false;
      if (answer && answer.ok) {
        this.checked = answer.json;
        if (isSnapping) this.settle(answer.json.line);
      } else {
        this.checked = null;
      }
      this.checks += 1;
      this.render();
    }

    // The line as the server put it onto the roads replaces the drawn one in the same step.
    settle(line) {
      const { now } = this.history;
      if (JSON.stringify([line]) === JSON.stringify(now.parts)) return;
      const there = new Set(line.map(key));
      const nearest = (at) => line.reduce((best, each) =>
        (distance(each, at) < distance(best, at) ? each : best));
      const waypoints = now.waypoints.map((at) => (there.has(key(at)) ? at : nearest(at)));
      const held = this.chosenPoint();
      this.history.now = { ...now, parts: [line], waypoints };
      if (held) this.canvas.chosen = { part: 0, index: line.indexOf(nearest(held)) };
      this.remember();
      this.canvasDraw();
      this.keepSoon();
    }

    findings() {
      const { parts } = this.history.now;
      if (parts.length !== 1) {
        const sentence = say(parts.length ? "in_pieces" : "no_line", { count: parts.length });
        return [{ code: "in_pieces", level: "error", sentence, at: null }];
      }
      return this.checked ? this.checked.findings : [];
    }

    // --- keeping --------------------------------------------------------------------------------
    keepSoon(wait = KEEP_MS) {
      window.clearTimeout(this.keeping);
      this.keeping = window.setTimeout(() => this.keep(), wait);
    }

    async keep() {
      if (this.isClosed || !this.may || !this.may.draft || this.isSaving) return;
      if (this.isKeeping) {
        this.keepSoon();
        return;
      }
      this.isKeeping = true;
      const sent = JSON.stringify(this.history.now);
      const { now, past, future } = this.history.packed();
      const body = { base_version: this.base, lines: now.parts,
        state: { now, past, future, form: this.form } };
      const answer = await this.ask("PUT", "/draft", body);
      this.isKeeping = false;
      if (this.isClosed) return;
      if (answer && answer.ok) {
        if (sent === JSON.stringify(this.history.now)) this.forget();
        this.kept = "kept";
        this.others = answer.json.others;
      } else if (!answer) {
        this.keepSoon(RETRY_MS);
      }
      this.render();
    }

    async discard() {
      window.clearTimeout(this.keeping);
      const answer = await this.ask("DELETE", "/draft");
      if (!answer || !answer.ok) return;
      this.startAfresh();
    }

    startAfresh() {
      this.forget();
      this.conflict = null;
      this.kept = "clean";
      this.base = this.newest.version;
      this.form = formOf(this.newest);
      this.history = new editor.History(shapeOf(this.newest));
      this.canvas.chosen = null;
      this.canvasDraw();
      this.showSaved();
      this.check();
      this.render();
    }

    async save() {
      const { now } = this.history;
      if (now.parts.length !== 1) return;
      window.clearTimeout(this.keeping);
      this.isSaving = true;
      this.render();
      const body = { line: now.parts[0], waypoints: now.waypoints, shelter_code: this.shelterCode(),
        ...this.form };
      const answer = await this.ask("POST", "/versions", body, this.base);
      this.isSaving = false;
      if (answer && answer.status === STALE) {
        await this.refresh();
        this.meet(answer.json.theirs);
      } else if (answer && answer.ok) {
        await this.refresh();
        this.startAfresh();
        this.tell({ text: say("saved", { number: answer.json.version }), kind: "fine" });
        this.drawer.show("review");
        this.show(this.newest.version);
      } else {
        this.keepSoon(0);
      }
      this.render();
    }

    async refresh() {
      const answer = await this.ask("GET", "");
      if (answer && answer.ok) this.learn(answer.json);
      this.render();
    }

    // --- two people -----------------------------------------------------------------------------
    meet(theirs) {
      const mine = this.history.now.parts[0] || [];
      const parts = stretches(mine, theirs.lines[0] || []);
      const choices = parts.filter((part) => !part.same).map(() => "mine");
      this.conflict = { theirs, parts, choices };
      this.canvas.draw([], { isEditable: false, waypoints: [] });
      this.drawConflict();
    }

    drawConflict() {
      const { parts, choices } = this.conflict;
      this.canvas.showSides(parts, choices, (number, side) => this.choose(number, side));
      this.render();
    }

    choose(number, side) {
      this.conflict.choices[number] = side;
      this.drawConflict();
    }

    resolve(parts) {
      const { theirs } = this.conflict;
      this.conflict = null;
      this.base = theirs.version;
      this.history.change({ ...this.history.now, parts });
      this.canvas.chosen = null;
      this.showSaved();
      this.changed();
    }

    takeMine() {
      this.resolve(this.history.now.parts);
      this.save();
    }

    merge() {
      this.resolve([merge(this.conflict.parts, this.conflict.choices)]);
      this.tell({ text: say("merged"), kind: "fine" });
    }

    async keepTheirs() {
      await this.ask("DELETE", "/draft");
      this.startAfresh();
    }

    // --- versions -------------------------------------------------------------------------------
    showSaved() {
      if (this.may.draft) this.canvas.compare(this.newest.lines, []);
      else this.canvas.compare(this.published.lines, this.published.lines);
    }

    async show(number) {
      this.shown = number;
      if (number === null) {
        this.showSaved();
      } else {
        const answer = await this.ask("GET", `/versions/${number}`);
        if (!answer || !answer.ok || this.shown !== number) return;
        const at = this.versions.findIndex((each) => each.version === number);
        this.versions[at] = { ...this.versions[at], ...answer.json };
        this.canvas.compare(answer.json.against, answer.json.lines);
      }
      if (!this.conflict) this.canvasDraw();
      this.render();
    }

    async step(name, version) {
      const root = this.drawer.parts.versions;
      const reason = root.querySelector("[data-step-reason]");
      const day = root.querySelector("[data-valid-from]");
      const body = { version: version.version, reason: reason ? reason.value : null,
        valid_from: day ? day.value : null, explanations: this.form.explanations };
      const answer = await this.ask("POST", `/${name}`, body, this.newest.version);
      if (!answer) return undefined;
      if (answer.status === STALE) this.tell({ text: this.faultOf(answer) });
      if (answer.ok) {
        this.published_told = name === "publish" ? answer.json : null;
        this.tell({ text: say(`done_${name}`), kind: "fine" });
        if (["publish", "withdraw"].includes(name)) return this.showAfresh();
      }
      await this.refresh();
      if (answer.ok && name === "restore" && !this.isDrafting()) this.startAfresh();
      return this.show(answer.ok && name === "restore" ? this.newest.version : version.version);
    }

    // The whole page speaks of the route in force: it is loaded again, and says what to do now.
    showAfresh() {
      const told = { published: this.published_told, notice: this.notice };
      window.sessionStorage.setItem(`${this.local}.told`, JSON.stringify(told));
      window.location.reload();
    }

    recall() {
      const told = JSON.parse(window.sessionStorage.getItem(`${this.local}.told`));
      window.sessionStorage.removeItem(`${this.local}.told`);
      if (!told) return;
      this.published_told = told.published;
      this.drawer.show("review");
      this.tell(told.notice);
    }

    isDrafting() {
      return this.kept !== "clean";
    }

    // --- proposals and what-if ------------------------------------------------------------------
    async propose() {
      this.isProposing = true;
      this.render();
      const { waypoints } = this.history.now;
      const answer = await this.ask("POST", "/alternatives", { what_if: this.assumed(), waypoints });
      this.isProposing = false;
      if (answer && answer.ok) {
        this.proposals = answer.json.alternatives;
        this.proposalNote = answer.json.why_not_more;
        this.canvas.showGhosts(this.proposals, (number) => this.take(number));
      }
      this.render();
    }

    forgetProposals() {
      this.proposals = [];
      this.proposalNote = null;
      this.canvas.showGhosts([], () => {});
      this.render();
    }

    take(number) {
      const proposal = this.proposals[number];
      this.forgetProposals();
      this.canvas.chosen = null;
      this.change({ parts: [proposal.line], shelter_code: proposal.shelter_code || this.shelterCode(),
        waypoints: [] });
    }

    pickRoad() {
      this.canvas.pick(!this.canvas.isPicking);
      this.render();
    }

    async closeRoad(at) {
      this.canvas.pick(false);
      const answer = await this.ask("POST", "/snap", { point: at });
      if (!answer || !answer.ok) return this.render();
      const { road_id: id, name, line } = answer.json;
      if (!this.whatIf.roads.some((each) => each.id === id)) {
        this.whatIf.roads.push({ id, name: name || say("road", { id }), line });
      }
      return this.assume();
    }

    openRoad(id) {
      this.whatIf.roads = this.whatIf.roads.filter((each) => each.id !== id);
      this.assume();
    }

    toggleShelter() {
      const code = this.shelterCode();
      const shut = this.whatIf.closed_shelters;
      this.whatIf.closed_shelters = shut.includes(code)
        ? shut.filter((each) => each !== code) : [...shut, code];
      this.assume();
    }

    assume() {
      this.canvas.showClosed(this.whatIf.roads);
      this.check();
      if (this.proposals.length) this.propose();
      this.render();
    }

    // --- who else -------------------------------------------------------------------------------
    listen() {
      if (!riskatlas.hasEvents || !window.EventSource) return;
      this.live = new EventSource(`${riskatlas.live}/live`);
      this.live.addEventListener("editing", (event) => {
        const told = JSON.parse(event.data);
        if (told.code !== this.code) return;
        this.others = Math.max(told.count - (this.isDrafting() ? 1 : 0), 0);
        this.render();
      });
    }
  }

  editor.start = (seat, map) => {
    editor.words.learn(JSON.parse(seat.dataset.words));
    riskatlas.hasEvents = seat.dataset.events === "true";
    const session = new Session(seat, map);
    session.open();
    editor.session = session;
    return session;
  };
})();
