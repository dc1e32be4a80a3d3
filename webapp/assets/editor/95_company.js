// Who else is here: this page says that it is open, hears how many others are, and of new versions.
"use strict";
(function () {
  const { news, editor } = window.riskatlas;
  const { say } = editor.words;
  const GONE = [401, 403, 404];
  // A heartbeat of the stream wakes a page that lies behind others, where timers hardly run.
  const LOOK_MS = 5000;
  const FIRST_BEAT_MS = 15000;
  const EARLY = 0.6;

  function madeUp() {
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  editor.madeUp = madeUp;

  const company = {
    sit() {
      this.tab = madeUp();
      this.isSeated = false;
      this.beatMs = FIRST_BEAT_MS;
      const leave = () => this.leaveSeat();
      const come = ({ persisted }) => persisted && this.takeSeat();
      window.addEventListener("pagehide", leave);
      window.addEventListener("pageshow", come);
      const beating = window.setInterval(() => this.beat(), LOOK_MS);
      this.endings = [
        news.on("editing", (told) => told.code === this.code && this.count(told.count)),
        news.on("hello", (told) => this.count(told.editing[this.code] || 0)),
        news.on("hello", () => this.lookAround()),
        news.on("heartbeat", () => this.beat()),
        news.on("version", (told) => told.code === this.code && this.hearOf(told.version)),
        news.on("moved", (layers) => layers.includes("hazard_site") && this.hearOfSites()),
        () => news.say("sites", null),
        news.hold(() => this.mayLose()),
        () => window.removeEventListener("pagehide", leave),
        () => window.removeEventListener("pageshow", come),
        () => window.clearInterval(beating),
      ];
      this.takeSeat();
    },

    rise() {
      (this.endings || []).forEach((end) => end());
      if (this.tab) this.leaveSeat();
    },

    // What was found of the line may be wrong by now; who draws decides when to look again.
    hearOfSites() {
      const again = () => {
        news.say("sites", null);
        this.check();
      };
      if (this.may.draft) news.say("sites", [say("sites_moved")], news.button(say("check_again"), again));
    },

    mayLose() {
      return this.isDrafting() || this.isDrawing || Boolean(this.conflict) ||
        Boolean(this.history && this.isChanged());
    },

    beat() {
      if (this.isClosed || performance.now() - this.satAt < EARLY * this.beatMs) return;
      this.takeSeat();
    },

    // Counted from the moment of asking: the news of the own seat may come before the answer.
    async takeSeat() {
      if (!this.may.draft || this.isTurnedAway) return;
      this.satAt = performance.now();
      this.isSeated = true;
      const answer = await this.askQuietly("POST", "/presence", { tab: this.tab });
      if (this.isClosed) return;
      this.isSeated = Boolean(answer && answer.ok);
      if (this.isSeated) {
        this.others = answer.json.others;
        this.beatMs = answer.json.beat_s * 1000;
      }
      this.isTurnedAway = Boolean(answer) && GONE.includes(answer.status) && answer.status !== 401;
      this.render();
    },

    leaveSeat() {
      if (!this.isSeated) return;
      this.isSeated = false;
      this.askQuietly("DELETE", "/presence", { tab: this.tab }, { isLast: true });
    },

    // What nobody clicked tells no fault: what somebody does next will.
    async askQuietly(method, path, body, options = {}) {
      try {
        return await this.server.ask(method, path, body, undefined, { isUnattended: true, ...options });
      } catch (fault) {
        if (!(fault instanceof editor.Away)) throw fault;
        return null;
      }
    },

    count(everybody) {
      this.others = Math.max(everybody - (this.isSeated ? 1 : 0), 0);
      this.render();
    },

    // --- what others saved ----------------------------------------------------------------------
    hearOf(version) {
      if (version > this.newest.version) this.tellNewer(version);
      else this.lookAround();
    },

    tellNewer(version) {
      this.newer = Math.max(this.newer || 0, version);
      this.render();
    },

    // States move on by themselves; a newer version is only told, and nothing drawn is touched.
    async lookAround() {
      const answer = await this.askQuietly("GET", "");
      if (this.isClosed || this.isSaving || !answer || !answer.ok) return;
      const { version } = answer.json.newest;
      if (version > this.newest.version) {
        this.tellNewer(version);
        return;
      }
      if (!this.learn(answer.json)) return;
      if (this.shown === null) this.render();
      else await this.show(this.shown);
    },

    async lookAtNewer() {
      const hasWork = this.mayLose();
      await this.refresh();
      if (this.newer) return;
      if (this.may.draft && hasWork) this.meet(this.newest);
      else if (this.may.draft) this.startAfresh();
      if (!hasWork) this.show(this.newest.version);
    },
  };

  Object.assign(editor.Session.prototype, company);
})();
