// Say beside the map what it shows: one number, its parts, and the newest or largest.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const CLASSES = [5, 4, 3, 2, 1];
  const MOST_ROWS = 5;
  const DAY_MS = 86400000;

  function made(tag, className, ...inside) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...inside.filter((each) => each !== null && each !== undefined));
    return element;
  }

  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name]);
  const count = (number) => Math.round(number || 0).toLocaleString("en");
  const sum = (rows, of) => rows.reduce((total, row) => total + (of(row) || 0), 0);
  const propertiesOf = (collection) => (collection?.features || []).map((each) => each.properties);

  const card = (title, ...inside) => made("article", "card", made("h2", "", title), ...inside);
  const headline = (title, number, ...notes) =>
    card(title, made("p", "headline", count(number)),
      ...notes.filter(Boolean).map((note) => made("p", "note", note)));

  function rows(title, list, empty) {
    const inside = list.length > 0 ? made("ul", "rows", ...list) : made("p", "note", empty);
    return card(title, inside);
  }

  // A part of a whole: its sign, its word, a bar, its number.
  function part(sign, word, number, most) {
    const bar = made("span", "bar", made("i", ""));
    bar.firstChild.style.width = `${most > 0 ? (100 * number) / most : 0}%`;
    if (sign.dataset.colour) bar.firstChild.style.background = sign.dataset.colour;
    return made("li", "part", sign, made("span", "word", word), bar, made("b", "", count(number)));
  }

  function swatch(name) {
    const sign = made("i", "swatch");
    sign.dataset.colour = riskatlas.token(name);
    sign.style.background = sign.dataset.colour;
    sign.style.borderColor = riskatlas.token(`${name}-line`) || sign.dataset.colour;
    return sign;
  }

  function risk({ layers }, { words, classes }) {
    const villages = propertiesOf(layers.villages);
    const of = (risk) => villages.filter((each) => (each.risk_class || 0) === risk);
    const numbers = CLASSES.map((each) => of(each).length);
    const most = Math.max(...numbers);
    const parts = CLASSES.map((each, at) => part(swatch(`risk-${each}`), classes[each], numbers[at], most));
    const unknown = of(0).length;
    if (unknown > 0) parts.push(part(swatch("unknown"), words.unknown, unknown, most));
    const worst = villages.filter((each) => each.risk_class && each.people_in_hazard > 0)
      .sort((a, b) => b.people_in_hazard - a.people_in_hazard)
      .slice(0, MOST_ROWS)
      .map((each) => made("li", "", swatch(`risk-${each.risk_class}`), made("span", "word", each.name),
        made("b", "", fill(words.people, { people: count(each.people_in_hazard) }))));
    return [
      headline(fill(words.worst_class, { word: classes[CLASSES[0]] }), numbers[0],
        fill(words.of_villages, { all: count(villages.length) }),
        fill(words.in_hazard, { people: count(sum(villages, (each) => each.people_in_hazard)) })),
      card(words.by_class, made("ul", "rows", ...parts)),
      rows(words.worst, worst, words.nobody),
    ];
  }

  function timeOf(at, zone, language) {
    const options = { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false };
    const isOld = riskatlas.clock.now() - at > DAY_MS;
    if (isOld) Object.assign(options, { month: "numeric", day: "numeric" });
    return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", options).format(at);
  }

  function placeOf({ geometry }, villages) {
    const found = (villages?.features || []).find((village) =>
      riskatlas.contains(village.geometry, geometry.coordinates));
    return found ? found.properties.name : "";
  }

  function glyph(kind, isVerified, { glyphs }) {
    return made("i", isVerified ? "glyph" : "glyph glyph-unverified", glyphs[kind] || glyphs.other);
  }

  function reports({ layers }, facts) {
    const { words, kinds, language, timezone } = facts;
    const features = layers.reports?.features || [];
    const isVerified = ({ properties }) => properties.is_verified;
    const accepted = features.filter(isVerified);
    const waiting = features.length - accepted.length;
    const tally = Object.keys(kinds)
      .map((kind) => [kind, accepted.filter(({ properties }) => properties.kind === kind).length])
      .filter(([, number]) => number > 0).sort((a, b) => b[1] - a[1]).slice(0, MOST_ROWS);
    const most = Math.max(0, ...tally.map(([, number]) => number));
    const newest = [...features]
      .sort((a, b) => Date.parse(b.properties.reported_at) - Date.parse(a.properties.reported_at))
      .slice(0, MOST_ROWS)
      .map((each) => {
        const { kind, reported_at: at } = each.properties;
        const mark = isVerified(each) ? null : made("em", "tag", words.unverified);
        return made("li", "", glyph(kind, isVerified(each), facts),
          made("span", "word", `${kinds[kind] || kinds.other} ${placeOf(each, layers.villages)}`), mark,
          made("b", "", timeOf(Date.parse(at), timezone, language)));
      });
    return [
      headline(words.accepted, accepted.length,
        waiting > 0 ? fill(words.waiting, { count: count(waiting) }) : words.none_waiting),
      rows(words.by_kind, tally.map(([kind, number]) =>
        part(glyph(kind, true, facts), kinds[kind], number, most)), words.none_accepted),
      rows(words.newest, newest, words.none_reported),
    ];
  }

  function shelters({ layers }, { words }) {
    const all = propertiesOf(layers.shelters);
    const usable = all.filter((each) => each.usable !== false);
    const largest = [...usable].sort((a, b) => (b.capacity_people || 0) - (a.capacity_people || 0))
      .slice(0, MOST_ROWS)
      .map((each) => made("li", "", made("span", "word", each.name),
        made("b", "", fill(words.people, { people: count(each.capacity_people) }))));
    const sign = (kind) => made("i", `house house-${kind}`, kind === "usable" ? "S" : "×");
    return [
      headline(words.capacity, sum(usable, (each) => each.capacity_people),
        fill(words.expected, { people: count(sum(usable, (each) => each.load_people)) })),
      card(words.shelters, made("ul", "rows",
        part(sign("usable"), words.usable, usable.length, all.length),
        part(sign("unusable"), words.unusable, all.length - usable.length, all.length))),
      rows(words.largest, largest, words.no_shelter),
    ];
  }

  riskatlas.cards = { risk, reports, shelters, fill };
})();
