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
      asked.onsuccess = () => {
        asked.result.onclose = forget;
        asked.result.onversionchange = () => {
          asked.result.close();
          forget();
        };
        resolve(asked.result);
      };
      asked.onerror = () => {
        forget();
        reject(asked.error);
      };
    });
    return opening;
  }

  function forget() {
    opening = null;
  }

  // A browser short of memory closes the store behind the page's back: it is opened again.
  async function begun(rooms) {
    const begin = async () => (await open()).transaction(rooms, "readwrite", { durability: "strict" });
    try {
      return await begin();
    } catch (fault) {
      if (fault.name !== "InvalidStateError") throw fault;
      forget();
      return begin();
    }
  }

  // All of one piece of work, or nothing of it; it is on the disk when this is over.
  async function within(rooms, work) {
    const made = await begun(rooms);
    return new Promise((resolve, reject) => {
      let result;
      let refusal = null;
      const give = (value) => (result = value);
      const refuse = (fault) => {
        refusal = fault;
        made.abort();
      };
      made.oncomplete = () => resolve(result);
      made.onabort = () => reject(refusal || made.error || new Error("not kept"));
      try {
        work(...rooms.map((room) => made.objectStore(room)), give, refuse);
      } catch (fault) {
        refuse(fault);
      }
    });
  }

  const read = (room, key) => within([room], (store, give) => {
    store.get(key).onsuccess = (event) => give(event.target.result);
  });
  const readAll = (room, keys) => within([room], (store, give) => {
    store.getAll(keys).onsuccess = (event) => give(event.target.result);
  });
  const write = (key, value) => within(["kept"], (store) => store.put(value, key));

  Object.assign(officer, {
    keep: {
      within,
      read: (key) => read("kept", key),
      write,
      // What only shortens a wait: a phone without room does without.
      note: (key, value) => write(key, value).catch(() => null),
      all: (from) => readAll("kept", IDBKeyRange.bound(from, `${from}\uffff`)),
      package: (code) => read("packages", code),
      writePackage: (value) => within(["packages"], (store) => store.put(value)),
      entries: async () => (await readAll("outbox")).sort((a, b) => a.sequence - b.sequence),
      // What another tab has sent or deleted is not put back; tells whether it was there.
      updateEntry: (entry) => within(["outbox"], (store, give) => {
        store.getKey(entry.id).onsuccess = (event) => {
          give(event.target.result !== undefined);
          if (event.target.result !== undefined) store.put(entry);
        };
      }),
      dropEntry: (id) => within(["outbox"], (store) => store.delete(id)),
    },
  });
})();
