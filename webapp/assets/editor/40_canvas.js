// The lines on the map: the draft with its vertices, the saved versions, proposals, closed roads.
"use strict";
(function () {
  const riskatlas = window.riskatlas;
  const editor = riskatlas.editor;
  const { key, round } = editor.line;
  // Vertices lie above marks and labels: they are what a hand reaches for.
  const PANES = { "ra-vertices": 650, "ra-edit-old": 441, "ra-edit-new": 442, "ra-edit-ghost": 443, "ra-edit": 445 };
  const NUDGE_PX = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const FAST = 10;
  const SETTLE_MS = 350;
  const FEW_MARKERS = 60;
  const MANY_VERTICES = 400;

  const isPhone = () => window.matchMedia("(max-width: 760px)").matches;
  const latlng = ([x, y]) => L.latLng(y, x);
  const point = (at) => round([at.lng, at.lat]);

  function preparePlaces(map) {
    if (!map.pm) {
      L.PM.setOptIn(true);
      map.pm = new L.PM.Map(map);
      const panes = { vertexPane: "ra-vertices", layerPane: "overlayPane", markerPane: "markerPane" };
      map.pm.setGlobalOptions({ panes });
      map.pm.setLang(document.documentElement.lang.startsWith("zh") ? "zh" : "en");
    }
    Object.entries(PANES).forEach(([name, order]) => {
      (map.getPane(name) || map.createPane(name)).style.zIndex = order;
    });
  }

  class Canvas {
    constructor(map, heard) {
      preparePlaces(map);
      this.map = map;
      this.heard = heard;
      this.groups = {};
      ["old", "fresh", "ghost", "closed", "draft", "place"].forEach((name) => {
        this.groups[name] = L.layerGroup([]).addTo(map);
      });
      this.layers = [];
      this.chosen = null;
      this.waypoints = new Set();
      this.isEditable = false;
      this.isPicking = false;
      this.bound = {
        zoomend: () => this.thin(),
        "pm:create": (event) => this.take(event.layer),
        "pm:drawend": () => this.heard.drawing(false),
        click: (event) => this.isPicking && this.heard.picked(point(event.latlng)),
      };
      map.on(this.bound);
      map.getContainer().classList.add("is-editing");
    }

    close() {
      window.clearTimeout(this.settling);
      this.map.pm.disableDraw();
      this.layers.forEach((layer) => layer.pm.disable());
      Object.values(this.groups).forEach((group) => group.clearLayers().removeFrom(this.map));
      this.map.off(this.bound);
      this.map.getContainer().classList.remove("is-editing", "is-picking");
    }

    draw(parts, { isEditable, waypoints }) {
      this.waypoints = new Set(waypoints.map(key));
      if (isEditable && this.isEditable && this.shows(parts)) {
        this.dress();
        return;
      }
      this.isEditable = isEditable;
      this.layers.forEach((layer) => layer.pm.disable());
      this.groups.draft.clearLayers();
      this.layers = parts.filter((part) => part.length > 1).map((part) => this.add(part));
      this.drawn = this.layers.map((layer) => layer.getLatLngs().length);
      this.dress();
    }

    // A vertex that was dragged stands where it should, with its number: nothing to draw anew.
    shows(parts) {
      const drawn = this.layers.map((layer) => layer.getLatLngs().length);
      return String(drawn) === String(this.drawn) && JSON.stringify(this.read()) === JSON.stringify(parts);
    }

    add(part) {
      const places = part.map(latlng);
      const casing = { pane: "ra-edit", color: riskatlas.token("paper"), weight: 9, opacity: 0.9,
        interactive: false };
      const shadow = L.polyline(places, casing).addTo(this.groups.draft);
      const look = { pane: "ra-edit", color: riskatlas.token("route-draft"), weight: 5,
        pmIgnore: false, className: "draft-line" };
      const layer = L.polyline(places, look).addTo(this.groups.draft);
      if (!this.isEditable) return layer;
      layer.pm = layer.pm || new L.PM.Edit.Line(layer);
      layer.on("pm:markerdragstart", () => (this.isDragging = true));
      layer.on("pm:markerdrag", () => shadow.setLatLngs(layer.getLatLngs()));
      layer.on("pm:markerdragend", (event) => {
        this.isDragging = false;
        // A vertex that was drawn anew while it was held has no place any more.
        this.chosen = event.indexPath ? this.placeOf(layer, event.indexPath) : null;
        this.settle(0);
      });
      layer.on("pm:vertexadded", (event) => {
        this.mark(layer, event.indexPath);
        if (!event.marker._dragging) this.settle(0);
      });
      layer.on("pm:vertexremoved", () => this.settle(0));
      layer.on("pm:vertexclick", (event) => this.mark(layer, event.indexPath));
      layer.pm.enable({
        snappable: false, allowSelfIntersection: true, removeVertexOn: "contextmenu",
        limitMarkersToCount: part.length > MANY_VERTICES ? FEW_MARKERS : -1,
      });
      return layer;
    }

    take(layer) {
      const drawn = layer.getLatLngs().map(point);
      layer.remove();
      this.heard.drawn(drawn);
    }

    settle(wait) {
      window.clearTimeout(this.settling);
      this.settling = window.setTimeout(() => {
        if (this.isDragging) return;
        // Choosing a vertex is drawn with the change; without one it is drawn alone.
        if (!this.heard.changed(this.read())) this.choose(this.chosen?.part ?? -1, this.chosen?.index);
      }, wait);
    }

    read() {
      return this.layers.map((layer) => layer.getLatLngs().map(point));
    }

    placeOf(layer, indexPath) {
      return { part: this.layers.indexOf(layer), index: indexPath[indexPath.length - 1] };
    }

    mark(layer, indexPath) {
      const { part, index } = indexPath ? this.placeOf(layer, indexPath) : { part: -1 };
      this.choose(part, index);
    }

    choose(part, index) {
      this.chosen = part < 0 ? null : { part, index };
      this.dress();
      this.heard.chosen(this.chosen);
    }

    markersOf(layer) {
      return layer.pm && layer.pm.enabled() ? layer.pm._markers : [];
    }

    // Every vertex says its place to a keyboard and to a screen reader; crowded ones step back.
    dress() {
      this.layers.forEach((layer, part) => {
        const markers = this.markersOf(layer);
        markers.forEach((marker, index) => {
          const icon = marker.getElement();
          if (!icon) return;
          const isChosen = Boolean(
            this.chosen && this.chosen.part === part && this.chosen.index === index,
          );
          icon.classList.toggle("is-chosen", isChosen);
          icon.classList.toggle("is-waypoint", this.waypoints.has(key(point(marker.getLatLng()))));
          icon.classList.toggle("is-end", index === 0 || index === markers.length - 1);
          if (icon.dataset.part !== undefined) return;
          icon.dataset.part = part;
          icon.dataset.index = index;
          icon.tabIndex = 0;
          icon.setAttribute("role", "button");
          const facts = { number: index + 1, all: markers.length };
          icon.setAttribute("aria-label", editor.words.say("vertex", facts));
          icon.addEventListener("focus", () => this.focused(part, index));
          icon.addEventListener("keydown", (event) => this.typed(event, layer, part, index));
        });
      });
      this.thin();
    }

    focused(part, index) {
      if (this.chosen && this.chosen.part === part && this.chosen.index === index) return;
      this.choose(part, index);
    }

    thin() {
      const least = window.matchMedia("(pointer: coarse)").matches ? 34 : 16;
      this.layers.forEach((layer, part) => {
        let last = null;
        const markers = this.markersOf(layer);
        markers.forEach((marker, index) => {
          const icon = marker.getElement();
          if (!icon) return;
          const at = this.map.latLngToContainerPoint(marker.getLatLng());
          const isChosen = this.chosen && this.chosen.part === part && this.chosen.index === index;
          const stays = index === 0 || index === markers.length - 1 || isChosen ||
            icon.classList.contains("is-waypoint") || !last || last.distanceTo(at) >= least;
          icon.classList.toggle("is-crowded", !stays);
          const middle = marker._middleMarkerNext && marker._middleMarkerNext.getElement();
          const next = markers[index + 1];
          const gap = next ? at.distanceTo(this.map.latLngToContainerPoint(next.getLatLng())) : 0;
          if (middle) middle.classList.toggle("is-crowded", gap < 2 * least);
          if (middle) middle.setAttribute("aria-hidden", "true");
          if (middle) middle.tabIndex = -1;
          if (stays) last = at;
        });
      });
    }

    typed(event, layer, part, index) {
      const step = NUDGE_PX[event.key];
      if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        this.heard.removal({ part, index });
        return;
      }
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const pace = event.shiftKey ? FAST : 1;
      const places = layer.getLatLngs();
      const at = this.map.latLngToContainerPoint(places[index]).add([step[0] * pace, step[1] * pace]);
      places[index] = this.map.containerPointToLatLng(at);
      layer.setLatLngs(places);
      this.markersOf(layer)[index].setLatLng(places[index]);
      this.settle(SETTLE_MS);
    }

    refocus() {
      if (!this.chosen) return;
      const { part, index } = this.chosen;
      const marker = this.layers[part] && this.markersOf(this.layers[part])[index];
      const icon = marker && marker.getElement();
      if (icon) icon.focus({ preventScroll: true });
    }

    startDrawing() {
      const style = { color: riskatlas.token("route-draft"), weight: 4, dashArray: "6 6" };
      this.map.pm.enableDraw("Line", {
        snappable: false, finishOn: "dblclick", tooltips: true,
        templineStyle: style, hintlineStyle: style, pathOptions: { pmIgnore: false, ...style },
      });
      this.heard.drawing(true);
    }

    finishDrawing() {
      const drawing = this.map.pm.Draw.Line;
      if (drawing._layer && drawing._layer.getLatLngs().length > 1) drawing._finishShape();
      else this.map.pm.disableDraw();
    }

    pick(isPicking) {
      this.isPicking = isPicking;
      this.map.getContainer().classList.toggle("is-picking", isPicking);
    }

    // The saved line grey, what is new in red, what both share in the colour of routes.
    compare(old, fresh) {
      const { old: before, fresh: after } = this.groups;
      before.clearLayers();
      after.clearLayers();
      const casing = { pane: "ra-edit-old", color: riskatlas.token("paper"), weight: 9 };
      [...old, ...fresh].forEach((line) => L.polyline(line.map(latlng), casing).addTo(before));
      const grey = { pane: "ra-edit-old", color: riskatlas.token("route-old"), weight: 5,
        className: "old-line" };
      old.forEach((line) => L.polyline(line.map(latlng), grey).addTo(before));
      if (!fresh.length) return;
      const pane = "ra-edit-new";
      const parts = old.length === 1 && fresh.length === 1
        ? editor.line.stretches(fresh[0], old[0])
        : fresh.map((line) => ({ same: false, mine: line }));
      parts.filter((part) => part.mine.length > 1).forEach((part) => {
        const color = riskatlas.token(part.same ? "route-primary" : "route-new");
        const className = part.same ? "same-line" : "new-line";
        L.polyline(part.mine.map(latlng), { pane, color, weight: 5, className }).addTo(after);
      });
    }

    showGhosts(proposals, taken) {
      this.groups.ghost.clearLayers();
      proposals.forEach((proposal, number) => {
        const places = proposal.line.map(latlng);
        const look = { pane: "ra-edit-ghost", color: riskatlas.token("route-alternative"),
          weight: 3, dashArray: "8 6", className: "ghost-line" };
        L.polyline(places, { ...look, color: riskatlas.token("paper"), weight: 7, dashArray: null,
          interactive: false }).addTo(this.groups.ghost);
        L.polyline(places, { ...look, interactive: false }).addTo(this.groups.ghost);
        const hit = { pane: "ra-edit-ghost", color: riskatlas.token("paper"), opacity: 0.01,
          weight: 24, className: "ghost-hit" };
        const target = L.polyline(places, hit).addTo(this.groups.ghost);
        target.bindTooltip(this.text(proposal.words), { sticky: true });
        target.on("click", (event) => {
          if (this.isPicking) return;
          L.DomEvent.stop(event);
          taken(number);
        });
      });
    }

    text(words) {
      const box = document.createElement("div");
      box.textContent = words;
      return box;
    }

    showClosed(roads) {
      this.groups.closed.clearLayers();
      roads.filter((road) => road.line && road.line.length > 1).forEach((road) => {
        const look = { pane: "ra-edit", color: riskatlas.token("ink"), weight: 6, dashArray: "2 8",
          interactive: false, className: "closed-line" };
        L.polyline(road.line.map(latlng), look).addTo(this.groups.closed);
      });
    }

    showSides(parts, choices, toggle) {
      const { old, fresh } = this.groups;
      old.clearLayers();
      fresh.clearLayers();
      let at = 0;
      parts.forEach((part) => {
        if (part.same) {
          const look = { pane: "ra-edit-old", color: riskatlas.token("route-primary"), weight: 5 };
          if (part.mine.length > 1) L.polyline(part.mine.map(latlng), look).addTo(old);
          return;
        }
        const number = at;
        at += 1;
        [["theirs", "route-new"], ["mine", "route-draft"]].forEach(([side, colour]) => {
          if (part[side].length < 2) return;
          const isTaken = choices[number] === side;
          const look = { pane: "ra-edit-new", color: riskatlas.token(colour),
            weight: isTaken ? 7 : 4, dashArray: isTaken ? null : "3 7", className: `side-${side}` };
          L.polyline(part[side].map(latlng), look).on("click", () => toggle(number, side))
            .addTo(fresh);
        });
      });
    }

    showPlace(at) {
      this.groups.place.clearLayers();
      if (!at) return;
      const ring = { radius: 16, color: riskatlas.token("position"), weight: 3, fill: false,
        pane: "ra-edit", interactive: false, className: "found-place" };
      L.circleMarker(latlng(at), ring).addTo(this.groups.place);
      this.map.panTo(latlng(at), { animate: false });
      this.map.panBy(this.offset(), { animate: false });
    }

    // On a phone the sheet covers the lower part of the map.
    offset() {
      return isPhone() ? [0, Math.round(this.map.getSize().y * 0.2)] : [0, 0];
    }

    frame(lines) {
      const places = lines.flat().map(latlng);
      if (!places.length) return;
      const below = isPhone() ? Math.round(this.map.getSize().y * 0.5) : 40;
      this.map.fitBounds(L.latLngBounds(places), {
        paddingTopLeft: [40, 40], paddingBottomRight: [40, below], maxZoom: 17, animate: false,
      });
    }
  }

  Object.assign(editor, { Canvas });
})();
