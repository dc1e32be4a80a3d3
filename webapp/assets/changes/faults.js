// Draw where the checks found something, once the list is open; a click on one finds the other.
"use strict";
(function () {
  const main = document.querySelector("[data-change]");
  const room = document.getElementById("faults");
  const frame = room && room.querySelector(".fault-where");
  if (!main || !room) return;
  const { riskatlas } = window;
  const CLOSE = 17;
  // What lies further than this many widths of the district outside of it is not framed at first.
  const NEAR = 0.5;

  const look = (level) => {
    const color = riskatlas.token({ error: "enterprise-red", warning: "enterprise-orange", repair: "muted" }[level]);
    return { color, weight: 2, fillColor: color, fillOpacity: 0.35, radius: 7 };
  };
  const rows = () => room.querySelectorAll(".fault");

  function mark(at, scrolls) {
    rows().forEach((row) => row.classList.toggle("is-shown", row.id === `fault-${at}`));
    const row = document.getElementById(`fault-${at}`);
    if (!row || !scrolls) return;
    row.scrollIntoView({ block: "center" });
    const button = row.querySelector("[data-show-fault]");
    if (button) button.focus({ preventScroll: true });
  }

  function draw(fault) {
    const style = look(fault.level);
    const layer = L.geoJSON(fault.place, { style, pointToLayer: (_feature, at) => L.circleMarker(at, style) });
    const text = document.createElement("span");
    text.textContent = fault.text;
    layer.bindTooltip(text, { className: "fault-tip" });
    layer.on("click", () => mark(fault.at, true));
    return layer;
  }

  function bind(map, drawn) {
    room.querySelectorAll("[data-show-fault]").forEach((button) => {
      const one = drawn.find(({ fault }) => String(fault.at) === button.dataset.showFault);
      if (!one) return;
      button.hidden = false;
      button.addEventListener("click", () => {
        map.fitBounds(one.layer.getBounds().pad(0.5), { maxZoom: CLOSE });
        one.layer.openTooltip(one.layer.getBounds().getCenter());
        mark(one.fault.at, false);
        frame.scrollIntoView({ block: "nearest" });
      });
    });
  }

  function start(faults) {
    frame.hidden = false;
    const map = L.map(frame.querySelector(".change-map"), { attributionControl: false, preferCanvas: true });
    const [west, south, east, north] = JSON.parse(frame.dataset.bounds);
    const district = L.latLngBounds([[south, west], [north, east]]);
    map.fitBounds(district);
    if (riskatlas.startBase) riskatlas.startBase();
    const drawn = faults.map((fault) => ({ fault, layer: draw(fault).addTo(map) }));
    const around = district.pad(NEAR);
    const near = drawn.filter(({ layer }) => around.intersects(layer.getBounds()));
    if (near.length) {
      const all = L.featureGroup(near.map(({ layer }) => layer));
      map.fitBounds(all.getBounds().pad(0.1), { maxZoom: 15 });
    }
    const far = drawn.length - near.length;
    if (far) frame.querySelector("[data-far-said]").textContent = frame.dataset.far.replace("{count}", far);
    bind(map, drawn);
    document.addEventListener("rule", ({ detail }) => {
      drawn.forEach(({ fault, layer }) => (!detail || fault.rule === detail ? layer.addTo(map) : layer.remove()));
    });
    frame.dataset.drawn = String(drawn.length);
  }

  async function open() {
    const answer = await fetch(`/api/deliveries/${main.dataset.change}/faults`, { cache: "no-store",
      credentials: "same-origin" });
    const asked = room.querySelector(".fault-kinds .is-chosen");
    const rule = asked ? asked.dataset.rule : "";
    const { faults } = answer.ok ? await answer.json() : { faults: [] };
    const chosen = faults.filter((fault) => !rule || fault.rule === rule);
    if (chosen.length) start(chosen);
  }

  // A map has no size while it is folded away.
  if (frame) {
    if (room.open) open();
    else room.addEventListener("toggle", open, { once: true });
  }

  // Where all are on the page, a filter hides the others.
  const kinds = room.querySelector(".fault-kinds[data-all='1']");
  if (kinds) {
    kinds.addEventListener("click", (event) => {
      const link = event.target.closest("[data-rule]");
      if (!link) return;
      event.preventDefault();
      kinds.querySelectorAll(".kind").forEach((each) => {
        each.classList.toggle("is-chosen", each === link);
        if (each === link) each.setAttribute("aria-current", "true");
        else each.removeAttribute("aria-current");
      });
      const { rule } = link.dataset;
      rows().forEach((row) => { row.hidden = Boolean(rule) && row.dataset.rule !== rule; });
      document.dispatchEvent(new CustomEvent("rule", { detail: rule }));
    });
  }
})();
