// Draw a view of a wall screen: areas, names above them, marks; each replaced, never stacked.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const SVG = "http://www.w3.org/2000/svg";
  const BUBBLE = "M4 2h32a3 3 0 0 1 3 3v22a3 3 0 0 1-3 3H24l-4 8-4-8H4a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z";
  const HOUSE = "M20 2 2 17v21h36V17z";
  const STILL = {
    zoomControl: false, attributionControl: false, dragging: false, keyboard: false,
    scrollWheelZoom: false, doubleClickZoom: false, boxZoom: false, touchZoom: false, zoomSnap: 0,
    fadeAnimation: false, zoomAnimation: false, markerZoomAnimation: false, trackResize: false,
  };
  const token = (name) => riskatlas.token(name);
  // One rem is 16 px on a screen of 1920 x 1080, and grows with it.
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

  function svg(name, attributes, parent) {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (parent) parent.append(made);
    return made;
  }

  const ringsOf = ({ type, coordinates }) =>
    type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : [];

  function areaOf(ring) {
    return ring.reduce((sum, [x, y], at) => {
      const [u, v] = ring[(at + 1) % ring.length];
      return sum + (x * v - u * y) / 2;
    }, 0);
  }

  function isIn([x, y], ring) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[a, b], [c, d]] = [ring[i], ring[j]];
      if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) inside = !inside;
    }
    return inside;
  }

  const contains = (geometry, point) =>
    ringsOf(geometry).some(([outer, ...holes]) =>
      isIn(point, outer) && !holes.some((hole) => isIn(point, hole)));

  // Where a name stands: half way along the widest stretch of the middle of the largest part.
  function middleOf(geometry) {
    const parts = ringsOf(geometry);
    if (parts.length === 0) return null;
    const rings = parts.reduce((best, part) =>
      Math.abs(areaOf(part[0])) > Math.abs(areaOf(best[0])) ? part : best);
    const ys = rings[0].map(([, y]) => y);
    const y = (Math.min(...ys) + Math.max(...ys)) / 2 + 1e-9;
    const cuts = rings.flatMap((ring) =>
      ring.flatMap(([x, v], at) => {
        const [u, w] = ring[(at + 1) % ring.length];
        return v > y !== w > y ? [x + ((y - v) / (w - v)) * (u - x)] : [];
      })).sort((a, b) => a - b);
    let [from, to] = [rings[0][0][0], rings[0][0][0]];
    for (let at = 0; at + 1 < cuts.length; at += 2) {
      if (cuts[at + 1] - cuts[at] > to - from) [from, to] = [cuts[at], cuts[at + 1]];
    }
    return [y, (from + to) / 2];
  }

  // Where a name may stand, in widths and lines from the middle of its area, the nearest first; a
  // village is small, and its name would soon be taken for its neighbour's.
  const PLACES = {
    village: [[0, 0], [0, -0.7], [0, 0.7]],
    town: [0, -0.5, 0.5, -1, 1, -1.5, 1.5, -2, 2, -3, 3]
      .flatMap((line) => [0, -0.2, 0.2, -0.4, 0.4].map((wide) => [wide, line]))
      .sort(([x, y], [u, v]) => 4 * Math.abs(x) + Math.abs(y) - 4 * Math.abs(u) - Math.abs(v)),
  };
  // Height in rem and weight of what is written on the map, as screen.css has them.
  const WRITTEN = { village: [1.75, 400], town: [2.1, 600], tag: [1.75, 600] };
  const HALO = 0.3;
  // How far a mark may give way to another, in rem.
  const ASIDE = [0, 1.35, -1.35, 2.7, -2.7, 4, -4];
  const pen = document.createElement("canvas").getContext("2d");
  function sizeOf(text, kind) {
    const [high, weight] = WRITTEN[kind];
    pen.font = `${weight} ${high * rem()}px ${getComputedStyle(document.body).fontFamily}`;
    return [pen.measureText(text).width + HALO * rem(), 1.25 * high * rem()];
  }
  const isFree = (box, boxes) =>
    boxes.every(([l, t, r, b]) => box[2] < l || box[0] > r || box[3] < t || box[1] > b);

  function mark(path, kind, letter) {
    const box = document.createElement("div");
    box.className = `mark mark-${kind}`;
    const drawn = svg("svg", { viewBox: "0 0 40 40" });
    svg("path", { d: path }, drawn);
    svg("text", { x: 20, y: path === HOUSE ? 35 : 26, "text-anchor": "middle" }, drawn)
      .textContent = letter;
    box.append(drawn);
    return box;
  }

  class ScreenMap {
    constructor(seat, facts) {
      this.facts = facts;
      this.map = L.map(seat, STILL);
      // Above the areas, below the marks.
      Object.assign(this.map.createPane("names").style, { zIndex: 450, pointerEvents: "none" });
      this.canvas = L.canvas({ padding: 0.1 });
      this.areas = L.geoJSON(null, { renderer: this.canvas, style: (area) => this.style(area) });
      this.towns = L.geoJSON(null, {
        renderer: this.canvas,
        style: () => ({ fill: false, weight: rem() / 8, color: token("base-town-line"),
          dashArray: `${rem() / 2} ${rem() / 4}` }),
      });
      this.marks = L.layerGroup();
    }

    frame(bounds) {
      const [w, s, e, n] = bounds;
      this.bounds = L.latLngBounds([s, w], [n, e]);
      const isFirst = !this.map._loaded;
      this.map.invalidateSize({ animate: false });
      this.map.fitBounds(this.bounds, { animate: false, padding: [rem(), rem()] });
      if (!isFirst) return;
      [this.areas, this.towns, this.marks].forEach((layer) => layer.addTo(this.map));
      L.control.scale({ imperial: false, maxWidth: 16 * rem() }).addTo(this.map);
      riskatlas.startBase();
    }

    style({ properties: { risk_class: risk } }) {
      const color = risk ? token(`risk-${risk}-line`) : token("muted");
      const isRisk = this.view === "risk";
      return {
        weight: isRisk ? Math.max(1.2, rem() / 13) : 1, color: isRisk ? color : token("base-village-line"),
        fillColor: risk ? token(`risk-${risk}`) : token("unknown"), fill: isRisk,
        fillOpacity: risk ? 0.75 : 0.25, dashArray: isRisk && !risk ? "4 6" : null,
      };
    }

    draw(view, { state, layers }) {
      this.view = view;
      if (!state.bounds) return;
      const { clientWidth, clientHeight } = this.map.getContainer();
      const key = `${state.bounds} ${clientWidth} ${clientHeight}`;
      if (key !== this.framed) this.frame(state.bounds);
      this.framed = key;
      const areas = [view, layers.villages, layers.towns];
      if (areas.some((each, at) => each !== this.drawn?.[at])) this.drawAreas(layers);
      this.drawn = areas;
      this.marks.clearLayers();
      const taken = view === "reports" ? this.drawReports(layers.reports)
        : view === "shelters" ? this.drawShelters(layers.shelters) : [];
      this.drawNames(view, layers, taken);
    }

    drawAreas({ villages, towns }) {
      this.areas.clearLayers();
      this.areas.addData(villages || []);
      this.towns.clearLayers();
      this.towns.addData(towns || []);
    }

    put(latlng, element, zIndexOffset) {
      const icon = L.divIcon({ html: element, className: "mark-box", iconSize: [0, 0] });
      L.marker(latlng, { icon, interactive: false, keyboard: false, zIndexOffset }).addTo(this.marks);
    }

    // Marks that would cover each other are one with a number: as many as fit, however many there are.
    groups(features) {
      const size = 2.7 * rem();
      return (features || []).reduce((made, { geometry, properties }) => {
        const [x, y] = geometry.coordinates;
        const at = this.map.latLngToLayerPoint([y, x]);
        const near = made.find((each) =>
          Math.abs(each.at.x - at.x) < size && Math.abs(each.at.y - at.y) < size);
        if (near) near.members.push(properties);
        else made.push({ latlng: [y, x], at, members: [properties] });
        return made;
      }, []);
    }

    drawReports(collection) {
      const { glyphs, words } = this.facts;
      const all = collection?.features || [];
      const verified = this.groups(all.filter(({ properties }) => properties.is_verified));
      const others = this.groups(all.filter(({ properties }) => !properties.is_verified));
      const half = 1.3 * rem();
      const boxOf = ({ at: { x, y } }) => [x - half, y - 2 * half, x + half, y];
      const boxes = verified.map(boxOf);
      // What is not verified stands for a whole grid unit, and gives way to what is known exactly.
      others.forEach((each) => {
        const at = ASIDE.map((wide) => each.at.add([wide * rem(), 0]))
          .find((point) => isFree(boxOf({ at: point }), boxes));
        if (at) Object.assign(each, { at, latlng: this.map.layerPointToLatLng(at) });
      });
      boxes.push(...others.map(boxOf));
      [...verified, ...others].forEach(({ latlng, at, members }) => {
        const [{ kind, is_verified: isVerified }] = members;
        const isOneKind = members.every((each) => each.kind === kind);
        const made = mark(BUBBLE, isVerified ? "report" : "unverified",
          isOneKind ? glyphs[kind] || glyphs.other : "…");
        const said = [isVerified ? "" : words.unverified, members.length > 1 ? `×${members.length}` : ""];
        this.tag(made, said.filter(Boolean).join(" "), at, boxes);
        this.put(latlng, made, isVerified ? 1000 : 0);
      });
      return boxes;
    }

    // A word beside a mark, right or left of it; none where it would stand over another.
    tag(made, text, { x, y }, boxes) {
      if (!text) return;
      const [from, [wide]] = [1.4 * rem(), sizeOf(text, "tag")];
      const sides = [["", x + from], ["tag-left", x - from - wide]]
        .map(([side, left]) => [side, [left, y - 2.4 * rem(), left + wide, y - 0.2 * rem()]]);
      const free = sides.find(([, box]) => isFree(box, boxes));
      if (!free) return;
      boxes.push(free[1]);
      const line = document.createElement("span");
      line.textContent = text;
      if (free[0]) line.className = free[0];
      made.append(line);
    }

    // Where one may go counts first; the others are marked where none that is usable is near.
    drawShelters(collection) {
      const isUsable = (each) => each.usable !== false;
      const usableFirst = [...(collection?.features || [])]
        .sort((a, b) => isUsable(b.properties) - isUsable(a.properties));
      const groups = this.groups(usableFirst);
      groups.forEach(({ latlng, members }) => {
        const usable = members.filter(isUsable).length;
        const [kind, count, one] = usable > 0 ? ["shelter", usable, "S"] : ["unusable", members.length, "×"];
        this.put(latlng, mark(HOUSE, kind, count > 1 ? String(count) : one), usable > 0 ? 1000 : 0);
      });
      const half = 1.4 * rem();
      return groups.map(({ at: { x, y } }) => [x - half, y - half, x + half, y + half]);
    }

    // Towns first, then villages by class and people; no name under another, nor under a mark or
    // its word.
    drawNames(view, { towns, villages }, taken) {
      const named = (collection, kind) => (collection?.features || [])
        .map(({ geometry, properties }) => ({ ...properties, kind, geometry, at: middleOf(geometry) }));
      const byWeight = (a, b) =>
        (b.risk_class || 0) - (a.risk_class || 0) || (b.people || 0) - (a.people || 0);
      const all = view === "risk"
        ? [...named(towns, "town"), ...named(villages, "village").sort(byWeight)]
        : named(towns, "town");
      const boxes = [...taken];
      const made = all.filter(({ at, name }) => at && name).flatMap((each) => {
        const box = this.roomFor(each, boxes);
        if (!box) return [];
        boxes.push(box);
        const label = document.createElement("span");
        label.className = `name name-${each.kind}`;
        label.textContent = each.name;
        L.DomUtil.setPosition(label, L.point(box[0], (box[1] + box[3]) / 2).round());
        return [label];
      });
      this.map.getPane("names").replaceChildren(...made);
    }

    // In the middle, else near it, as long as that is the same area.
    roomFor({ kind, name, at, geometry }, boxes) {
      const [wide, high] = sizeOf(name, kind);
      const middle = this.map.latLngToLayerPoint(at);
      const boxAt = ([right, down]) => {
        const { x, y } = middle.add([right * wide, down * high]);
        return [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2];
      };
      const isInside = ([l, t, r, b]) =>
        contains(geometry, this.lngLatOf(L.point((l + r) / 2, (t + b) / 2)));
      const { min, max } = this.map.getPixelBounds();
      const [from, to] = [min, max].map((corner) => corner.subtract(this.map.getPixelOrigin()));
      const isSeen = ([l, t, r, b]) => l >= from.x && t >= from.y && r <= to.x && b <= to.y;
      return PLACES[kind].map(boxAt)
        .find((box, at) => isSeen(box) && isFree(box, boxes) && (at === 0 || isInside(box)));
    }

    lngLatOf(point) {
      const { lng, lat } = this.map.layerPointToLatLng(point);
      return [lng, lat];
    }
  }

  Object.assign(riskatlas, { ScreenMap, contains });
})();
