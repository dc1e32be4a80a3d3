// Send the files of a delivery piece by piece; a piece that was cut off is sent again.
"use strict";
(function () {
  const form = document.querySelector("[data-upload]");
  if (!form) return;
  const words = JSON.parse(form.dataset.words);
  const said = document.querySelector("[data-sending]");
  const AGAIN = 4;
  const PAUSE_MS = 1500;

  const say = (name, facts = {}) =>
    (words[name] || name).replace(/\{(\w+)\}/g, (_whole, fact) => String(facts[fact] ?? "–"));
  const token = () =>
    (document.cookie.split("; ").find((part) => part.startsWith("_csrf_token=")) || "").slice(12);
  const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

  function tell(text, isFault = false) {
    said.hidden = false;
    said.className = isFault ? "entry-fault" : "entry-said";
    said.textContent = text;
  }

  async function once(method, path, body, isPiece) {
    const headers = { Accept: "application/json", "X-CSRFToken": decodeURIComponent(token()),
      "X-Account-Mark": form.dataset.mark };
    if (body !== undefined) headers["Content-Type"] = isPiece ? "application/octet-stream" : "application/json";
    const answer = await fetch(`/api/deliveries${path}`, { method, headers, cache: "no-store",
      credentials: "same-origin", body: isPiece || body === undefined ? body : JSON.stringify(body) });
    const json = await answer.json().catch(() => ({}));
    if (answer.ok) return json;
    const fault = new Error(document.documentElement.lang === "en" ? json.error_en : json.error_zh);
    fault.isFinal = answer.status < 500;
    throw fault;
  }

  async function ask(method, path, body, isPiece = false) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(method, path, body, isPiece);
      } catch (fault) {
        if (fault.isFinal || tries === AGAIN) throw fault;
        await pause(PAUSE_MS * tries);
      }
    }
  }

  const pairs = (text) => Object.fromEntries(text.split(/\n|;|；/).map((line) => line.split("="))
    .filter((pair) => pair.length === 2 && pair[0].trim()).map(([name, field]) => [name.trim(), field.trim()]));

  async function send() {
    const files = [...form.elements.files.files];
    const whole = files.reduce((sum, file) => sum + file.size, 0);
    let sent = 0;
    tell(say("sending", { share: 0 }));
    const begun = await ask("POST", "", {
      form: form.elements.form.value,
      source_crs: form.elements.source_crs.value,
      encoding: form.elements.encoding.value,
      return_period_years: form.elements.return_period_years.value,
      vertical_rmse_m: form.elements.vertical_rmse_m.value,
      mapping: pairs(form.elements.mapping.value),
      layers: form.elements.layers.value.split(/[;；]/).map((name) => name.trim()).filter(Boolean),
      accept_faulty: form.elements.accept_faulty.checked,
      files: files.map((file) => ({ name: file.name, bytes: file.size })),
    });
    for (const [at, file] of files.entries()) {
      for (let piece = 0; piece * begun.piece_bytes < file.size; piece += 1) {
        const from = piece * begun.piece_bytes;
        const content = await file.slice(from, from + begun.piece_bytes).arrayBuffer();
        await ask("PUT", `/${begun.number}/files/${at}/${piece}`, content, true);
        sent += content.byteLength;
        tell(say("sending", { share: Math.round((100 * sent) / whole) }));
      }
    }
    await ask("POST", `/${begun.number}/send`);
    window.location.assign(`/changes/${begun.number}`);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      await send();
    } catch (fault) {
      tell(fault.isFinal && fault.message ? fault.message : say("cut"), true);
      button.disabled = false;
    }
  });

  // What a form takes is what the chooser offers first.
  const choose = () => {
    const option = form.elements.form.selectedOptions[0];
    form.elements.files.accept = `${option.dataset.files},.shx,.dbf,.prj,.cpg,.zip`;
  };
  form.elements.form.addEventListener("change", choose);
  choose();
})();
