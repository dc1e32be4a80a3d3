// A half-written report belongs to one tab; what a tab left behind is taken up by the next.
"use strict";
(function () {
  const { officer } = window;
  const { keep } = officer;
  const MARK = "draft ";
  const QUEUED = "queued";
  const MOST_QUEUED = 500;
  const SEAT = "riskatlas.draft";
  const PATIENCE_MS = { lock: 1500, answer: 400 };
  // This page's own, until it is closed or loaded anew.
  const tab = officer.uuid();
  const channel = window.BroadcastChannel ? new BroadcastChannel("riskatlas-tabs") : null;
  const before = window.sessionStorage.getItem(SEAT);
  let id = null;

  const name = (owner) => `tab ${owner}`;
  const keyOf = (draft) => MARK + draft;
  const pause = (ms) => new Promise((resolve) => window.setTimeout(resolve, ms));

  // Held until the page is gone, however it goes. Over plain http browsers have no locks: tabs answer.
  function begin() {
    if (navigator.locks) navigator.locks.request(name(tab), () => new Promise(() => {}));
    if (channel) {
      channel.addEventListener("message", ({ data }) => data === "who" && channel.postMessage(tab));
    }
  }

  async function living() {
    if (navigator.locks) {
      const { held } = await navigator.locks.query();
      return new Set(held.map((each) => each.name));
    }
    const found = new Set();
    if (!channel) return found;
    const hear = ({ data }) => found.add(name(data));
    channel.addEventListener("message", hear);
    channel.postMessage("who");
    await pause(PATIENCE_MS.answer);
    channel.removeEventListener("message", hear);
    return found;
  }

  // A page that is loaded anew may come before the browser has noticed that the last one is gone.
  async function isGone(owner) {
    if (!navigator.locks) return !(await living()).has(name(owner));
    const patience = new AbortController();
    const timer = window.setTimeout(() => patience.abort(), PATIENCE_MS.lock);
    try {
      return await navigator.locks.request(name(owner), { signal: patience.signal }, () => true);
    } catch (_fault) {
      return false;
    } finally {
      window.clearTimeout(timer);
    }
  }

  function sit(draft) {
    id = draft;
    if (draft) window.sessionStorage.setItem(SEAT, draft);
    else window.sessionStorage.removeItem(SEAT);
  }

  // Make a draft this tab's; unless told otherwise, only while its owner is the one that was seen.
  const claim = (draft, seen) => keep.within(["kept"], (kept, give) => {
    kept.get(keyOf(draft)).onsuccess = ({ target: { result } }) => {
      if (!result || (seen !== undefined && result.owner !== seen)) return;
      kept.put({ ...result, owner: tab }, keyOf(draft));
      give(result);
    };
  });

  // Whoever comes next may go on with it.
  const release = (draft) => keep.within(["kept"], (kept) => {
    kept.get(keyOf(draft)).onsuccess = ({ target: { result } }) => {
      if (result && result.owner === tab) kept.put({ ...result, owner: null }, keyOf(draft));
    };
  });

  // This tab's own from before it was loaded anew, else the latest that nobody has before her.
  async function take(account) {
    const all = await keep.all(MARK);
    const fitting = all.filter((each) => !each.account || !account || each.account === account);
    const own = fitting.find((each) => each.id === before);
    if (own && (!own.owner || (await isGone(own.owner)))) return claim(own.id, own.owner);
    if (!fitting.length) return null;
    const there = await living();
    const left = fitting.filter(({ owner }) => !owner || !there.has(name(owner)));
    const [latest] = left.sort((a, b) => b.at - a.at);
    return latest ? claim(latest.id, latest.owner) : null;
  }

  // Whether it is still this tab's to go on with: no other tab has it, and none has queued it, sent or not.
  const own = (kept, draft, act) => {
    kept.get(QUEUED).onsuccess = ({ target: { result: queued = [] } }) => {
      kept.get(keyOf(draft)).onsuccess = ({ target: { result } }) => {
        act(!queued.includes(draft) && (!result || result.owner === tab), queued);
      };
    };
  };

  // Within the work that queues it: from then on it is no tab's draft, and nobody queues it again.
  const close = (kept, draft, isDone) => own(kept, draft, (isOurs, queued) => {
    if (isOurs) {
      kept.delete(keyOf(draft));
      kept.put([...queued, draft].slice(-MOST_QUEUED), QUEUED);
    }
    isDone(isOurs);
  });

  // False where another tab has taken it over meanwhile.
  async function save(content) {
    if (!id && !content) return true;
    if (!id) sit(officer.uuid());
    const draft = id;
    return keep.within(["kept"], (kept, give) => own(kept, draft, (isOurs) => {
      give(isOurs);
      if (isOurs && content) kept.put({ ...content, id: draft, owner: tab, at: Date.now() }, keyOf(draft));
      if (isOurs && !content) kept.delete(keyOf(draft));
    }));
  }

  async function leave() {
    const draft = id;
    sit(null);
    if (draft) await release(draft);
  }

  Object.assign(officer, {
    drafts: {
      begin, take, claim, release, save, leave, close, sit,
      // It is the report's too: a draft that two tabs send all the same is one report.
      id: () => id || (sit(officer.uuid()), id),
      async others() {
        return (await keep.all(MARK)).filter((each) => each.id !== id);
      },
      isOurs: async () => !id || keep.within(["kept"], (kept, give) => own(kept, id, give)),
      drop: (draft) => keep.within(["kept"], (kept) => kept.delete(keyOf(draft))),
    },
  });
})();
