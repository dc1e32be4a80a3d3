// Ask the server about reports: every write carries the visit's token.
"use strict";
(function () {
  const desk = (window.riskatlas.reportDesk = {});
  const BAD_TOKEN = 400;

  const token = () =>
    (document.cookie.split("; ").find((part) => part.startsWith("_csrf_token=")) || "").slice(12);

  async function once(method, path, body) {
    const headers = { Accept: "application/json", "X-CSRFToken": decodeURIComponent(token()) };
    if (body) headers["Content-Type"] = "application/json";
    const asked = { method, headers, cache: "no-store", credentials: "same-origin" };
    if (body) asked.body = JSON.stringify(body);
    const answer = await fetch(`/api/reports${path}`, asked);
    const json = await answer.json().catch(() => ({}));
    return { ok: answer.ok, status: answer.status, json };
  }

  async function ask(method, path, body) {
    const answer = await once(method, path, body);
    if (answer.status !== BAD_TOKEN || answer.json.fault !== "token") return answer;
    await fetch(window.location.pathname, { cache: "no-store", credentials: "same-origin" });
    return once(method, path, body);
  }

  function element(name, properties = {}, ...children) {
    const made = document.createElement(name);
    Object.entries(properties).forEach(([key, value]) => {
      if (key in made) made[key] = value;
      else made.setAttribute(key, value);
    });
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return made;
  }

  // Words of a page: a template whose facts are filled in as text.
  const speaker = (words) => (name, facts = {}) =>
    (words[name] || name).replace(/\{(\w+)\}/g, (_whole, fact) => String(facts[fact] ?? "–"));

  // As the district's clocks show it, wherever the browser stands; the day where it is not today.
  function moment(value) {
    const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: desk.zone, year: "numeric", month: "2-digit",
      day: "2-digit", hour: "2-digit", minute: "2-digit" });
    const [[day, minute], [today]] = [new Date(value), new Date()].map((at) => clock.format(at).split(" "));
    return day === today ? minute : `${Number(day.slice(5, 7))}-${day.slice(8)} ${minute}`;
  }

  Object.assign(desk, { ask, element, speaker, moment });
})();
