// Run a wall screen: turn the views, tell the age of what is seen, follow a new program.
"use strict";
(function () {
  const { Picture, ScreenMap, Stream, cards, clock, kept } = window.riskatlas;
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const { boot, language, timezone: timeZone, words } = facts;
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const [SECOND, MINUTE, HOUR, DAY] = [1000, 60000, 3600000, 86400000];
  const FADE_MS = 200;
  const LATEST_RELOAD_MS = 5000;
  const RELOAD_AGAIN_MS = 60000;
  // The frame moves by two pixels each hour, so that nothing burns in.
  const SHIFTS = [[0, 0], [2, 0], [2, 2], [0, 2]];
  const seat = Object.fromEntries(["frame", "place", "view", "clock", "day", "stage", "map", "cards",
    "turn", "band", "age", "source"].map((id) => [id, document.getElementById(id)]));
  const shown = { at: 0, seconds: 20, timer: 0, fading: 0 };
  let screenMap = null;
  let reloading = 0;

  const zoned = (at, options) =>
    new Intl.DateTimeFormat(locale, { timeZone, hour12: false, ...options }).format(at);

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function ageOf(age) {
    if (age < -MINUTE) return words.age_unknown;
    if (age < MINUTE) return words.age_now;
    if (age < HOUR) return cards.fill(words.age_minutes, { n: Math.floor(age / MINUTE) });
    const n = Math.floor((age % HOUR) / MINUTE);
    if (age < DAY) return cards.fill(words.age_hours, { h: Math.floor(age / HOUR), n });
    return cards.fill(words.age_days, { n: Math.floor(age / DAY) });
  }

  function sayAge() {
    const { standing, confirmed, age } = picture;
    const isFresh = standing === "fresh";
    seat.band.classList.toggle("is-stale", !isFresh);
    seat.band.dataset.standing = standing;
    if (confirmed === null) {
      write(seat.age, picture.isAsked ? words[`${standing}_empty`] || words.lost_empty : words.opening);
      return;
    }
    const options = { hour: "2-digit", minute: "2-digit" };
    if (!isFresh) Object.assign(options, { month: "long", day: "numeric" });
    const time = zoned(confirmed, options);
    write(seat.age, cards.fill(words[standing], { time, age: ageOf(age) }));
  }

  function tick() {
    const now = clock.now();
    // A machine that woke up before what it showed last has lost its time, and shows none.
    const isLost = clock.server === null && picture.age < -MINUTE;
    write(seat.clock, isLost ? "--:--" : zoned(now, { hour: "2-digit", minute: "2-digit" }));
    write(seat.day, isLost ? "" : zoned(now, { month: "long", day: "numeric", weekday: "long" }));
    const [x, y] = SHIFTS[Math.floor(now / HOUR) % SHIFTS.length];
    seat.frame.style.transform = `translate(${x}px, ${y}px)`;
    if (!picture.isOver) sayAge();
  }

  function viewsOf({ views, layers }) {
    return views.filter((view) => view !== "reports" || "reports" in layers);
  }

  // A row is shown whole or not at all.
  function fit(card) {
    const list = card.querySelector(".rows");
    while (list?.lastChild && card.scrollHeight > card.clientHeight) list.lastChild.remove();
  }

  function draw() {
    const { state } = picture;
    if (!state) return;
    const views = viewsOf(state);
    const view = views[shown.at % views.length];
    shown.seconds = state.view_s;
    seat.frame.dataset.view = view;
    write(seat.place, [state.town_name, state.district].filter(Boolean).join(" · "));
    write(seat.view, words[`${view}_title`]);
    const { attribution: source, data_date: date, rule_edition: edition } = state;
    // The source is long, and the first to be cut where there is no room.
    const said = [state.is_made_up && words.made_up, cards.fill(words.dated, { date }),
      edition && cards.fill(words.rule, { edition }), cards.fill(words.source, { source })];
    write(seat.source, said.filter(Boolean).join(" · "));
    seat.cards.replaceChildren(...cards[view](picture, facts));
    seat.cards.querySelectorAll(".card").forEach(fit);
    screenMap = screenMap || new ScreenMap(seat.map, facts);
    screenMap.draw(view, picture);
  }

  function next() {
    if (!picture.state || viewsOf(picture.state).length < 2) return;
    seat.stage.classList.add("is-turning");
    clearTimeout(shown.fading);
    shown.fading = setTimeout(() => {
      shown.at = (shown.at + 1) % viewsOf(picture.state || { views: ["risk"], layers: {} }).length;
      draw();
      seat.stage.classList.remove("is-turning");
    }, FADE_MS);
  }

  function begin() {
    clearTimeout(shown.timer);
    seat.turn.style.animation = "none";
    void seat.turn.offsetWidth;
    seat.turn.style.animation = `turn ${shown.seconds}s linear forwards`;
    shown.timer = setTimeout(() => {
      next();
      begin();
    }, shown.seconds * SECOND);
  }

  // The link is over: what was seen goes, and is not kept.
  function end() {
    clearTimeout(shown.timer);
    const over = document.createElement("main");
    [words.over, words.over_what].forEach((text) => {
      const line = document.createElement("p");
      line.textContent = text;
      over.append(line);
    });
    document.body.className = "over";
    document.body.replaceChildren(over);
  }

  // Only when the new page is there to be had: else the wall would show a browser's fault.
  async function reload(other) {
    try {
      const answer = await fetch(window.location.href, { cache: "no-store" });
      if ((await answer.text()).includes(`data-boot="${other}"`)) {
        window.location.reload();
        return;
      }
    } catch (_fault) {
      // Asked for again below.
    }
    reloading = setTimeout(() => reload(other), RELOAD_AGAIN_MS * Math.random());
  }

  function follow(other) {
    if (other === boot || reloading) return;
    reloading = setTimeout(() => reload(other), LATEST_RELOAD_MS * Math.random());
  }

  function tell(what) {
    if (what === "over") end();
    else if (picture.isOver) return;
    else if (document.body.className === "over") window.location.reload();
    else if (what === "picture") draw();
    else if (what === "base") window.riskatlas.redrawBase?.();
    if (!picture.isOver) tick();
  }

  const picture = new Picture(tell);
  Object.assign(window.riskatlas, { picture, next });
  begin();
  // First of all: a browser opens few lines at once, and the tiles of the map would take them.
  new Stream("/live", (news) => {
    picture.hear(news);
    if (news.name === "hello") follow(news.facts.boot);
    if (news.name === "hello" && picture.isOver) picture.refreshSoon(0);
  });
  picture.restore();
  setInterval(tick, SECOND);
  new ResizeObserver(draw).observe(seat.map);
  window.addEventListener("load", () => setTimeout(kept.keepShell, 5 * SECOND));
  tick();
})();
