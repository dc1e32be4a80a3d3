// One plate instead of forty tiles: a moved map is put together anew for each frame, and without a
// graphics card each tile costs, most of all one that is shown smaller or larger than it was drawn.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  const finest = () => window.devicePixelRatio || 1;

  // Where the drawn tiles lie on the map, in its layers' pixels.
  function placesOf(tiles, map) {
    const zoom = map.getZoom();
    return Object.values(tiles._tiles)
      .filter(({ current, loaded }) => current && loaded)
      .map(({ el, coords }) => {
        const { origin } = tiles._levels[coords.z];
        const scale = map.getZoomScale(zoom, coords.z);
        const at = origin.multiplyBy(scale).subtract(map.getPixelOrigin()).round();
        const corner = at.add(L.DomUtil.getPosition(el).multiplyBy(scale));
        return { el, bounds: L.bounds(corner, corner.add(tiles.getTileSize().multiplyBy(scale))) };
      });
  }

  function paint(canvas, places, isGround) {
    const all = places.reduce((sum, { bounds }) =>
      sum.extend(bounds.min).extend(bounds.max), L.bounds([]));
    const [min, size, fine] = [all.min.floor(), all.getSize(), finest()];
    canvas.width = Math.ceil(size.x + 1) * fine;
    canvas.height = Math.ceil(size.y + 1) * fine;
    canvas.style.width = `${canvas.width / fine}px`;
    canvas.style.height = `${canvas.height / fine}px`;
    const context = canvas.getContext("2d", { alpha: !isGround });
    if (isGround) {
      context.fillStyle = riskatlas.token("paper");
      context.fillRect(0, 0, canvas.width, canvas.height);
    }
    places.forEach(({ el, bounds }) => {
      // Whole pixels, so that no line of paper shows between two tiles.
      const from = bounds.min.subtract(min).multiplyBy(fine).floor();
      const to = bounds.max.subtract(min).multiplyBy(fine).ceil();
      context.drawImage(el, from.x, from.y, to.x - from.x, to.y - from.y);
    });
    L.DomUtil.setPosition(canvas, min);
  }

  // Show the plate while the zoom stays, the tiles while it changes; in a pane of its own it is clear.
  function plate(tiles, map, pane = "tilePane") {
    const canvas = L.DomUtil.create("canvas", "plate", map.getPane(pane));
    function lay() {
      const places = placesOf(tiles, map);
      if (places.length === 0) return;
      paint(canvas, places, pane === "tilePane");
      canvas.hidden = false;
      tiles.getContainer().style.visibility = "hidden";
    }
    function lift() {
      canvas.hidden = true;
      if (tiles.getContainer()) tiles.getContainer().style.visibility = "";
    }
    lift();
    tiles.on("load", lay);
    map.on("zoomstart viewprereset", lift);
    tiles.on("remove", () => {
      map.off("zoomstart viewprereset", lift);
      canvas.remove();
    });
  }

  riskatlas.plate = plate;
})();
