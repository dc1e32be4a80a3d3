// A route from nothing: its village is shown, and its first line is proposed or drawn, as chosen.
"use strict";
(function () {
  const riskatlas = window.riskatlas;
  const editor = riskatlas.editor;
  const { say } = editor.words;

  const beginning = {
    isBlank() {
      return this.route.origin === "drawn" && this.newest.version === 0;
    },

    async begin() {
      if (!this.isBlank() || this.history.now.parts.length) return;
      if (this.frame && !riskatlas.isLinked) this.canvas.frame([this.frame]);
      const way = new URLSearchParams(window.location.search).get("begin");
      if (!this.may.draft || !way) return;
      if (way === "propose") {
        await this.propose();
        if (this.isClosed || this.history.now.parts.length || this.isDrawing) return;
        if (this.proposals.length) {
          this.take(0);
          this.canvas.frame(this.history.now.parts);
          this.tell({ text: say("begun_proposed"), kind: "fine" });
          return;
        }
      }
      this.canvas.startDrawing();
      this.tell({ text: [this.proposalNote, say("begun_drawing")].filter(Boolean).join(" "),
        kind: "fine" });
    },

    async giveUp() {
      if (!window.confirm(say("give_up_sure"))) return;
      window.clearTimeout(this.keeping);
      const answer = await this.ask("DELETE", "");
      if (!answer || !answer.ok) return;
      this.forget();
      this.isClosed = true;
      window.location.assign(answer.json.link);
    },
  };

  Object.assign(editor.Session.prototype, beginning);
})();
