// Send what waits, one after the other: nothing leaves the outbox before its receipt.
"use strict";
(function () {
  const { officer } = window;
  const { keep, say } = officer;
  const LOOK_MS = 5000;
  const LONGEST_WAIT_MS = 60000;
  const [OK, CREATED, NO_LOGIN, FORBIDDEN, UNKNOWN, TOO_LARGE] = [200, 201, 401, 403, 404, 413];
  const told = new EventTarget();
  let me = null;
  let isSending = false;
  let isWanted = false;
  // By the clock that nobody can set.
  let notBefore = 0;
  let wait = LOOK_MS;

  const state = { entries: [], isLoginNeeded: false, loginAt: "/login", forbidden: null, isLasting: true,
    last: null };
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

  // In one go: what is queued is in the outbox, and no draft of it is left; or nothing of either.
  const moved = (entry, { replaces, begun }) => keep.within(["kept", "outbox"], (kept, outbox, _give, refuse) =>
    officer.drafts.close(kept, entry.id, (isOurs) => {
      if (!isOurs) return refuse(new Error(say("elsewhere")));
      if (begun) kept.delete(begun);
      if (replaces) outbox.delete(replaces);
      outbox.put(entry);
    }));

  async function put(parcelsOf, facts, { id, replaces, begun } = {}) {
    const device = await officer.device();
    const written = new Date().toISOString();
    const entry = { id: id || officer.uuid(), account: me ? me.account : null,
      name: me ? me.name : "", madeAt: Date.now(), fault: null, number: null, ...facts };
    const count = await nextCount();
    entry.sequence = count;
    entry.parcels = await parcelsOf({ id: entry.id, device, sequence: count, written_at: written });
    await moved(entry, { replaces, begun });
    // It is kept, whatever becomes of showing and sending it.
    look().then(hurry);
    return entry;
  }

  async function parcel(path, text) {
    const bytes = new TextEncoder().encode(text);
    return { path, body: bytes, type: "application/json", sha256: await officer.sha256(bytes), isDone: false };
  }

  // Words first: they pass where pictures do not.
  const parcelsWith = async (path, said, photos, report = path) => [
    await parcel(path, JSON.stringify(said)),
    ...photos.map((photo) => ({ path: `${report}/photos/${photo.sha256}`, body: photo.bytes,
      type: "image/jpeg", sha256: photo.sha256, isDone: false })),
  ];
  const marksOf = (photos) => photos.map((photo) => photo.sha256);

  function queueReport(statement, photos, { id, replaces, author }) {
    return put(({ id: own, ...count }) =>
      parcelsWith(`/api/reports/${own}`, { ...statement, ...count, photos: marksOf(photos) }, photos),
    { kind: "report", statement, ...author }, { id, replaces });
  }

  // What she began of it leaves the moment it is queued.
  function queueEvent(reportId, event, shown, { photos = [], begun } = {}) {
    const path = `/api/reports/${reportId}`;
    return put(({ id, ...count }) =>
      parcelsWith(`${path}/events/${id}`, { ...event, ...count, photos: marksOf(photos) }, photos, path),
    { kind: "event", statement: event, shown, report: reportId }, { begun });
  }

  const isLogin = (status, json) => status === NO_LOGIN || Boolean(json && json.login);

  async function meet() {
    const { status, json } = await officer.send("GET", "/api/reports/me");
    const isMet = status === OK && Boolean(json && json.account);
    state.isLoginNeeded = isLogin(status, json);
    state.loginAt = state.isLoginNeeded && json && json.login ? json.login : "/login";
    state.forbidden = status === FORBIDDEN && !state.isLoginNeeded ? json : null;
    if (!isMet && !state.isLoginNeeded && !state.forbidden) throw new officer.Away(String(status));
    if (isMet) {
      me = json;
      await keep.note("me", me);
      officer.village.offer(me.villages);
    }
    tell();
    return isMet;
  }

  const isTold = (json, fault) => Boolean(json && json.fault === fault);

  async function hand(entry, each) {
    const asked = { body: each.body, type: each.type, account: entry.account,
      isLarge: each.type !== "application/json" };
    const answer = await officer.send("PUT", each.path, asked);
    if (!isTold(answer.json, "token")) return answer;
    // A new sign-in has a new token, which comes with the answer to who is there.
    if (!(await meet())) return { status: NO_LOGIN, json: answer.json };
    const again = await officer.send("PUT", each.path, asked);
    return isTold(again.json, "token") ? { status: NO_LOGIN, json: again.json } : again;
  }

  function reasonOf(status, json) {
    if (json && json.error_zh) return json;
    if (status === TOO_LARGE) return officer.both("too_large");
    return status >= 400 ? officer.both("refused_by", { status }) : officer.both("no_receipt");
  }

  // A phone without room cannot note what has arrived: the server says so again next time.
  const note = (entry) => keep.updateEntry(entry).catch(() => true);

  // What is refused stays, with its reason; of the rest, photos go on without each other.
  async function settle(entry) {
    const refused = entry.parcels.find((each) => each.fault);
    entry.fault = refused ? refused.fault : null;
    if (refused) return note(entry);
    await keep.dropEntry(entry.id);
    state.last = { number: entry.number, kind: entry.kind, at: Date.now() };
    return look();
  }

  // True while there is something to go on with.
  async function deliver(entry) {
    const [first] = entry.parcels;
    for (const each of entry.parcels.filter((one) => !one.isDone && !one.fault)) {
      if (first.fault) break;
      const { status, json } = await hand(entry, each);
      if (isLogin(status, json)) {
        state.isLoginNeeded = true;
        return false;
      }
      // Somebody else has signed in: what is hers waits for her.
      if (isTold(json, "account")) return meet();
      each.isDone = (status === OK || status === CREATED) && Boolean(json) && json.sha256 === each.sha256;
      if (each.isDone) {
        entry.number = json.number;
        told.dispatchEvent(new Event("arrived"));
      } else if (status === UNKNOWN && each !== first && !entry.isAgain) {
        // The report of this photo is not there: it goes first once more, and only once.
        Object.assign(entry, { isAgain: true });
        first.isDone = false;
        await note(entry);
        isWanted = true;
        return true;
      } else each.fault = reasonOf(status, json);
      if (!(await note(entry))) return true;
      await look();
    }
    await settle(entry);
    return true;
  }

  async function work() {
    if (!me || state.isLoginNeeded || state.forbidden) await meet();
    if (!me || state.isLoginNeeded || state.forbidden) return;
    for (const { id } of await keep.entries()) {
      const entry = (await keep.entries()).find((one) => one.id === id);
      if (!entry || entry.fault) continue;
      if (!entry.account) await note(Object.assign(entry, { account: me.account, name: me.name }));
      if (entry.account !== me.account) continue;
      if (!(await deliver(entry))) return;
    }
    // With nothing to send, only a question tells whether the server is there again.
    if (officer.isCut()) await meet();
    wait = LOOK_MS;
  }

  async function flush() {
    if (performance.now() < notBefore) return;
    isWanted = isSending;
    if (isSending) return;
    isSending = true;
    try {
      // Another tab of this phone may be sending; where none can be asked, the server tells twice from once.
      if (navigator.locks) await navigator.locks.request("outbox", { ifAvailable: true }, (lock) => lock && work());
      else await work();
    } catch (fault) {
      if (!(fault instanceof officer.Away)) throw fault;
      notBefore = performance.now() + Math.max(fault.waitS * 1000, wait * (0.5 + Math.random()));
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

  // Who was here last: known before anything is drawn, and without a server.
  async function remember() {
    me = (await keep.read("me")) || null;
  }

  async function begin() {
    await look();
    window.setInterval(() => (state.entries.length || state.isLoginNeeded || officer.isCut()) && flush(), LOOK_MS);
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
      state, remember, begin, queueReport, queueEvent, hurry, exported,
      me: () => me,
      isOthers: (each) => Boolean(each.account && me && each.account !== me.account),
      // As it is, once more: whoever refused it may have been put right.
      async again(entry) {
        entry.parcels.forEach((each) => (each.fault = null));
        await keep.updateEntry(Object.assign(entry, { fault: null, isAgain: false }));
        await look();
        hurry();
      },
      on: (act) => told.addEventListener("changed", act),
      // A receipt has come: of a report, of what is added to one, of a photo.
      onArrived: (act) => told.addEventListener("arrived", act),
      drop: async (id) => {
        await keep.dropEntry(id);
        await look();
      },
    },
  });
})();
