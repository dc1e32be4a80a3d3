// Versions of a route: which is shown, what follows on it, and two people's work brought together.
"use strict";
(function () {
  const editor = window.riskatlas.editor;
  const { say } = editor.words;
  const { stretches, merge } = editor.line;
  const STALE = 412;

  const deciding = {
    // --- two people -----------------------------------------------------------------------------
    meet(theirs) {
      const mine = this.history.now.parts[0] || [];
      const parts = stretches(mine, theirs.lines[0] || []);
      const choices = parts.filter((part) => !part.same).map(() => "mine");
      this.conflict = { theirs, parts, choices };
      this.canvas.draw([], { isEditable: false, waypoints: [] });
      this.drawConflict();
    },

    drawConflict() {
      const { parts, choices } = this.conflict;
      this.canvas.showSides(parts, choices, (number, side) => this.choose(number, side));
      this.render();
    },

    choose(number, side) {
      this.conflict.choices[number] = side;
      this.drawConflict();
    },

    resolve(parts) {
      const { theirs } = this.conflict;
      this.conflict = null;
      this.base = theirs.version;
      this.history.change({ ...this.history.now, parts });
      this.canvas.chosen = null;
      this.showSaved();
      this.changed();
    },

    takeMine() {
      this.resolve(this.history.now.parts);
      this.save();
    },

    merge() {
      this.resolve([merge(this.conflict.parts, this.conflict.choices)]);
      this.tell({ text: say("merged"), kind: "fine" });
    },

    async keepTheirs() {
      await this.inFlight;
      const answer = await this.dropDraft();
      if (answer && !answer.ok) this.meetDraft(answer);
      if (answer && answer.ok) this.startAfresh();
    },

    // --- versions -------------------------------------------------------------------------------
    showSaved() {
      if (this.may.draft) this.canvas.compare(this.newest.lines, []);
      else this.canvas.compare(this.published.lines, this.published.lines);
    },

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
    },

    async step(name, version) {
      const root = this.drawer.parts.versions;
      const reason = root.querySelector("[data-step-reason]");
      const day = root.querySelector("[data-valid-from]");
      const body = { version: version.version, reason: reason ? reason.value : null,
        valid_from: day ? day.value : null, explanations: this.form.explanations };
      this.isSaving = true;
      const answer = await this.ask("POST", `/${name}`, body, this.newest.version);
      if (!answer) {
        this.isSaving = false;
        return undefined;
      }
      if (answer.status === STALE) this.tell({ text: this.faultOf(answer) });
      if (answer.ok) {
        this.published_told = name === "publish" ? answer.json : null;
        const isGone = name === "withdraw" && this.route.origin === "drawn";
        this.tell({ text: isGone ? say("done_withdraw_new") : say(`done_${name}`), kind: "fine" });
        if (["publish", "withdraw"].includes(name)) return this.showAfresh();
      }
      await this.refresh();
      this.isSaving = false;
      if (answer.ok && name === "restore" && !this.isDrafting()) this.startAfresh();
      return this.show(answer.ok && name === "restore" ? this.newest.version : version.version);
    },

    // The whole page speaks of the route in force: it is loaded again, and says what to do now.
    showAfresh() {
      const told = { published: this.published_told, notice: this.notice };
      window.sessionStorage.setItem(`${this.local}.told`, JSON.stringify(told));
      window.location.reload();
    },

    recall() {
      const told = JSON.parse(window.sessionStorage.getItem(`${this.local}.told`));
      window.sessionStorage.removeItem(`${this.local}.told`);
      if (!told) return;
      this.published_told = told.published;
      this.drawer.show("review");
      this.tell(told.notice);
    },
  };

  Object.assign(editor.Session.prototype, deciding);
})();
