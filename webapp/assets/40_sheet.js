// On a phone the panel is a sheet from below with three stops, moved by its grip or the tabs.
"use strict";
(function () {
  const STOPS = ["low", "half", "full"];
  const root = document.documentElement;
  root.dataset.sheet = "half";
  let drag = null;

  // On a phone the legend would cover the map: it starts folded.
  window.riskatlas.ready.then((map) => {
    const legend = document.querySelector(".legend");
    if (legend && map.getSize().x < 760) legend.open = false;
  });

  function setStop(stop) {
    root.dataset.sheet = stop;
    const panel = document.querySelector(".panel");
    if (panel) panel.style.height = "";
  }

  function nearestStop(share) {
    if (share < 0.3) return "low";
    return share < 0.72 ? "half" : "full";
  }

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (!tab) return;
    const switches = document.querySelector(".switches");
    if (tab.dataset.tab === "layers") switches.open = !switches.open;
    else switches.open = false;
    if (tab.dataset.tab === "panel") setStop("full");
    if (tab.dataset.tab === "map" || tab.dataset.tab === "layers") setStop("low");
  });

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip) return;
    drag = { from: event.clientY, panel: grip.closest(".panel") };
    drag.height = drag.panel.offsetHeight;
    grip.setPointerCapture(event.pointerId);
  });

  document.addEventListener("pointermove", (event) => {
    if (drag) drag.panel.style.height = `${drag.height + drag.from - event.clientY}px`;
  });

  document.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const moved = drag.from - event.clientY;
    const next = STOPS[(STOPS.indexOf(root.dataset.sheet) + 1) % STOPS.length];
    setStop(Math.abs(moved) < 6 ? next : nearestStop((drag.height + moved) / window.innerHeight));
    drag = null;
  });
})();
