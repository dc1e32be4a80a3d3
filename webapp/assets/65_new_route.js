// A route from nothing: village, start, shelter and name are chosen at the desk; its editor opens.
"use strict";
(function () {
  const token = () => decodeURIComponent(
    (document.cookie.split("; ").find((part) => part.startsWith("_csrf_token=")) || "").slice(12),
  );

  function el(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    Object.entries(properties).forEach(([name, value]) => {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name in made && name !== "list") made[name] = value;
      else made.setAttribute(name, value);
    });
    made.append(...children.flat().filter((child) => child !== null));
    return made;
  }

  const options = (listed, kind = "") =>
    listed.map(({ code, words }) => el("option", { value: kind + code }, words));

  async function ask(method, path, body) {
    const headers = { Accept: "application/json", "X-CSRFToken": token() };
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(path, {
      method, headers, credentials: "same-origin", cache: "no-store",
      body: body ? JSON.stringify(body) : undefined,
    });
    return { ok: answer.ok, json: await answer.json() };
  }

  class Beginning {
    constructor(seat) {
      this.seat = seat;
      this.words = JSON.parse(seat.dataset.words);
      const villages = JSON.parse(seat.dataset.villages).map(([code, words]) => ({ code, words }));
      this.village = el("select", { onchange: () => this.look(), "data-new": "village" },
        el("option", { value: "" }, this.words.choose), options(villages));
      this.start = el("select", { disabled: true, "data-new": "start" });
      this.shelter = el("select", { disabled: true, "data-new": "shelter" });
      this.name = el("input", { type: "text", maxLength: 80, placeholder: this.words.name_hint,
        "data-new": "name" });
      this.people = el("input", { type: "number", min: 0, max: 999999, step: 1, inputMode: "numeric",
        "data-new": "people" });
      this.told = el("p", { className: "begin-told", role: "alert", hidden: true });
      this.buttons = ["propose", "draw"].map((way, at) => el("button", {
        type: "button", disabled: true, className: `tool${at ? "" : " tool-primary"}`,
        "data-begin": way, onclick: () => this.make(way),
      }, this.words[way]));
      this.build();
    }

    build() {
      const field = (name, control) =>
        el("label", { className: `field begin-${name}` }, el("span", {}, this.words[name]), control);
      this.seat.replaceChildren(
        el("p", { className: "note" }, this.words.lead), field("village", this.village),
        field("start", this.start), field("shelter", this.shelter), field("name", this.name),
        field("people", this.people), this.told, el("div", { className: "tool-row" }, this.buttons),
      );
      const asked = new URLSearchParams(window.location.search).get("village");
      if (asked && [...this.village.options].some((each) => each.value === asked)) {
        this.village.value = asked;
        this.look();
      }
    }

    tell(text, link) {
      this.told.replaceChildren(text, link ? el("a", { href: link }, this.words.sign_in) : "");
      this.told.hidden = !text;
    }

    // The sentence of the server in the page's language; without one it is away.
    refused({ json }) {
      const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
      const text = json[`error_${language}`] || this.words.away;
      this.tell(text, json.login ? "/login?next=/desk" : null);
    }

    async work(act) {
      this.buttons.forEach((each) => (each.disabled = true));
      this.tell("");
      try {
        await act();
      } catch (fault) {
        if (!(fault instanceof TypeError || fault instanceof SyntaxError)) throw fault;
        this.tell(this.words.away);
      }
      const isReady = Boolean(this.village.value && this.shelter.value);
      this.buttons.forEach((each) => (each.disabled = !isReady));
    }

    look() {
      const village = this.village.value;
      [this.start, this.shelter].forEach((each) => {
        each.replaceChildren();
        each.disabled = true;
      });
      return this.work(async () => {
        if (!village) return;
        const answer = await ask("GET", `/api/routes?village=${encodeURIComponent(village)}`);
        if (village !== this.village.value) return;
        if (!answer.ok) this.refused(answer);
        else this.offer(answer.json);
      });
    }

    offer({ points, groups, shelters }) {
      const several = (label, listed) => (listed.length ? [el("optgroup", { label }, listed)] : []);
      this.start.replaceChildren(
        ...several(this.words.points, options(points, "assembly_point:")),
        ...several(this.words.groups, options(groups, "unit:")),
        el("option", { value: "" }, this.words.whole_village),
      );
      this.shelter.replaceChildren(...options(shelters));
      [this.start, this.shelter].forEach((each) => (each.disabled = !each.options.length));
      if (!shelters.length) this.tell(this.words.no_shelter);
    }

    make(way) {
      const [kind, ...code] = this.start.value.split(":");
      const body = { village: this.village.value, shelter: this.shelter.value,
        name: this.name.value || null, people: this.people.value ? this.people.valueAsNumber : null };
      if (kind) body[kind] = code.join(":");
      return this.work(async () => {
        const answer = await ask("POST", "/api/routes", body);
        if (!answer.ok) return this.refused(answer);
        const link = new URL(answer.json.link, window.location.href);
        link.searchParams.set("begin", way);
        return window.location.assign(link.href);
      });
    }
  }

  let waiting = 0;
  function look() {
    waiting = 0;
    const seat = document.querySelector("[data-new-route]");
    if (seat && !seat.childElementCount) new Beginning(seat);
  }

  new MutationObserver(() => {
    waiting = waiting || window.setTimeout(look, 30);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
