// Keep the shell of a wall screen and the tiles of its map: what the server says goes first, what
// was kept is shown where it does not answer.
"use strict";
const SHELL = "riskatlas-screen-shell";
const TILES = "riskatlas-screen-tiles";
const PATIENCE_MS = 6000;
const MOST_TILES = 600;
const LOOK_EVERY = 50;
let put = 0;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function cacheOf(url) {
  const { origin, pathname } = new URL(url);
  if (origin !== self.location.origin) return null;
  if (pathname.startsWith("/tiles/")) return TILES;
  const isShell = pathname.startsWith("/display/") && !/\/(state\.json|worker\.js)$/.test(pathname);
  return isShell ? SHELL : null;
}

async function bound(cache) {
  put += 1;
  if (put % LOOK_EVERY !== 0) return;
  const all = await cache.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - MOST_TILES)).map((each) => cache.delete(each)));
}

async function keep(name, request, answer) {
  const cache = await caches.open(name);
  await cache.put(request, answer);
  if (name === TILES) await bound(cache);
}

async function answerOf(event, name) {
  const { request } = event;
  const kept = () => caches.open(name).then((cache) => cache.match(request));
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    // A link that is over is said; a server that is away is not.
    if (answer.status >= 500) return (await kept()) || answer;
    if (answer.status === 200) event.waitUntil(keep(name, request, answer.clone()));
    return answer;
  } catch (_fault) {
    return (await kept()) || Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const name = event.request.method === "GET" && cacheOf(event.request.url);
  if (name) event.respondWith(answerOf(event, name));
});

async function addMissing(url) {
  const name = cacheOf(url);
  if (!name) return;
  const cache = await caches.open(name);
  if (!(await cache.match(url))) await cache.add(url).catch(() => null);
}

self.addEventListener("message", (event) => {
  const { keep: wanted, forget } = event.data;
  if (wanted) event.waitUntil(Promise.all(wanted.map(addMissing)));
  if (forget) event.waitUntil(caches.open(SHELL).then((cache) => cache.delete(forget)));
});
