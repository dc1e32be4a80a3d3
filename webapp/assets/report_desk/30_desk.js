// The desk of reports: list and map in step, new ones as they come, one opened at a time.
"use strict";
(function () {
  const { riskatlas } = window;
  const desk = riskatlas.reportDesk;
  const { ask, element, moment } = desk;
  // What routes a report lies on changes with these.
  const ROUTES = ["evacuation_route", "hazard_site"];
  const CLOSE = 16;
  const AGAIN_MS = 3000;
  // Where a verifier writes, or is about to press.
  const WRITTEN = "input, textarea, button";

  class Desk {
    constructor(seat, map) {
      const words = JSON.parse(seat.dataset.words);
      Object.assign(this, { seat, map, words, say: desk.speaker(words), reports: [], opened: null, routes: null, extent: null, draft: null, may: false,
        isAsking: false, isWanted: false, isClosed: false,
        asked: 0, wanted: null, told: null });
      desk.zone = words.timezone;
      this.language = seat.dataset.reportDesk;
      this.group = L.layerGroup().addTo(map);
      // Above the names of places: what waits must not hide below one.
      if (!map.getPane("ra-reports")) map.createPane("ra-reports").style.zIndex = 660;
      this.detail = element("div", { className: "report-detail" });
      // News that waited for the verifier to leave the box.
      this.detail.addEventListener("focusout", () => window.setTimeout(() => this.reopen()));
      this.fault = element("p", { className: "report-fault", role: "alert", hidden: true });
      this.list = element("ul", { className: "rows report-list" });
      this.heading = element("h2");
      seat.replaceChildren(this.fault, this.detail, element("section", { className: "card" }, this.heading, this.list));
      this.leave = [riskatlas.news.on("moved", (layers) => layers.includes("report") && this.refresh()),
        riskatlas.news.on("moved", (layers) => ROUTES.some((name) => layers.includes(name)) && this.routes?.look()),
        riskatlas.news.on("hello", () => this.refresh())];
      this.refresh();
    }

    close() {
      this.isClosed = true;
      this.leave.forEach((each) => each());
      this.extent?.remove();
      this.group.remove();
      desk.legend.unlist();
    }

    sentence(json) {
      return (this.language === "zh" ? json.error_zh : json.error_en) || this.say("away");
    }

    tell(sentence) {
      this.fault.textContent = sentence || "";
      this.fault.hidden = !sentence;
    }

    async refresh() {
      this.isWanted = this.isAsking;
      if (this.isAsking || this.isClosed) return;
      this.isAsking = true;
      try {
        const { ok, json } = await ask("GET", "");
        if (this.isClosed) return;
        this.tell(ok ? null : this.sentence(json));
        if (ok) {
          Object.assign(this, { reports: json.reports, may: json.may_verify });
          this.show();
          await this.reopen();
        }
      } catch (_fault) {
        this.again();
      } finally {
        this.isAsking = false;
      }
      if (this.isWanted) this.refresh();
    }

    again() {
      if (this.isClosed) return;
      this.tell(this.say("away"));
      window.setTimeout(() => this.refresh(), AGAIN_MS);
    }

    show() {
      const waiting = this.reports.filter(({ status }) => status === "received");
      const number = document.querySelector(".headline .number");
      if (number) number.textContent = String(waiting.length);
      this.heading.textContent = this.say("list", { count: this.reports.length });
      this.list.replaceChildren(...(this.reports.length ? this.reports.map((report) => this.row(report))
        : [element("li", { textContent: this.say("none") })]));
      this.group.clearLayers();
      this.reports.filter(({ status }) => desk.shown.has(status)).forEach((report) => this.mark(report));
      desk.legend.list(this.reports, this.words, this.say);
    }

    row(report) {
      const title = desk.title(report, this.say, this.words);
      const facts = [moment(report.received_at), report.town_name, report.village_name, report.reporter_name,
        report.doubts.length ? this.say("doubtful") : null].filter(Boolean).join(" · ");
      const open = element("button", { type: "button", className: "report-open", textContent: title,
        onclick: () => this.open(report.id, { isMoving: true }) });
      return element("li", { "data-report-row": report.id, className: report.status === "received" ? `severity-${report.severity}` : "" },
        element("div", { className: "row-line" }, open,
          element("span", { className: `state state-${report.status}`, textContent: this.say(`status_${report.status}`) })),
        element("div", { className: "detail", textContent: facts }));
    }

    mark(report) {
      const label = desk.title(report, this.say, this.words);
      const marker = L.marker([report.y, report.x], { icon: desk.icon(report, this.words.glyphs[report.kind]), title: label, alt: label,
        pane: "ra-reports", zIndexOffset: report.severity * 100 });
      marker.on("click", () => this.open(report.id, { isMoving: false }));
      marker.addTo(this.group);
    }

    // What is being written about a report stays when news comes.
    async reopen() {
      const isWriting = this.detail.contains(document.activeElement) && document.activeElement.matches(WRITTEN);
      const { opened } = this;
      if (this.isClosed || !opened || opened.id !== this.wanted || isWriting) return;
      const stood = this.reports.find(({ id }) => id === opened.id);
      if (!stood) return;
      const isNew = stood.changed_at !== opened.changed_at || stood.status !== opened.status
        || stood.arrived_photos !== opened.photos_here.length;
      if (isNew) await this.open(opened.id, { isMoving: false });
    }

    // Of answers that overtake each other the one that was asked for last counts.
    async open(id, { isMoving }) {
      Object.assign(this, { asked: this.asked + 1, wanted: id });
      const { asked } = this;
      const { ok, json } = await ask("GET", `/${id}`).catch(() => ({ ok: false, json: null }));
      if (this.isClosed || asked !== this.asked) return;
      if (!ok) {
        this.wanted = this.opened?.id;
        if (json) this.tell(this.sentence(json));
        else this.again();
        return;
      }
      this.draw(id, json);
      if (isMoving) this.lead(json.report);
    }

    // What says the same stays as it stands, with whatever is being written in it.
    draw(id, json) {
      const told = JSON.stringify([json, this.may]);
      if (this.opened?.id === id && this.told === told) return;
      this.told = told;
      // Of the report that stays open, what the verifier typed stays.
      if (this.opened?.id !== id) this.draft = { radius: json.radius_m, reason: "" };
      this.opened = json.report;
      this.extent?.remove();
      this.extent = new desk.Extent(this.map, json.report, this.say);
      const radius = Number.parseFloat(this.draft.radius);
      this.routes = new desk.RoutesWithin(json.report, this.say, this.extent, radius > 0 ? radius : json.radius_m);
      const act = (name, body) => this.act(id, name, body);
      const close = () => this.shut();
      this.detail.replaceChildren(desk.card(json, { say: this.say, words: this.words, act, close, may: this.may,
        isOwn: json.is_own, routes: this.routes, draft: this.draft }));
    }

    lead(report) {
      this.map.setView([report.y, report.x], Math.max(this.map.getZoom(), CLOSE), { animate: false });
      this.map.panBy([0, this.below() / 2], { animate: false });
      this.detail.scrollIntoView({ block: "start" });
    }

    // Pixels of the map below the sheet of a phone, where nothing is seen.
    below() {
      const [map, sheet] = [this.map.getContainer(), this.seat.closest(".panel")].map((each) => each?.getBoundingClientRect());
      return sheet && sheet.left <= map.left && sheet.right >= map.right ? Math.max(0, map.bottom - sheet.top) : 0;
    }

    shut() {
      Object.assign(this, { asked: this.asked + 1, wanted: null });
      this.opened = null;
      this.routes = null;
      this.extent?.remove();
      this.extent = null;
      this.detail.replaceChildren();
    }

    async act(id, name, body) {
      const seat = this.detail.querySelector("[data-act-fault]");
      const buttons = this.detail.querySelectorAll("button");
      buttons.forEach((button) => (button.disabled = true));
      let answer = { ok: false, json: {} };
      try {
        answer = await ask("POST", `/${id}/${name}`, body);
      } catch (_fault) {
        answer = { ok: false, json: {} };
      }
      buttons.forEach((button) => (button.disabled = false));
      if (!answer.ok) {
        seat.textContent = this.sentence(answer.json);
        seat.hidden = false;
        seat.scrollIntoView({ block: "nearest" });
        return;
      }
      if (name === "return") this.draft.reason = "";
      document.activeElement.blur();
      await this.open(id, { isMoving: false });
      this.refresh();
    }
  }

  riskatlas.openReportDesk = (seat, map) => new Desk(seat, map);
})();
