// The line changes under the planner's hands: by tools, by proposals, by what is assumed; each
// change is checked.
"use strict";
(function () {
  const editor = window.riskatlas.editor;
  const { say } = editor.words;
  const { key, distance, join } = editor.line;

  const changing = {
    // --- changing -------------------------------------------------------------------------------
    change(part, { isDrag = false } = {}) {
      const before = this.history.now;
      const next = { ...before, ...part };
      const there = new Set(next.parts.flat().map(key));
      next.waypoints = next.waypoints.map((at) => (there.has(key(at)) ? at : this.moved(at, before, next)))
        .filter(Boolean);
      if (!this.history.change(next)) return false;
      this.changed({ isSnapping: isDrag && this.isSnapping });
      return true;
    },

    // A waypoint goes with its vertex: to the one that is new nearest by, or with it.
    moved(at, before, next) {
      const old = new Set(before.parts.flat().map(key));
      const fresh = next.parts.flat().filter((point) => !old.has(key(point)));
      fresh.sort((a, b) => distance(a, at) - distance(b, at));
      return before.parts.flat().length <= next.parts.flat().length ? fresh[0] : null;
    },

    changed({ isSnapping = false } = {}) {
      if (this.shown !== null) this.show(null);
      this.kept = "waiting";
      // First of all, so that the server works while the map and the drawer are drawn.
      this.check({ isSnapping });
      this.remember();
      this.canvasDraw();
      this.keepSoon();
      this.render();
    },

    undo() {
      if (this.history.undo()) this.changed();
    },

    redo() {
      if (this.history.redo()) this.changed();
    },

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
    },

    cut() {
      const { part, index } = this.canvas.chosen;
      const parts = [...this.history.now.parts];
      const line = parts[part];
      parts.splice(part, 1, line.slice(0, index + 1), line.slice(index));
      this.canvas.chosen = null;
      this.change({ parts });
    },

    dropPart() {
      const { part } = this.canvas.chosen;
      this.canvas.chosen = null;
      this.change({ parts: this.history.now.parts.filter((_each, at) => at !== part) });
    },

    join() {
      const [first, ...rest] = this.history.now.parts;
      this.canvas.chosen = null;
      this.change({ parts: [rest.reduce((line, part) => join(line, part), first)] }, { isDrag: true });
    },

    reverse() {
      this.canvas.chosen = null;
      this.change({ parts: [...this.history.now.parts].reverse().map((part) => [...part].reverse()) });
    },

    chosenPoint() {
      const { chosen } = this.canvas;
      return chosen && (this.history.now.parts[chosen.part] || [])[chosen.index];
    },

    isWaypoint() {
      const at = this.chosenPoint();
      return Boolean(at && this.history.now.waypoints.some((each) => key(each) === key(at)));
    },

    toggleWaypoint() {
      const at = this.chosenPoint();
      if (!at) return;
      const others = this.history.now.waypoints.filter((each) => key(each) !== key(at));
      this.change({ waypoints: this.isWaypoint() ? others : [...others, at] });
    },

    toggleSnap() {
      this.isSnapping = !this.isSnapping;
      this.tell(this.isSnapping ? null : { text: say("off_road_asked"), kind: "fine" });
    },

    state(part) {
      this.form = { ...this.form, ...part };
      this.remember();
      this.kept = "waiting";
      this.keepSoon();
      // Whether a reason is still wanted, the checks say.
      if ("off_road_reason" in part) this.check();
      this.render();
    },

    reasonFor(code) {
      return (code === "off_network" ? this.form.off_road_reason : this.form.explanations[code]) || "";
    },

    explain(code, text) {
      if (code === "off_network") {
        this.state({ off_road_reason: text.trim() || null });
        return;
      }
      const explanations = { ...this.form.explanations };
      if (text.trim()) explanations[code] = text.trim();
      else delete explanations[code];
      this.state({ explanations });
    },

    typed(event) {
      const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
      if (isTyping || !(event.ctrlKey || event.metaKey) || !this.may || !this.may.draft) return;
      const name = event.key.toLowerCase();
      if (name === "z" && !event.shiftKey) this.undo();
      else if (name === "y" || (name === "z" && event.shiftKey)) this.redo();
      else return;
      event.preventDefault();
    },

    // --- checking -------------------------------------------------------------------------------
    assumed() {
      return { closed_roads: this.whatIf.roads.map((each) => each.id),
        closed_shelters: this.whatIf.closed_shelters };
    },

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
        shelter_code: this.shelterCode(), off_road_reason: this.form.off_road_reason };
      const answer = await this.ask("POST", "/check", body);
      if (number !== this.asked || this.isClosed) return;
      this.isChecking = false;
      this.checked = answer && answer.ok ? answer.json : null;
      // A hand that already drags on keeps its vertex: its own change asks again.
      const isMoved = this.checked && isSnapping && !this.canvas.isDragging &&
        this.settle(answer.json.line);
      this.checks += 1;
      this.render();
      // What was found is read before the line moves onto the road.
      if (isMoved) window.setTimeout(() => this.isClosed || this.canvas.isDragging || this.canvasDraw());
    },

    // The line as the server put it onto the roads replaces the drawn one in the same step.
    settle(line) {
      const { now } = this.history;
      if (JSON.stringify([line]) === JSON.stringify(now.parts)) return false;
      const there = new Set(line.map(key));
      const nearest = (at) => line.reduce((best, each) =>
        (distance(each, at) < distance(best, at) ? each : best));
      const waypoints = now.waypoints.map((at) => (there.has(key(at)) ? at : nearest(at)));
      const held = this.chosenPoint();
      this.history.now = { ...now, parts: [line], waypoints };
      if (held) this.canvas.chosen = { part: 0, index: line.indexOf(nearest(held)) };
      this.remember();
      this.keepSoon();
      return true;
    },

    findings() {
      const { parts } = this.history.now;
      if (parts.length !== 1) {
        const sentence = say(parts.length ? "in_pieces" : "no_line", { count: parts.length });
        return [{ code: "in_pieces", level: "error", sentence, at: null }];
      }
      return this.checked ? this.checked.findings : [];
    },

    // --- proposals and what-if ------------------------------------------------------------------
    async propose() {
      this.isProposing = true;
      this.render();
      const answer = await this.ask("POST", "/alternatives", { what_if: this.assumed(),
        waypoints: this.history.now.waypoints, shelter_code: this.shelterCode(),
        assembly_point_code: this.form.assembly_point_code });
      this.isProposing = false;
      if (answer && answer.ok) {
        this.proposals = answer.json.alternatives;
        this.proposalNote = answer.json.why_not_more;
        this.canvas.showGhosts(this.proposals, (number) => this.take(number));
      }
      this.render();
    },

    forgetProposals() {
      this.proposals = [];
      this.proposalNote = null;
      this.canvas.showGhosts([], () => {});
      this.render();
    },

    take(number) {
      const proposal = this.proposals[number];
      this.forgetProposals();
      this.canvas.chosen = null;
      this.change({ parts: [proposal.line], shelter_code: proposal.shelter_code || this.shelterCode(),
        waypoints: [] });
    },

    pickRoad() {
      this.canvas.pick(!this.canvas.isPicking);
      this.render();
    },

    async closeRoad(at) {
      this.canvas.pick(false);
      const answer = await this.ask("POST", "/snap", { point: at });
      if (!answer || !answer.ok) return this.render();
      const { road_id: id, name, line } = answer.json;
      if (!this.whatIf.roads.some((each) => each.id === id)) {
        this.whatIf.roads.push({ id, name: name || say("road", { id }), line });
      }
      return this.assume();
    },

    openRoad(id) {
      this.whatIf.roads = this.whatIf.roads.filter((each) => each.id !== id);
      this.assume();
    },

    toggleShelter() {
      const code = this.shelterCode();
      const shut = this.whatIf.closed_shelters;
      this.whatIf.closed_shelters = shut.includes(code)
        ? shut.filter((each) => each !== code) : [...shut, code];
      this.assume();
    },

    assume() {
      this.canvas.showClosed(this.whatIf.roads);
      this.check();
      if (this.proposals.length) this.propose();
      this.render();
    },
  };

  Object.assign(editor.Session.prototype, changing);
})();
