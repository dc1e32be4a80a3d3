// Draw the layers of features: areas by risk class, marks by kind; texts only as text.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const SVG = "http://www.w3.org/2000/svg";
  const OUTLINES = {
    triangle: "M12 2.5 22.5 21h-21z",
    house: "M12 2 2.5 10.5V22h19V10.5z",
    circle: "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20z",
    square: "M3 3h18v18H3z",
  };

  function element(name, attributes, parent) {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (parent) parent.appendChild(made);
    return made;
  }

  // Grey with dots where nothing was assessed, as in the legend and on paper.
  function defineUnknown(share, definitions) {
    const box = { id: "risk-unknown", width: 5, height: 5, patternUnits: "userSpaceOnUse" };
    const pattern = element("pattern", box, definitions);
    const ground = { fill: riskatlas.token("unknown"), "fill-opacity": share };
    element("rect", { width: 5, height: 5, ...ground }, pattern);
    element("circle", { cx: 2.5, cy: 2.5, r: 1, fill: riskatlas.token("muted") }, pattern);
  }

  // One SVG pattern per risk class: tint below, hatch above, so that a class reads without colour.
  function definePatterns({ styles, unknownShare }) {
    if (document.getElementById("risk-patterns")) return;
    const svg = element("svg", { id: "risk-patterns", width: 0, height: 0, "aria-hidden": "true" });
    svg.style.position = "absolute";
    const definitions = element("defs", {}, svg);
    defineUnknown(unknownShare, definitions);
    const drawn = Object.entries(styles).flatMap(([ordinal, style]) => [
      [`risk-${ordinal}`, style, false], [`risk-${ordinal}-unsure`, style, true],
    ]);
    drawn.forEach(([id, style, isUnsure]) => {
      const size = style.gap || 8;
      const box = { id, width: size, height: size };
      // Angles count clockwise from north; the line drawn below runs east.
      const turn = `rotate(${(style.angles[0] ?? 90) - 90})`;
      const pattern = element(
        "pattern",
        { ...box, patternUnits: "userSpaceOnUse", patternTransform: turn },
        definitions,
      );
      const whole = { width: size, height: size };
      element("rect", { ...whole, fill: style.fill, "fill-opacity": style.share }, pattern);
      const line = { stroke: style.line, "stroke-width": 1, "stroke-opacity": 0.45 };
      if (style.angles.length > 0) element("path", { d: `M0 .5H${size}`, ...line }, pattern);
      if (style.angles.length > 1) element("path", { d: `M.5 0V${size}`, ...line }, pattern);
      const stripe = { x: size / 2, width: riskatlas.unsurePx, height: size };
      if (isUnsure) element("rect", { ...stripe, fill: riskatlas.token("paper") }, pattern);
    });
    document.body.appendChild(svg);
  }

  function lines(...texts) {
    const box = document.createElement("div");
    texts.filter(Boolean).forEach((text) => {
      const row = document.createElement("div");
      row.textContent = text;
      box.appendChild(row);
    });
    return box;
  }

  function fill(template, facts) {
    return template.replace(/\{(\w+)\}/g, (_all, name) =>
      typeof facts[name] === "number" ? Math.round(facts[name]).toLocaleString("en") : facts[name],
    );
  }

  function mark(shape, colour, letter) {
    const svg = element("svg", { viewBox: "0 0 24 24", width: 24, height: 24 });
    const rim = { stroke: "currentColor", "stroke-width": 1.5, "stroke-linejoin": "round" };
    element("path", { d: OUTLINES[shape], fill: colour, ...rim }, svg);
    const low = shape === "triangle" || shape === "house" ? 18.5 : 16;
    const text = element("text", { x: 12, y: low, "text-anchor": "middle", class: "mark-letter" }, svg);
    text.textContent = letter;
    const box = document.createElement("div");
    box.className = "mark";
    box.appendChild(svg);
    return L.divIcon({ html: box, className: "mark-box", iconSize: [44, 44], iconAnchor: [22, 22] });
  }

  function styleArea(feature, context) {
    const { hideout, map, pane } = context;
    const { risk_class: risk, is_unsure: isUnsure, code } = feature.properties;
    const isHidden = riskatlas.place && code === riskatlas.place.filled;
    const style = hideout.styles[risk];
    const look = style
      ? { weight: 1.2, color: style.line, opacity: 0.75 }
      : { weight: 0.8, color: riskatlas.token("muted"), dashArray: "2 4" };
    look.fillOpacity = isHidden ? 0 : 1;
    if (hideout.isCrowded) {
      const fillColor = riskatlas.crowdFill(risk, hideout, isUnsure);
      return { ...look, fillColor, noClip: true, renderer: riskatlas.crowd(map, pane) };
    }
    definePatterns(hideout);
    const name = style ? `${risk}${isUnsure ? "-unsure" : ""}` : "unknown";
    return { ...look, fillColor: `url(#risk-${name})` };
  }

  function describeArea(properties, words) {
    const word = words.classes[properties.risk_class] || words.unknown;
    const doubt = properties.is_unsure ? words.unsure : "";
    return lines(properties.name, word, doubt, fill(words.people, { people: properties.people ?? 0 }));
  }

  function nameVillage(feature, layer, context) {
    const { words } = context.hideout;
    // Written when it is first shown: there may be thousands.
    layer.bindTooltip(() => describeArea(feature.properties, words), { sticky: true });
    layer.on("click", () => {
      // While a route is drawn a click belongs to the line.
      if (document.documentElement.dataset.editing || riskatlas.claimsClicks()) return;
      riskatlas.go(`/village/${encodeURIComponent(feature.properties.code)}`);
    });
  }

  function nameUnit(feature, layer, context) {
    layer.bindTooltip(describeArea(feature.properties, context.hideout.words), { sticky: true });
  }

  const styleTown = () => ({
    fill: false, weight: 1.6, color: riskatlas.token("base-town-line"), dashArray: "8 3 2 3",
  });
  const styleRingCasing = () => ({ fill: false, weight: 7, color: riskatlas.token("paper") });
  const styleRing = () => ({ fill: false, weight: 3, color: riskatlas.token("accent") });
  // On the desk all routes are seen at once, and each leads to its page.
  const isDesk = () => Boolean(riskatlas.place && riskatlas.place.is_desk);
  const styleRouteCasing = () => ({ weight: isDesk() ? 6 : 9, color: riskatlas.token("paper") });
  const styleRoute = () => ({ weight: isDesk() ? 3 : 5, color: riskatlas.token("route-primary") });
  const styleHazard = () => ({
    weight: 1.6, color: riskatlas.token("mark-hazard-site"), fillOpacity: 0.05,
    fillColor: riskatlas.token("mark-hazard-site"),
  });
  // Where a survey did not look no disaster was seen, which does not say that there was none.
  const isUnseen = (feature) => Boolean((feature.properties || {}).is_unseen);
  const stylePast = (feature) => isUnseen(feature) ? {
    weight: 1.2, color: riskatlas.token("muted"), dashArray: "1 4", fillOpacity: 0.3,
    fillColor: riskatlas.token("paper"),
  } : {
    weight: 1.6, color: riskatlas.token("mark-history"), dashArray: "5 4", fillOpacity: 0.14,
    fillColor: riskatlas.token("mark-history"),
  };

  function nameRoute(feature, layer, context) {
    const { words } = context.hideout;
    layer.bindTooltip(lines(feature.properties.name, fill(words.route, feature.properties)), {
      sticky: true,
    });
    layer.on("click", () => {
      if (isDesk()) riskatlas.go(`/route/${encodeURIComponent(feature.properties.code)}`);
    });
  }

  function namePast(feature, layer) {
    const { name, event, year } = feature.properties;
    layer.bindTooltip(lines(event || String(year ?? ""), name), { sticky: true });
  }

  const worded = (words, properties) =>
    lines(properties.name, words.kinds[properties.kind], words.facts && fill(words.facts, properties));

  function point(shape, colour, letter) {
    return (feature, latlng, context) => {
      const { words } = context.hideout;
      const icon = mark(shape, colour(feature.properties), letter(feature.properties, words));
      const options = { icon, pane: context.pane, keyboard: false, alt: feature.properties.name };
      const made = L.marker(latlng, options);
      return made.bindTooltip(worded(words, feature.properties), { direction: "top" });
    };
  }

  // A hazard site that is an area carries its triangle too, as long as the area is on the map.
  function nameHazard(feature, layer, context) {
    if (feature.geometry.type === "Point") return;
    layer.bindTooltip(worded(context.hideout.words, feature.properties), { sticky: true });
    let sign = null;
    layer.on("add", () => {
      sign = hazardSite(feature, layer.getBounds().getCenter(), context);
      context.map.addLayer(sign);
    });
    layer.on("remove", () => sign && context.map.removeLayer(sign));
  }

  const hazardSite = point("triangle", () => riskatlas.token("mark-hazard-site"), () => "!");
  const shelter = point(
    "house",
    (p) => riskatlas.token(p.usable === false ? "mark-shelter-unusable" : "mark-shelter"),
    (p) => (p.usable === false ? "×" : "S"),
  );
  const assemblyPoint = point("circle", () => riskatlas.token("mark-assembly-point"), () => "A");
  const enterprise = point(
    "square", (p) => riskatlas.token(`enterprise-${p.colour}`), (p, words) => words.letters[p.colour],
  );

  function inside(feature, index) {
    return index.getLeaves(feature.properties.cluster_id, Infinity).map((leaf) => leaf.properties);
  }

  // A cluster says how many it holds and what the worst of them is.
  function cluster(kind, feature, index, context) {
    const box = document.createElement("div");
    box.className = "cluster";
    box.textContent = String(feature.properties.point_count);
    const members = inside(feature, index);
    if (kind === "enterprises") {
      const { letters } = context.hideout.words;
      const worst = Object.keys(letters).find((grade) => members.some((p) => p.colour === grade));
      box.textContent += ` ${letters[worst] ?? ""}`;
      box.style.background = riskatlas.token(`enterprise-${worst}`);
      box.classList.add(`cluster-${worst}`);
      return box;
    }
    const unusable = members.filter((p) => p.usable === false).length;
    if (unusable === members.length) {
      box.classList.add("cluster-unusable");
      box.textContent += " ×";
    } else if (unusable > 0) {
      const part = document.createElement("span");
      part.className = "cluster-part";
      part.textContent = `×${unusable}`;
      box.append(part);
    }
    return box;
  }

  const clusterOf = (kind) => (feature, latlng, index, context) => {
    const box = cluster(kind, feature, index, context);
    const icon = L.divIcon({ html: box, className: "mark-box", iconSize: [44, 44] });
    return L.marker(latlng, { icon, pane: context.pane, keyboard: false });
  };

  Object.assign(riskatlas, {
    styleArea, nameVillage, nameUnit, styleTown, styleRing, styleRingCasing, styleRoute,
    styleRouteCasing, nameRoute, styleHazard, nameHazard, hazardSite, shelter, assemblyPoint,
    enterprise, stylePast, namePast,
    clusterShelters: clusterOf("shelters"), clusterEnterprises: clusterOf("enterprises"),
  });
})();
