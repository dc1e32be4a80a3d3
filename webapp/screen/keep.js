// Keep the last picture and its time where a power cut does not reach them.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const STORE = "kept";
  const here = window.location.pathname;

  const answered = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  let opened = null;
  function open() {
    if (opened) return opened;
    const request = indexedDB.open("riskatlas-screen", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    opened = answered(request);
    return opened;
  }

  // A screen that may keep nothing still shows what is there: every fault here is passed over.
  async function on(mode, work) {
    try {
      const store = (await open()).transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
      return await work(store);
    } catch (_fault) {
      return null;
    }
  }

  const put = (what, value) => on("readwrite", (store) => answered(store.put(value, `${here} ${what}`)));
  const get = (what) => on("readonly", (store) => answered(store.get(`${here} ${what}`)));
  const forget = () =>
    on("readwrite", (store) =>
      Promise.all(["picture", "time"].map((what) => answered(store.delete(`${here} ${what}`)))));

  // The page itself and its tiles are kept by a worker, where the browser allows one: on https, or
  // on the machine itself.
  async function keepShell() {
    if (!navigator.serviceWorker) return;
    try {
      await navigator.serviceWorker.register("/display/worker.js", { scope: "/display/" });
      const { active } = await navigator.serviceWorker.ready;
      const parts = performance.getEntriesByType("resource").map(({ name }) => name);
      active.postMessage({ keep: [window.location.href, ...parts] });
    } catch (_fault) {
      // Then the picture is kept, and the page is not.
    }
  }

  async function forgetShell() {
    const worker = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration("/display/"));
    if (worker && worker.active) worker.active.postMessage({ forget: window.location.href });
  }

  riskatlas.kept = { put, get, forget, keepShell, forgetShell };
})();
