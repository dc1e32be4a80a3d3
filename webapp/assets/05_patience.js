// Ask again, politely, where the server is crowded or away, and say so meanwhile in both languages.
"use strict";
(function () {
  const LONGEST_WAIT_S = 30;
  const send = window.fetch.bind(window);
  const said = document.querySelector('meta[name="said"]').dataset;
  const words = (kind) => ({ zh: said[`${kind}Zh`], en: said[`${kind}En`] });
  const unanswered = new Set();

  // Not part of the app: it must be seen while the app itself has not come yet.
  function say(sentences) {
    let box = document.getElementById("patience");
    if (!box) {
      box = document.createElement("div");
      box.id = "patience";
      box.className = "notice";
      box.setAttribute("role", "status");
      document.body.append(box);
    }
    const lines = sentences ? [sentences.zh, sentences.en] : [];
    box.replaceChildren(
      ...lines.map((text) => {
        const line = document.createElement("p");
        line.textContent = text;
        return line;
      }),
    );
    if (sentences && sentences.login) box.append(wayIn(sentences.login));
  }

  // In a window of its own: what was drawn or typed on this page stays.
  function wayIn(address) {
    const link = document.createElement("a");
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "登录 / Sign in";
    return link;
  }

  async function sentencesOf(answer, kind) {
    try {
      const { zh, en, login } = await answer.clone().json();
      return zh && en ? { zh, en, login } : words(kind);
    } catch {
      return words(kind);
    }
  }

  const pause = (seconds) => new Promise((go) => window.setTimeout(go, seconds * 1000));

  // Each further wait is longer, and no two browsers wait alike.
  function wait(retryAfter, tries) {
    const seconds = Math.min((Number(retryAfter) || 2) * 1.5 ** tries, LONGEST_WAIT_S);
    return pause(seconds * (1 + Math.random() / 2));
  }

  async function patient(address, options) {
    const asked = {};
    for (let tries = 0; ; tries += 1) {
      let answer = null;
      try {
        answer = await send(address, options);
      } catch (fault) {
        if (options && options.signal && options.signal.aborted) throw fault;
      }
      const mayPass = answer === null || answer.status === 503;
      if (!mayPass) {
        unanswered.delete(asked);
        if (answer.status >= 400) say(await sentencesOf(answer, "failed"));
        else if (unanswered.size === 0) say(null);
        return answer;
      }
      unanswered.add(asked);
      say(answer ? await sentencesOf(answer, "away") : words("away"));
      await wait(answer && answer.headers.get("Retry-After"), tries);
    }
  }

  window.fetch = (address, options) => {
    const to = new URL(address instanceof Request ? address.url : address, window.location.href);
    const isOurs = to.origin === window.location.origin && to.pathname.startsWith("/_dash-");
    return isOurs ? patient(address, options) : send(address, options);
  };
})();
