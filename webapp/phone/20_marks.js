// Ids and hashes made on the phone: also where the browser keeps its own for https alone.
"use strict";
(function () {
  const { officer } = window;
  const ROUND = [];
  const START = [];

  // Fractions of the roots of the first primes, as FIPS 180-4 (4.2.2, 5.3.3) defines them.
  (function fill() {
    const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
    for (let number = 2; ROUND.length < 64; number += 1) {
      let isPrime = true;
      for (let by = 2; by * by <= number; by += 1) if (number % by === 0) isPrime = false;
      if (!isPrime) continue;
      if (START.length < 8) START.push(fraction(Math.sqrt(number)));
      ROUND.push(fraction(Math.cbrt(number)));
    }
  })();

  const turn = (word, by) => (word >>> by) | (word << (32 - by));

  function block(view, at, state, words) {
    for (let t = 0; t < 16; t += 1) words[t] = view.getUint32(at + 4 * t);
    for (let t = 16; t < 64; t += 1) {
      const a = words[t - 15];
      const b = words[t - 2];
      const low = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const high = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      words[t] = (words[t - 16] + low + words[t - 7] + high) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t += 1) {
      const one = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const first = (h + one + ((e & f) ^ (~e & g)) + ROUND[t] + words[t]) | 0;
      const zero = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const second = (zero + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at_) => (state[at_] = (state[at_] + word) | 0));
  }

  function computed(bytes) {
    const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
    view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
    const state = Int32Array.from(START);
    const words = new Int32Array(64);
    for (let at = 0; at < padded.length; at += 64) block(view, at, state, words);
    return [...state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  async function sha256(bytes) {
    if (!(window.crypto && window.crypto.subtle)) return computed(bytes);
    const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", bytes));
    return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // RFC 9562, version 4.
  function uuid() {
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  Object.assign(officer, { sha256, computed, uuid });
})();
