// Keep what is written until the server has it: IndexedDB, written through before anything is sent.
"use strict";
(function () {
  const { officer } = window;
  const NAME = "riskatlas-reports";
  const ROOMS = { kept: undefined, outbox: { keyPath: "id" }, packages: { keyPath: "code" } };
  let opening = null;

  function open() {
    opening = opening || new Promise((resolve, reject) => {
      const asked = window.indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () =>
        Object.entries(ROOMS).forEach(([room, how]) => asked.result.createObjectStore(room, how));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return opening;
  }

  // All of one piece of work, or nothing of it; it is on the disk when this is over.
  async function within(rooms, work) {
    const database = await open();
    return new Promise((resolve, reject) => {
      const made = database.transaction(rooms, "readwrite", { durability: "strict" });
      let result;
      made.oncomplete = () => resolve(result);
      made.onerror = () => reject(made.error);
      made.onabort = () => reject(made.error || new Error("not kept"));
      work(...rooms.map((room) => made.objectStore(room)), (value) => (result = value));
    });
  }

  const read = (room, key) => within([room], (store, give) => {
    store.get(key).onsuccess = (event) => give(event.target.result);
  });
  const readAll = (room) => within([room], (store, give) => {
    store.getAll().onsuccess = (event) => give(event.target.result);
  });

  Object.assign(officer, {
    keep: {
      within,
      read: (key) => read("kept", key),
      write: (key, value) => within(["kept"], (store) => store.put(value, key)),
      package: (code) => read("packages", code),
      packages: () => readAll("packages"),
      writePackage: (value) => within(["packages"], (store) => store.put(value)),
      entries: async () => (await readAll("outbox")).sort((a, b) => a.sequence - b.sequence),
      writeEntry: (entry) => within(["outbox"], (store) => store.put(entry)),
      dropEntry: (id) => within(["outbox"], (store) => store.delete(id)),
    },
  });
})();
