// Say how far the work on a delivery is, and show the page anew once it is over; filter its changes.
"use strict";
(function () {
  const main = document.querySelector("[data-change]");
  const line = document.querySelector("[data-progress]");
  const EVERY_MS = 1500;
  const WORKING = ["sent", "accepting"];
  const stages = JSON.parse(main.dataset.stages);

  async function look() {
    try {
      const answer = await fetch(`/api/deliveries/${main.dataset.change}`, { cache: "no-store",
        credentials: "same-origin", headers: { Accept: "application/json", "X-Unattended": "1" } });
      if (answer.ok) {
        const { state, word, stage, rows } = await answer.json();
        if (!WORKING.includes(state)) {
          window.location.replace(`/changes/${main.dataset.change}`);
          return;
        }
        const count = rows ? ` · ${rows.toLocaleString("en")}` : "";
        line.textContent = stage ? `${word}: ${stages[stage] || stage}${count}` : word;
      }
    } catch {
      // The next look will tell.
    }
    setTimeout(look, EVERY_MS);
  }
  if (line && WORKING.includes(main.dataset.state)) setTimeout(look, EVERY_MS);

  // Where all changes are on the page, a filter hides the others and keeps what was ticked.
  const kinds = document.querySelector(".change-kinds[data-all='1']");
  const IS = {
    all: () => true,
    added: (row) => row.dataset.kind === "insert",
    changed: (row) => row.dataset.kind === "update",
    moved: (row) => row.dataset.moved === "1",
    gone: (row) => row.dataset.kind === "delete",
    doubtful: (row) => row.dataset.doubtful === "1",
  };
  if (kinds) {
    kinds.addEventListener("click", (event) => {
      const link = event.target.closest("[data-kind]");
      if (!link) return;
      event.preventDefault();
      kinds.querySelectorAll(".kind").forEach((each) => {
        each.classList.toggle("is-chosen", each === link);
        if (each === link) each.setAttribute("aria-current", "true");
        else each.removeAttribute("aria-current");
      });
      document.querySelectorAll(".change").forEach((row) => {
        row.hidden = !IS[link.dataset.kind](row);
      });
      document.dispatchEvent(new CustomEvent("kind", { detail: link.dataset.kind }));
    });
  }
})();
