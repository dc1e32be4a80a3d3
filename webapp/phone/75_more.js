// Add to a report that has arrived: people, photos, a word. What is begun outlives news, camera and page.
"use strict";
(function () {
  const { officer } = window;
  const { keep, say, element, outbox } = officer;
  const OPEN = ["received", "returned"];
  const FIELDS = ["people", "words"];

  class More {
    constructor(report) {
      Object.assign(this, { report, key: `more ${report.id}`, draft: { photos: [] }, working: 0,
        isQueueing: false, isQueued: false });
      this.build();
      this.resume();
    }

    build() {
      const worded = (name, word) => element(name, { "data-word": word, textContent: say(word) });
      const label = (word, field) => element("label", { className: "column" }, worded("span", word), field);
      const chooser = (word, how) => {
        const input = element("input", { type: "file", accept: "image/*", ...how, onchange: () => this.add(input) });
        return element("label", { className: "camera" }, input, worded("span", word));
      };
      const button = (act, className, onclick) => element("button", { type: "button", className, "data-act": act, onclick });
      this.people = element("input", { type: "number", inputMode: "numeric", min: 0, max: 100000, step: 1,
        oninput: () => {
          const number = this.people.valueAsNumber;
          this.set({ people: Number.isFinite(number) && number >= 0 ? Math.round(number) : null });
        } });
      this.words = element("textarea", { rows: 2, maxLength: 500, oninput: () => this.set({ words: this.words.value || null }) });
      this.legend = element("legend");
      this.cameras = element("div", { className: "photos" }, chooser("camera", { capture: "environment" }),
        chooser("album", { multiple: true }));
      this.pictures = element("ul", { className: "taken" });
      this.send = button("amend", "quiet is-main", () => this.amend());
      this.withdraw = button("withdraw", "quiet", () => window.confirm(say("withdraw_sure")) && this.queue({ kind: "withdrawn" }));
      this.details = element("details", {}, worded("summary", "amend"),
        element("div", { className: "fields" }, label("people", this.people),
          element("fieldset", {}, this.legend, this.cameras, this.pictures), label("text", this.words),
          element("div", { className: "acts" }, this.send, this.withdraw)));
      this.details.addEventListener("toggle", () => this.details.open && this.isQueued && this.tell(""));
      this.told = element("p", { className: "told", role: "status" });
      this.root = element("div", { className: "more" }, this.details, this.told);
    }

    isBegun() {
      return this.working > 0 || this.draft.photos.length > 0 || FIELDS.some((name) => name in this.draft);
    }

    isShown() {
      return OPEN.includes(this.report.status) || this.isBegun() || this.isQueued;
    }

    waiting() {
      return outbox.state.entries.filter(({ report }) => report === this.report.id);
    }

    // As it will be once what waits has arrived: only what differs from that is sent.
    base() {
      const known = { people: this.report.people_threatened, words: this.report.words || null };
      const coming = this.waiting().filter(({ fault }) => !fault).map(({ statement }) => statement);
      return coming.reduce((found, { people = found.people, words = found.words }) => ({ people, words }), known);
    }

    changed() {
      const base = this.base();
      const said = FIELDS.filter((name) => (this.draft[name] ?? null) !== null && this.draft[name] !== base[name]);
      return Object.fromEntries(said.map((name) => [name, this.draft[name]]));
    }

    // Photos that one sending may have, beside those that are there or on their way.
    most() {
      const onTheirWay = this.waiting().flatMap(({ parcels }) => parcels.slice(1).map(({ sha256 }) => sha256));
      const left = officer.mostPhotos.inAll - new Set([...this.report.photos, ...onTheirWay]).size;
      return Math.max(0, Math.min(officer.mostPhotos.once, left));
    }

    tell(sentence, { isGood = false } = {}) {
      this.told.textContent = sentence;
      this.told.classList.toggle("is-doubtful", Boolean(sentence) && !isGood);
      this.isQueued = isGood;
    }

    // What is touched stays as she has it; the rest follows what is known.
    update(report) {
      this.report = report;
      if (this.isQueued && !this.isQueueing && !this.waiting().length) this.tell("");
      this.show();
      this.showPictures();
    }

    show() {
      const known = { ...this.base(), ...this.draft };
      FIELDS.forEach((name) => {
        const now = String(known[name] ?? "");
        if (this[name].value !== now && this[name] !== document.activeElement) this[name].value = now;
      });
      const left = this.most() - this.draft.photos.length;
      this.legend.textContent = left > 0 ? say("more_photos", { left }) : say("more_photos_full");
      this.cameras.hidden = left <= 0;
      this.send.disabled = this.isQueueing || this.working > 0;
      this.send.textContent = say(this.working > 0 ? "photo_working" : "amend_send");
      this.withdraw.disabled = this.isQueueing;
      this.withdraw.hidden = !OPEN.includes(this.report.status);
      this.withdraw.textContent = say("withdraw");
    }

    showPictures() {
      const said = [officer.language(), ...this.draft.photos.map(({ sha256 }) => sha256)].join(" ");
      if (this.pictures.dataset.said === said) return;
      this.pictures.dataset.said = said;
      officer.showPhotos(this.pictures, this.draft.photos, (number) => {
        this.draft.photos.splice(number, 1);
        this.set({});
      });
    }

    set(change) {
      Object.assign(this.draft, change);
      this.save();
      this.show();
      this.showPictures();
    }

    async save() {
      if (this.isQueueing) return;
      const content = this.isBegun() ? { ...this.draft, report: this.report.id } : null;
      try {
        await keep.within(["kept"], (kept) => (content ? kept.put(content, this.key) : kept.delete(this.key)));
      } catch (fault) {
        this.tell(say("not_kept", { fault: officer.whyNotKept(fault) }));
      }
    }

    // The camera may have ended the page: she goes on where she was.
    async resume() {
      const found = await keep.read(this.key);
      if (!found) return;
      // She may have been faster than the store: both hold.
      const { report: _report, photos, ...fields } = found;
      const own = this.draft.photos.map(({ sha256 }) => sha256);
      this.draft.photos.unshift(...photos.filter(({ sha256 }) => !own.includes(sha256)));
      this.draft = { ...fields, ...this.draft };
      this.details.open = true;
      this.update(this.report);
    }

    async add(input) {
      const most = this.most();
      this.working += 1;
      this.tell("");
      this.show();
      const { refused, isTooMany } = await officer.addPhotos(input, this.draft.photos, most);
      this.working -= 1;
      this.set({});
      if (refused.length) this.tell(say("photo_refused", { name: refused.join(", ") }));
      else if (isTooMany) this.tell(say("more_photos_many", { most }));
    }

    amend() {
      const said = this.changed();
      const { photos } = this.draft;
      if (photos.length === 0 && Object.keys(said).length === 0) this.tell(say("need_more"));
      else this.queue({ kind: "amended", ...said }, photos);
    }

    async queue(event, photos = []) {
      const { id, number } = this.report;
      this.isQueueing = true;
      this.show();
      try {
        await outbox.queueEvent(id, event, number, { photos, begun: this.key });
        this.draft = { photos: [] };
        this.details.open = false;
        this.tell(say("queued"), { isGood: true });
      } catch (fault) {
        // The phone has no room: what is written stays where it is.
        this.tell(say("not_kept", { fault: officer.whyNotKept(fault) }));
      } finally {
        this.isQueueing = false;
        this.show();
        this.showPictures();
      }
    }
  }

  Object.assign(officer, { more: (report) => new More(report) });
})();
