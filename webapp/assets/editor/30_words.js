// Words, figures and elements: texts come from the page's catalogue and are set only as text.
"use strict";
(function () {
  const editor = window.riskatlas.editor;
  const KILOMETRE_M = 1000;
  let words = {};

  function learn(given) {
    words = given;
  }

  function say(name, facts = {}) {
    return (words[name] ?? name).replace(/\{(\w+)\}/g, (_all, key) => String(facts[key] ?? "–"));
  }

  function metres(value) {
    if (value === null || value === undefined) return "–";
    return Math.abs(value) >= KILOMETRE_M
      ? `${(value / KILOMETRE_M).toFixed(2)} km`
      : `${Math.round(value)} m`;
  }

  const minutes = (value) =>
    value === null || value === undefined ? "–" : say("minutes", { minutes: Math.round(value) });

  function set(made, name, value) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name in made && typeof value === "boolean") made[name] = value;
    else if (name === "value") made.value = value;
    else made.setAttribute(name, value);
  }

  function el(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    Object.entries(properties).forEach(([name, value]) => {
      if (value !== undefined && value !== null) set(made, name, value);
    });
    children.flat().forEach((child) => {
      if (child !== null && child !== undefined && child !== false) made.append(child);
    });
    return made;
  }

  function button(text, onclick, properties = {}) {
    return el("button", { type: "button", class: "tool", onclick, ...properties }, text);
  }

  Object.assign(editor, { words: { learn, say, metres, minutes }, el, button });
})();
