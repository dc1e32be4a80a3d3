// Ask the server: every answer is heard out, and no silence is taken for a yes.
"use strict";
(function () {
  const { officer } = window;
  const PATIENCE_MS = { small: 20000, large: 90000 };
  const SERVER_FAULT = 500;
  const SAME = 304;
  const REFUSED = 400;
  const TOO_LARGE = 413;
  // Too slow, too early, too often: what is sent is not at fault.
  const LATER = [408, 425, 429];
  const line = new EventTarget();
  let heardAt = null;
  // What became of the last request: nobody answered.
  let isCut = false;
  let clockOffMs = 0;

  function noteLine(isNowCut) {
    if (isCut === isNowCut) return;
    isCut = isNowCut;
    line.dispatchEvent(new Event("changed"));
  }

  // No answer, or one that says: later.
  class Away extends Error {
    constructor(message, { waitS = 0, told = {} } = {}) {
      super(message);
      Object.assign(this, { waitS, told });
    }
  }

  const token = () =>
    (document.cookie.split("; ").find((part) => part.startsWith("_csrf_token=")) || "").slice(12);

  async function send(method, path, { body, type, account, isLarge, known } = {}) {
    const headers = { Accept: "application/json", "X-Sent-At": new Date().toISOString() };
    if (method !== "GET") headers["X-CSRFToken"] = decodeURIComponent(token());
    if (type) headers["Content-Type"] = type;
    if (account) headers["X-Account-Mark"] = account;
    // What this phone has is not sent again.
    if (known) headers["If-None-Match"] = known;
    const patience = new AbortController();
    const timer = window.setTimeout(() => patience.abort(), PATIENCE_MS[isLarge ? "large" : "small"]);
    try {
      const answer = await fetch(path, { method, headers, body, signal: patience.signal,
        credentials: "same-origin", cache: "no-store", redirect: "error" });
      const text = await answer.text();
      heardAt = Date.now();
      noteLine(false);
      officer.keep.note("heard_at", heardAt);
      clockOffMs = heardAt - (Date.parse(answer.headers.get("Date")) || heardAt);
      let json = null;
      try {
        json = JSON.parse(text);
      } catch (_fault) {
        json = null;
      }
      if (answer.status >= SERVER_FAULT || LATER.includes(answer.status)) {
        const waitS = Number(answer.headers.get("Retry-After")) || 0;
        throw new Away(String(answer.status), { waitS, told: json || {} });
      }
      // A line cut within the head looks like an answer without a body; every answer of ours has one.
      // What refuses in words that are no JSON stands between us and refuses all the same.
      const isRefusal = answer.status === TOO_LARGE || (answer.status >= REFUSED && text !== "");
      if (json === null && answer.status !== SAME && !isRefusal) throw new Away("no whole answer");
      return { status: answer.status, json, etag: answer.headers.get("ETag") };
    } catch (fault) {
      if (fault instanceof Away) throw fault;
      noteLine(true);
      throw new Away(fault.message);
    } finally {
      window.clearTimeout(timer);
    }
  }

  Object.assign(officer, {
    send, Away,
    heardAt: () => heardAt,
    isCut: () => isCut,
    onLine(act) {
      line.addEventListener("changed", act);
      ["online", "offline"].forEach((name) => window.addEventListener(name, act));
    },
    // By how much this phone's clock is ahead of the server's, as of its last answer.
    clockOffMs: () => clockOffMs,
    async remember() {
      heardAt = heardAt || (await officer.keep.read("heard_at")) || null;
    },
  });
})();
