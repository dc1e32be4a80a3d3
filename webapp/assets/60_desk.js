// The desk: its filter is part of its link, and each route says how many edit it now.
"use strict";
(function () {
  const { news, offerFresh } = window.riskatlas;

  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-desk-filter]");
    if (!box) return;
    const link = new URL(window.location.href);
    const name = box.dataset.deskFilter;
    if (box.value) link.searchParams.set(name, box.value);
    else link.searchParams.delete(name);
    if (name === "town") link.searchParams.delete("village");
    link.hash = "";
    window.location.assign(link.href);
  });

  function say(seat) {
    const { editingCode, words } = seat.dataset;
    const count = news.editing[editingCode] || 0;
    const text = count > 0 ? words.replace("{count}", count) : "";
    if (seat.textContent !== text) seat.textContent = text;
    seat.hidden = count === 0;
  }

  const sayAll = () => document.querySelectorAll("[data-editing-code]").forEach(say);
  const isListed = (code) => document.querySelector(`[data-route="${CSS.escape(code)}"]`) !== null;

  news.on("hello", sayAll);
  news.on("editing", sayAll);
  news.on("version", ({ code }) => isListed(code) && offerFresh());

  let waiting = 0;
  new MutationObserver(() => {
    waiting = waiting || window.setTimeout(() => {
      waiting = 0;
      sayAll();
    }, 30);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
