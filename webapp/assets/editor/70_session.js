// One route under one person's hands: opened, asked about, kept everywhere, saved.
"use strict";
(function () {
  const riskatlas = window.riskatlas;
  const editor = riskatlas.editor;
  const { say } = editor.words;
  const KEEP_MS = 600;
  const RETRY_MS = 4000;
  const UNAUTHORISED = 401;
  const STALE = 412;
  const MOVED = 409;

  // A database keeps the keys of an object in an order of its own.
  const sorted = (value) => {
    if (Array.isArray(value)) return value.map(sorted);
    if (!value || typeof value !== "object") return value;
    return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
  };
  const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

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
      Object.assign(this, { local: null, mark: null, rival: null, saved: null, inFlight: null, checks: 0, asked: 0, checked: null, proposals: [], proposalNote: null,
        isSnapping: true, isDrawing: false, kept: "clean", conflict: null, others: 0, shown: null,
        whatIf: { roads: [], closed_shelters: [] }, notice: null, newer: null, isClosed: false });
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
      this.rise();
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
      this.sit();
      if (this.may.draft) this.check();
      this.begin();
    }

    learn(told) {
      // Who signs in after somebody in the same tab gets nothing that the other one drew.
      const local = `riskatlas.route.${told.account}.${this.code}`;
      if (this.local && this.local !== local) {
        if (this.mayLose()) this.askToSignIn(say("other_account"));
        else window.location.reload();
        return false;
      }
      this.local = local;
      this.server.account = told.account;
      Object.assign(this, { route: told.route, newest: told.newest, published: told.published,
        versions: told.versions, may: told.may, others: told.others, today: told.today,
        assemblyPoints: told.assembly_points, frame: told.frame });
      if (this.newer && this.newer <= this.newest.version) this.newer = null;
      return true;
    }

    isOnItsWay() {
      return !this.may.draft || ["submitted", "approved"].includes(this.newest.state);
    }

    // What was drawn and not sent comes first, then the server's draft, then the newest version; but
    // where the draft was changed elsewhere since, it stands, and the unsent one is offered.
    recover(draft) {
      const kept = this.remembered();
      const isOlder = kept && draft && kept.mark !== draft.mark;
      const unsent = isOlder ? null : kept;
      const found = unsent || (draft && { ...draft.state, base: draft.base_version });
      this.mark = draft ? draft.mark : null;
      if (isOlder && same(kept.now, draft.state.now)) this.forget();
      else if (isOlder) this.rival = { state: kept, base_version: kept.base, mark: draft.mark };
      this.base = this.newest.version;
      this.form = formOf(this.newest);
      this.history = new editor.History(shapeOf(this.newest));
      if (!this.may.draft || !found || !found.now || !found.now.parts) return this.canvasDraw();
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
      const all = { ...this.history.packed(), base: this.base, form: this.form,
        mark: this.mark };
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

    isRedrawn() {
      return JSON.stringify(this.history.now) !== JSON.stringify(shapeOf(this.newest)) ||
        this.base !== this.newest.version;
    }

    // A reason makes another version too: what was saved without one can be mended by it alone.
    isChanged() {
      return this.isRedrawn() || !same(this.form, formOf(this.newest));
    }

    canvasDraw() {
      const { parts, waypoints } = this.history.now;
      const isShown = this.may.draft && (this.isRedrawn() || this.shown === null);
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

    // All that a person made: the line, and the words beside it.
    content() {
      return JSON.stringify([this.history.now, this.form]);
    }

    isDrafting() {
      return this.kept !== "clean";
    }

    // --- asking ---------------------------------------------------------------------------------
    // What is drawn stays, whatever the answer; null where the server is away.
    async ask(method, path, body, version) {
      try {
        const answer = await this.server.ask(method, path, body, version);
        if (answer.ok && this.notice && this.notice.isPassing) this.notice = null;
        if (answer.status === UNAUTHORISED) this.askToSignIn(say("signed_out"));
        else if (answer.json.fault === "account") this.askToSignIn(this.faultOf(answer));
        else if (!answer.ok && answer.status !== STALE) this.tell({ text: this.faultOf(answer) });
        return answer;
      } catch (fault) {
        if (!(fault instanceof editor.Away)) throw fault;
        this.kept = "away";
        if (fault.told.error_en) this.notice = { text: this.faultOf({ json: fault.told }), isPassing: true };
        this.render();
        return null;
      }
    }

    faultOf({ json }) {
      const isChinese = document.documentElement.lang.startsWith("zh");
      return (isChinese ? json.error_zh : json.error_en) || say("refused");
    }

    askToSignIn(text) {
      this.kept = "signed_out";
      const next = encodeURIComponent(window.location.pathname + window.location.search);
      this.tell({ text, link: { href: `/login?next=${next}`, text: say("sign_in") } });
    }

    // --- keeping --------------------------------------------------------------------------------
    keepSoon(wait = KEEP_MS) {
      window.clearTimeout(this.keeping);
      this.keeping = window.setTimeout(() => this.keep(), wait);
    }

    async keep() {
      if (this.isClosed || !this.may || !this.may.draft || this.rival || !this.isDrafting()) return;
      if (this.inFlight || this.isSaving) {
        this.keepSoon();
        return;
      }
      this.inFlight = this.sendDraft();
      await this.inFlight;
      this.inFlight = null;
      this.render();
    }

    async sendDraft() {
      const sent = this.content();
      const { now, past, future } = this.history.packed();
      const body = { base_version: this.base, lines: now.parts, mark: this.mark,
        state: { now, past, future, form: this.form } };
      const answer = await this.ask("PUT", "/draft", body);
      if (this.isClosed) return;
      if (answer && answer.ok) {
        this.mark = answer.json.mark;
        if (sent === this.content()) this.forget();
        else this.remember();
        this.kept = "kept";
        this.others = answer.json.others;
      } else if (!answer) {
        this.keepSoon(RETRY_MS);
      } else {
        this.meetDraft(answer);
      }
    }

    // Another tab of the same person kept something else: nothing is overwritten, they choose.
    meetDraft(answer) {
      if (answer.status !== MOVED || !answer.json.draft) return;
      this.rival = answer.json.draft;
      this.render();
    }

    takeRival() {
      const { state, base_version: base, mark } = this.rival;
      Object.assign(this, { rival: null, notice: null, mark, base, form: state.form || this.form });
      this.history = new editor.History(state.now, state.past, state.future);
      this.canvas.chosen = null;
      this.changed();
      if (this.base !== this.newest.version) this.meet(this.newest);
    }

    keepMine() {
      Object.assign(this, { mark: this.rival.mark, rival: null, notice: null });
      this.remember();
      this.keep();
      this.render();
    }

    dropDraft() {
      const mark = this.mark ? `?mark=${encodeURIComponent(this.mark)}` : "";
      return this.ask("DELETE", `/draft${mark}`);
    }

    async discard() {
      window.clearTimeout(this.keeping);
      await this.inFlight;
      const answer = await this.dropDraft();
      if (answer && !answer.ok) this.meetDraft(answer);
      if (!answer || !answer.ok) return;
      this.startAfresh();
    }

    startAfresh() {
      window.clearTimeout(this.keeping);
      this.forget();
      this.drawer.said = {};
      Object.assign(this, { conflict: null, rival: null, mark: null, saved: null });
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
      if (this.history.now.parts.length !== 1) return;
      window.clearTimeout(this.keeping);
      this.isSaving = true;
      this.render();
      await this.inFlight;
      // Read now: what was drawn while the draft was under way belongs to the version.
      const { now } = this.history;
      if (now.parts.length !== 1) {
        this.isSaving = false;
        this.render();
        return;
      }
      const sent = this.content();
      const body = { line: now.parts[0], waypoints: now.waypoints, shelter_code: this.shelterCode(),
        ...this.form };
      const told = { ...body, save: this.saveId(body), mark: this.mark };
      const answer = await this.ask("POST", "/versions", told, this.base);
      const isKnown = Boolean(answer) && (answer.ok || answer.status === STALE);
      // Saving lasts until the page knows its own version: told before, it would seem another's.
      if (isKnown) await this.refresh();
      this.isSaving = false;
      if (!isKnown) this.keepSoon(0);
      else if (answer.ok) this.goOnFrom(answer.json.version, sent);
      else this.meet(answer.json.theirs);
      this.render();
    }

    // What was drawn or written meanwhile stays, as the draft of what follows on the version just saved; so
    // does the line itself where the page could not ask for that version.
    goOnFrom(number, sent) {
      const isDrawnOn = this.content() !== sent || this.newest.version < number;
      if (isDrawnOn) Object.assign(this, { base: number, mark: null, saved: null });
      if (isDrawnOn) this.changed();
      else this.startAfresh();
      this.tell({ text: say("saved", { number }), kind: "fine" });
      if (isDrawnOn) return;
      this.drawer.show("review");
      this.show(this.newest.version);
    }

    // The same save asked again, for want of an answer, has the same id; another line has another.
    saveId(body) {
      const content = JSON.stringify([this.base, body]);
      if (!this.saved || this.saved.content !== content) this.saved = { content, id: editor.madeUp() };
      return this.saved.id;
    }

    async refresh() {
      const answer = await this.ask("GET", "");
      if (answer && answer.ok) this.learn(answer.json);
      this.render();
    }
  }

  editor.Session = Session;
  editor.start = (seat, map) => {
    editor.words.learn(JSON.parse(seat.dataset.words));
    const session = new Session(seat, map);
    session.open();
    editor.session = session;
    return session;
  };
})();
