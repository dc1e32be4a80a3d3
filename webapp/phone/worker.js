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
    caches.keys()
      .then((names) => Promise.all(names
        .filter((name) => name.startsWith("phone-") && name !== CACHE)
        .map((name) => caches.delete(name))))
      .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const isOurs = url.origin === self.location.origin && event.request.method === "GET";
  if (!isOurs || !url.pathname.startsWith("/report") || url.pathname === "/report/worker.js") return;
  event.respondWith(
    caches.open(CACHE).then(async (cache) => {
      const isPage = event.request.mode === "navigate";
      const kept = await cache.match(isPage ? "/report" : event.request, { ignoreSearch: isPage });
      return kept || fetch(event.request);
    }));
});
