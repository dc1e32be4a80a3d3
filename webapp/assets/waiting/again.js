// Where there was no room: ask again in the background, and come once the page can be had.
"use strict";
(function () {
  const NO_ROOM = 503;
  const LONGEST_WAIT_S = 60;
  const pause = (seconds) => new Promise((go) => window.setTimeout(go, seconds * 1000));

  async function isThere() {
    try {
      const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" });
      return { is: answer.status !== NO_ROOM, wait: Number(answer.headers.get("Retry-After")) };
    } catch {
      return { is: false, wait: 0 };
    }
  }

  async function wait(first) {
    for (let seconds = first; ; ) {
      // Those who were refused together do not come back together.
      await pause(seconds * (1 + Math.random() / 2));
      const found = await isThere();
      if (found.is) break;
      seconds = Math.min(found.wait || 1.5 * seconds, LONGEST_WAIT_S);
    }
    window.location.reload();
  }

  wait(Number(document.currentScript.dataset.again));
})();
