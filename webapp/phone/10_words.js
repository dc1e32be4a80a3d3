// What the page says, in the officer's language; times as she writes them.
"use strict";
(function () {
  const officer = (window.officer = {});
  const all = JSON.parse(document.getElementById("words").textContent);
  const asked = (document.cookie.split("; ").find((part) => part.startsWith("language=")) || "").slice(9);
  let language = asked === "en" ? "en" : "zh";

  function say(name, facts = {}, tongue = language) {
    const text = all[tongue][name];
    if (text === undefined) throw new Error(`no word ${name}`);
    return text.replace(/\{(\w+)\}/g, (_whole, fact) => String(facts[fact] ?? "–"));
  }

  // Times of the district, in whatever zone the phone thinks it is.
  const calendar = (function made() {
    const figures = { year: "numeric", month: "numeric", day: "2-digit", hour: "2-digit",
      minute: "2-digit", hourCycle: "h23" };
    try {
      return new Intl.DateTimeFormat("en-GB", { ...figures, timeZone: document.body.dataset.zone });
    } catch (_fault) {
      return new Intl.DateTimeFormat("en-GB", figures);
    }
  })();
  const read = (at) => Object.fromEntries(calendar.formatToParts(at).map(({ type, value }) => [type, value]));

  // Today's times need no date, this year's no year.
  function moment(value) {
    const [at, now] = [read(new Date(value)), read(new Date())];
    const clock = `${at.hour}:${at.minute}`;
    if (at.year !== now.year) return `${at.year}-${Number(at.month)}-${at.day} ${clock}`;
    const isToday = at.month === now.month && at.day === now.day;
    return isToday ? clock : `${Number(at.month)}-${at.day} ${clock}`;
  }

  function sayAll() {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.querySelectorAll("[data-word]").forEach((seat) => {
      seat.textContent = say(seat.dataset.word);
    });
  }

  function element(name, properties = {}, ...children) {
    const made = document.createElement(name);
    Object.entries(properties).forEach(([key, value]) => {
      if (key in made) made[key] = value;
      else made.setAttribute(key, value);
    });
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  Object.assign(officer, {
    say, sayAll, moment, element,
    kinds: () => all.kinds.map(([code, zh, en]) => [code, language === "zh" ? zh : en]),
    severities: () => all.severities.map(([code, zh, en]) => [code, language === "zh" ? zh : en]),
    language: () => language,
    whyNotKept: (fault) => (fault.name === "QuotaExceededError" ? say("full") : fault.message || fault.name),
    // What the server says comes in both languages; so does what is said in its place.
    both: (name, facts) => ({ error_zh: say(name, facts, "zh"), error_en: say(name, facts, "en") }),
    sentence: (told) => (told && (language === "zh" ? told.error_zh : told.error_en)) || "",
    speak(other) {
      language = other === "en" ? "en" : "zh";
      const year = 365 * 24 * 3600;
      document.cookie = `language=${language}; path=/; max-age=${year}; samesite=lax`;
      sayAll();
    },
  });
})();
