// Speak with the server about one route: every write carries the visit's token.
"use strict";
(function () {
  const editor = window.riskatlas.editor;
  const BAD_TOKEN = 400;
  const SERVER_FAULT = 502;

  // The server is away, or says that it is too busy and in what words.
  class Away extends Error {
    constructor(message, told = {}) {
      super(message);
      this.told = told;
    }
  }

  const token = () =>
    (document.cookie.split("; ").find((part) => part.startsWith("_csrf_token=")) || "").slice(12);

  async function send(method, url, body, version, options = {}) {
    const headers = { Accept: "application/json", "X-CSRFToken": decodeURIComponent(token()) };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (version !== undefined) headers["If-Match"] = `"${version}"`;
    // What was drawn by one person is not sent as another's who signed in beside.
    if (options.account) headers["X-Account-Mark"] = options.account;
    // What the page asks by itself keeps nobody signed in who has gone away.
    if (options.isUnattended) headers["X-Unattended"] = "1";
    const asked = { method, headers, credentials: "same-origin", cache: "no-store",
      keepalive: Boolean(options.isLast) };
    if (body !== undefined) asked.body = JSON.stringify(body);
    let answer;
    try {
      answer = await fetch(url, asked);
    } catch (fault) {
      throw new Away(fault.message);
    }
    const text = await answer.text();
    let json = {};
    try {
      json = JSON.parse(text);
    } catch (_fault) {
      json = {};
    }
    if (answer.status >= SERVER_FAULT) throw new Away(String(answer.status), json);
    return { status: answer.status, ok: answer.ok, json };
  }

  class Server {
    constructor(code) {
      this.root = `/api/routes/${encodeURIComponent(code)}`;
      this.account = null;
    }

    async ask(method, path, body, version, more = {}) {
      const options = { ...more, account: this.account };
      const answer = await send(method, this.root + path, body, version, options);
      if (answer.status !== BAD_TOKEN || answer.json.fault !== "token") return answer;
      // A new sign-in has a new token; the page's own address hands it out.
      await fetch(window.location.pathname, { credentials: "same-origin", cache: "no-store" });
      return send(method, this.root + path, body, version, options);
    }
  }

  Object.assign(editor, { Server, Away });
})();
