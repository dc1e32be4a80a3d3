// Keep the phone's page: it opens without any server, always whole and of one edition.
"use strict";
const CACHE = "phone-%EDITION%";
const KEPT = "%KEPT%";

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) =>
      cache.addAll(KEPT.map((path) => new Request(path, { cache: "reload" }))))
      .then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    // A page that is just opening still loads the parts of the edition before.
    caches.keys()
      .then((names) => names.filter((name) => name.startsWith("phone-") && name !== CACHE))
      .then((others) => Promise.all(others.slice(0, -1).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const isOurs = url.origin === self.location.origin && event.request.method === "GET";
  // The scope of a worker is a beginning of letters: /reports, the desk, is within it and not ours.
  const isPhone = url.pathname === "/report" || url.pathname.startsWith("/report/");
  if (!isOurs || !isPhone || url.pathname === "/report/worker.js") return;
  event.respondWith(
    caches.open(CACHE).then(async (cache) => {
      const isPage = event.request.mode === "navigate";
      const kept = isPage ? await cache.match("/report") : await caches.match(event.request);
      return kept || fetch(event.request);
    }));
});
