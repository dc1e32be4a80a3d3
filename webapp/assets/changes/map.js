// Draw where things were and where they would be: old places dashed, new ones full, a line between.
"use strict";
(function () {
  const main = document.querySelector("[data-change]");
  const frame = document.querySelector(".change-places");
  if (!main || !frame) return;
  const { riskatlas } = window;
  const token = (name) => riskatlas.token(name);
  const CLOSE = 17;

  const looks = () => ({
    old: { color: token("muted"), weight: 2, dashArray: "4 3", fillColor: token("paper"), fillOpacity: 0.6, radius: 7 },
    new: { color: token("accent"), weight: 2, fillColor: token("accent"), fillOpacity: 0.5, radius: 6 },
    gone: { color: token("notice"), weight: 2, dashArray: "4 3", fillColor: token("paper"), fillOpacity: 0.6, radius: 7 },
  });

  function shape(geometry, style) {
    return L.geoJSON(geometry, { style, pointToLayer: (_feature, at) => L.circleMarker(at, style) });
  }

  const middle = (layer) => layer.getBounds().getCenter();

  function draw(change, style) {
    const group = L.featureGroup();
    const isGone = change.kind === "delete";
    const isSame = change.kind === "update" && change.moved_m === null;
    const old = change.old && !isSame ? shape(change.old, isGone ? style.gone : style.old).addTo(group) : null;
    const now = change.new ? shape(change.new, style.new).addTo(group) : null;
    if (old && now) L.polyline([middle(old), middle(now)], { color: token("ink"), weight: 1.5 }).addTo(group);
    const text = document.createElement("span");
    text.textContent = `${change.name || change.code} · ${change.word}${change.moved_m === null ? "" : ` · ${change.moved_m.toFixed(1)} m`}`;
    group.bindTooltip(text);
    group.on("click", () => mark(change.place, true));
    return group;
  }

  function mark(place, scrolls) {
    document.querySelectorAll(".change.is-shown").forEach((row) => row.classList.remove("is-shown"));
    const row = document.getElementById(`change-${place}`);
    if (!row) return;
    row.classList.add("is-shown");
    if (scrolls) row.scrollIntoView({ block: "center" });
  }

  const FITS = { all: () => true, added: (c) => c.kind === "insert", changed: (c) => c.kind === "update",
    moved: (c) => c.moved_m !== null, gone: (c) => c.kind === "delete",
    doubtful: (c) => document.querySelector(`#change-${c.place}[data-doubtful='1']`) !== null };

  function start(changes) {
    frame.hidden = false;
    const map = L.map(frame.querySelector(".change-map"), { attributionControl: false, preferCanvas: true });
    const [west, south, east, north] = JSON.parse(frame.dataset.bounds);
    map.fitBounds([[south, west], [north, east]]);
    if (riskatlas.startBase) riskatlas.startBase();
    const style = looks();
    const drawn = changes.map((change) => ({ change, group: draw(change, style).addTo(map) }));
    const all = L.featureGroup(drawn.map(({ group }) => group));
    if (drawn.length) map.fitBounds(all.getBounds().pad(0.1), { maxZoom: 15 });
    document.querySelectorAll("[data-show]").forEach((button) => {
      const one = drawn.find(({ change }) => String(change.place) === button.dataset.show);
      if (!one) return;
      button.hidden = false;
      button.addEventListener("click", () => {
        map.fitBounds(one.group.getBounds().pad(0.5), { maxZoom: CLOSE });
        one.group.openTooltip();
        mark(one.change.place, false);
        frame.scrollIntoView({ block: "nearest" });
      });
    });
    document.addEventListener("kind", ({ detail }) => {
      drawn.forEach(({ change, group }) => (FITS[detail](change) ? group.addTo(map) : group.remove()));
    });
    frame.dataset.drawn = String(drawn.length);
  }

  fetch(`/api/deliveries/${main.dataset.change}/map`, { cache: "no-store", credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : { changes: [] }))
    .then(({ changes }) => { if (changes.length) start(changes); });
})();
