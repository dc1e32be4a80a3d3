// What the page says, in the officer's language; times as she writes them.
"use strict";
(function () {
  const officer = (window.officer = {});
  const all = JSON.parse(document.getElementById("words").textContent);
  const asked = (document.cookie.split("; ").find((part) => part.startsWith("language=")) || "").slice(9);
  let language = asked === "en" ? "en" : "zh";

  function say(name, facts = {}) {
    const text = all[language][name];
    if (text === undefined) throw new Error(`no word ${name}`);
    return text.replace(/\{(\w+)\}/g, (_whole, fact) => String(facts[fact] ?? "–"));
  }

  const two = (number) => String(number).padStart(2, "0");
  const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;

  // Today's times need no date.
  function moment(value) {
    const at = new Date(value);
    const isToday = at.toDateString() === new Date().toDateString();
    return isToday ? clock(at) : `${at.getMonth() + 1}-${two(at.getDate())} ${clock(at)}`;
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
    // What the server says comes in both languages.
    sentence: (told) => (told && (language === "zh" ? told.error_zh : told.error_en)) || "",
    speak(other) {
      language = other === "en" ? "en" : "zh";
      const year = 365 * 24 * 3600;
      document.cookie = `language=${language}; path=/; max-age=${year}; samesite=lax`;
      sayAll();
    },
  });
})();
