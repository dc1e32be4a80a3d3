// What can be said of lines without a map: lengths, differences, merging, undoing.
"use strict";
(function () {
  const editor = (window.riskatlas.editor = window.riskatlas.editor || {});
  const EARTH_M = 6371008.8;
  const MOST_STEPS = 40;
  const MOST_KEPT_CHARACTERS = 400000;

  const key = ([x, y]) => `${x.toFixed(7)},${y.toFixed(7)}`;
  const round = ([x, y]) => [Number(x.toFixed(7)), Number(y.toFixed(7))];

  // Laid onto the road again, a vertex that nobody moved may come back one digit beside itself.
  const NEAR_DEGREE = 2e-7;
  const same = (p, q) => Math.abs(p[0] - q[0]) < NEAR_DEGREE && Math.abs(p[1] - q[1]) < NEAR_DEGREE;

  function distance([x1, y1], [x2, y2]) {
    const rad = Math.PI / 180;
    const dy = (y2 - y1) * rad;
    const dx = (x2 - x1) * rad * Math.cos(((y1 + y2) / 2) * rad);
    return EARTH_M * Math.hypot(dx, dy);
  }

  function lengthOf(line) {
    return line.slice(1).reduce((sum, point, at) => sum + distance(line[at], point), 0);
  }

  // Longest common run of vertices in order: what both lines still share.
  function shared(a, b) {
    let first = 0;
    while (first < a.length && first < b.length && same(a[first], b[first])) first += 1;
    let last = 0;
    while (
      last < a.length - first && last < b.length - first &&
      same(a[a.length - 1 - last], b[b.length - 1 - last])
    ) last += 1;
    const [n, m] = [a.length - first - last, b.length - first - last];
    const table = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
    for (let i = n - 1; i >= 0; i -= 1) {
      for (let j = m - 1; j >= 0; j -= 1) {
        table[i][j] = same(a[first + i], b[first + j])
          ? table[i + 1][j + 1] + 1
          : Math.max(table[i + 1][j], table[i][j + 1]);
      }
    }
    const pairs = [];
    for (let at = 0; at < first; at += 1) pairs.push([at, at]);
    let [i, j] = [0, 0];
    while (i < n && j < m) {
      if (same(a[first + i], b[first + j])) pairs.push([first + i++, first + j++]);
      else if (table[i + 1][j] >= table[i][j + 1]) i += 1;
      else j += 1;
    }
    for (let at = last; at > 0; at -= 1) pairs.push([a.length - at, b.length - at]);
    return pairs;
  }

  // Stretches along two lines: the same in both, or different between two shared vertices.
  function stretches(mine, theirs) {
    const pairs = shared(mine, theirs);
    const all = [[-1, -1], ...pairs, [mine.length, theirs.length]];
    const found = [];
    for (let at = 1; at < all.length; at += 1) {
      const [[i, j], [p, q]] = [all[at - 1], all[at]];
      const own = mine.slice(Math.max(i, 0), p + 1);
      const other = theirs.slice(Math.max(j, 0), q + 1);
      const isSame = p - i === 1 && q - j === 1;
      if (isSame && (i < 0 || p === mine.length)) continue;
      const before = found[found.length - 1];
      if (isSame && before && before.same) {
        before.mine.push(mine[p]);
        before.theirs.push(theirs[q]);
      } else if (own.length + other.length > 2) {
        found.push({ same: isSame, mine: own, theirs: other });
      }
    }
    return found;
  }

  // Put a line together from the stretches, each taken from one side.
  function merge(parts, choices) {
    const line = [];
    let at = 0;
    parts.forEach((part) => {
      const taken = part.same || choices[at] === "mine" ? part.mine : part.theirs;
      if (!part.same) at += 1;
      // Where two stretches meet they share a vertex, to a digit; within one every vertex stays.
      const [first] = taken;
      const isMet = line.length > 0 && first && same(line[line.length - 1], first);
      line.push(...(isMet ? taken.slice(1) : taken));
    });
    return line;
  }

  // Two pieces become one at their nearest ends; the first keeps its direction.
  function join(a, b) {
    const ways = [
      [a[a.length - 1], b[0], () => [...a, ...b]],
      [a[a.length - 1], b[b.length - 1], () => [...a, ...[...b].reverse()]],
      [a[0], b[b.length - 1], () => [...b, ...a]],
      [a[0], b[0], () => [...[...b].reverse(), ...a]],
    ];
    ways.sort((p, q) => distance(p[0], p[1]) - distance(q[0], q[1]));
    const line = ways[0][2]();
    return line.filter((point, at) => at === 0 || key(point) !== key(line[at - 1]));
  }

  class History {
    constructor(now, past = [], future = []) {
      Object.assign(this, { now, past, future });
    }

    change(next) {
      if (JSON.stringify(next) === JSON.stringify(this.now)) return false;
      this.past.push(this.now);
      if (this.past.length > MOST_STEPS) this.past.shift();
      this.future = [];
      this.now = next;
      return true;
    }

    undo() {
      if (!this.past.length) return false;
      this.future.push(this.now);
      this.now = this.past.pop();
      return true;
    }

    redo() {
      if (!this.future.length) return false;
      this.past.push(this.now);
      this.now = this.future.pop();
      return true;
    }

    // What is sent to the server stays below its limit: the oldest steps are given up first.
    packed() {
      const { now } = this;
      const past = [...this.past];
      const future = [...this.future];
      let size = JSON.stringify({ past, future }).length;
      while (size > MOST_KEPT_CHARACTERS && past.length + future.length) {
        const gone = past.length ? past.shift() : future.shift();
        size -= JSON.stringify(gone).length;
      }
      return { now, past, future };
    }
  }

  Object.assign(editor, { line: { key, round, distance, lengthOf, stretches, merge, join }, History });
})();
