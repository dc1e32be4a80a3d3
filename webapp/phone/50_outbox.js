// Send what waits, one after the other: nothing leaves the outbox before its receipt.
"use strict";
(function () {
  const { officer } = window;
  const { keep } = officer;
  const LOOK_MS = 5000;
  const LONGEST_WAIT_MS = 60000;
  const [OK, CREATED, BAD_TOKEN, NO_LOGIN, FORBIDDEN, UNKNOWN] = [200, 201, 400, 401, 403, 404];
  const told = new EventTarget();
  let me = null;
  let isSending = false;
  let isWanted = false;
  let notBefore = 0;
  let wait = LOOK_MS;

  const state = { entries: [], isLoginNeeded: false, isOther: false, last: null };
  const tell = () => told.dispatchEvent(new Event("changed"));

  async function look() {
    state.entries = await keep.entries();
    tell();
  }

  // All tabs of a phone count together; a number that was not used leaves a gap, which tells nothing.
  const nextCount = () => keep.within(["kept"], (kept, give) => {
    kept.get("sequence").onsuccess = (event) => {
      const count = (event.target.result || 0) + 1;
      kept.put(count, "sequence");
      give(count);
    };
  });

  async function put(parcelsOf, facts, { id, replaces } = {}) {
    const device = await officer.device();
    const written = new Date().toISOString();
    const entry = { id: id || officer.uuid(), account: me ? me.account : null,
      name: me ? me.name : "", madeAt: Date.now(), fault: null, number: null, ...facts };
    const count = await nextCount();
    entry.sequence = count;
    entry.parcels = await parcelsOf({ id: entry.id, device, sequence: count, written_at: written });
    await keep.within(["kept", "outbox"], (kept, outbox) => {
      kept.delete("draft");
      if (replaces) outbox.delete(replaces);
      outbox.put(entry);
    });
    await look();
    notBefore = 0;
    flush();
    return entry;
  }

  async function parcel(path, text) {
    const bytes = new TextEncoder().encode(text);
    return { path, body: bytes, type: "application/json", sha256: await officer.sha256(bytes), isDone: false };
  }

  function queueReport(statement, photos, replaces) {
    return put(async ({ id, ...count }) => {
      const hashes = photos.map((photo) => photo.sha256);
      const path = `/api/reports/${id}`;
      const body = JSON.stringify({ ...statement, ...count, photos: hashes });
      const pictures = photos.map((photo) => ({ path: `${path}/photos/${photo.sha256}`,
        body: photo.bytes, type: "image/jpeg", sha256: photo.sha256, isDone: false }));
      return [await parcel(path, body), ...pictures];
    }, { kind: "report", statement }, { replaces });
  }

  function queueEvent(reportId, event, shown) {
    return put(async ({ id, ...count }) => [
      await parcel(`/api/reports/${reportId}/events/${id}`, JSON.stringify({ ...event, ...count })),
    ], { kind: "event", statement: event, shown });
  }

  async function meet() {
    const answer = await officer.send("GET", "/api/reports/me");
    state.isLoginNeeded = answer.status !== OK;
    if (answer.status === OK) {
      me = answer.json;
      await keep.write("me", me);
      officer.village.offer(me.villages);
    }
    return answer.status === OK;
  }

  async function hand(entry, each) {
    const asked = { body: each.body, type: each.type, account: entry.account,
      isLarge: each.type !== "application/json" };
    const answer = await officer.send("PUT", each.path, asked);
    const isStale = answer.status === BAD_TOKEN && answer.json && answer.json.fault === "token";
    if (!isStale) return answer;
    // A new sign-in has a new token, which comes with the answer to who is there.
    if (!(await meet())) return { status: NO_LOGIN, json: answer.json };
    return officer.send("PUT", each.path, asked);
  }

  // True while there is something to go on with.
  async function deliver(entry) {
    for (const each of entry.parcels.filter((one) => !one.isDone)) {
      const { status, json } = await hand(entry, each);
      if (status === NO_LOGIN || (status === FORBIDDEN && json && json.login) || status === BAD_TOKEN) {
        state.isLoginNeeded = true;
        return false;
      }
      if (json && json.fault === "account") {
        state.isOther = true;
        return false;
      }
      const isReceipt = (status === OK || status === CREATED) && json && json.sha256 === each.sha256;
      if (!isReceipt) {
        const isAgain = status === UNKNOWN && entry.parcels[0] !== each && entry.kind === "report";
        // The report of this photo is not there: it goes first once more.
        if (isAgain) entry.parcels[0].isDone = false;
        else entry.fault = json || { error_zh: officer.say("no_receipt"), error_en: officer.say("no_receipt") };
        await keep.writeEntry(entry);
        return true;
      }
      each.isDone = true;
      entry.number = json.number;
      await keep.writeEntry(entry);
      await look();
    }
    await keep.dropEntry(entry.id);
    state.last = { number: entry.number, kind: entry.kind, at: Date.now() };
    await look();
    return true;
  }

  async function work() {
    if (!me || state.isLoginNeeded) await meet();
    if (!me || state.isLoginNeeded) return;
    state.isOther = false;
    for (const { id } of await keep.entries()) {
      const entry = (await keep.entries()).find((one) => one.id === id);
      if (!entry || entry.fault) continue;
      if (!entry.account) await keep.writeEntry(Object.assign(entry, { account: me.account, name: me.name }));
      if (entry.account !== me.account) continue;
      if (!(await deliver(entry))) return;
    }
    wait = LOOK_MS;
  }

  async function flush() {
    if (Date.now() < notBefore) return;
    isWanted = isSending;
    if (isSending) return;
    isSending = true;
    try {
      // Another tab of this phone may be sending; where none can be asked, the server tells twice from once.
      if (navigator.locks) await navigator.locks.request("outbox", { ifAvailable: true }, (lock) => lock && work());
      else await work();
    } catch (fault) {
      if (!(fault instanceof officer.Away)) throw fault;
      notBefore = Date.now() + Math.max(fault.waitS * 1000, wait * (0.5 + Math.random()));
      wait = Math.min(wait * 1.5, LONGEST_WAIT_MS);
    } finally {
      isSending = false;
      await look();
    }
    // Something was written meanwhile.
    if (isWanted) flush();
  }

  function hurry() {
    notBefore = 0;
    wait = LOOK_MS;
    flush();
  }

  async function begin() {
    me = (await keep.read("me")) || null;
    await look();
    window.setInterval(() => (state.entries.length || state.isLoginNeeded) && flush(), LOOK_MS);
    window.addEventListener("online", hurry);
    document.addEventListener("visibilitychange", () => document.hidden || hurry());
    try {
      await meet();
    } catch (fault) {
      if (!(fault instanceof officer.Away)) throw fault;
    }
    hurry();
  }

  // Everything that waits, as a file that can be carried to the office.
  function exported() {
    const base64 = (bytes) => {
      let text = "";
      new Uint8Array(bytes).forEach((byte) => (text += String.fromCharCode(byte)));
      return window.btoa(text);
    };
    const entries = state.entries.map((entry) => ({ ...entry,
      parcels: entry.parcels.map((each) => ({ ...each, body: base64(each.body) })) }));
    return JSON.stringify({ what: "riskatlas reports", at: new Date().toISOString(), entries });
  }

  Object.assign(officer, {
    device: () => keep.within(["kept"], (kept, give) => {
      kept.get("device").onsuccess = (event) => {
        const device = event.target.result || officer.uuid();
        kept.put(device, "device");
        give(device);
      };
    }),
    outbox: {
      state, begin, queueReport, queueEvent, hurry, exported,
      me: () => me,
      on: (act) => told.addEventListener("changed", act),
      drop: async (id) => {
        await keep.dropEntry(id);
        await look();
      },
    },
  });
})();
