// Areas by the thousand lie on one canvas, which keeps what it has drawn while the map is moved.
"use strict";
(function () {
  const riskatlas = (window.riskatlas = window.riskatlas || {});
  // How far is drawn beyond each edge, as a share of the map: moving within it draws nothing.
  const BEYOND = 0.5;
  const finest = () => (L.Browser.retina ? 2 : 1);

  const Crowd = L.Canvas.extend({
    options: { padding: BEYOND },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      const isSameGround = this._ground && this._ground.equals(this._map.getPixelOrigin()) &&
        this._extent.equals(this._map.getSize());
      if (isSameGround && this._bounds.contains(this._seen())) return;
      if (isSameGround && !this._redrawRequest && this._bounds.overlaps(this._seen())) {
        this._shift();
        return;
      }
      this._ground = this._map.getPixelOrigin();
      this._extent = this._map.getSize();
      L.Canvas.prototype._update.call(this);
    },

    _seen() {
      const corner = this._map.containerPointToLayerPoint([0, 0]);
      return L.bounds(corner, corner.add(this._map.getSize()));
    },

    // What both frames share is copied; only the strips that come into the new one are drawn.
    _shift() {
      const before = this._bounds;
      L.Renderer.prototype._update.call(this);
      const { min, max } = this._bounds;
      const [fine, context] = [finest(), this._ctx];
      const by = before.min.subtract(min).multiplyBy(fine);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = 1;
      context.globalCompositeOperation = "copy";
      context.drawImage(this._container, by.x, by.y);
      context.globalCompositeOperation = "source-over";
      context.setTransform(fine, 0, 0, fine, -min.x * fine, -min.y * fine);
      L.DomUtil.setPosition(this._container, min);
      const [east, south] = [before.min.x > min.x, before.min.y > min.y];
      const across = east ? [min.x, before.min.x] : [before.max.x, max.x];
      const along = south ? [min.y, before.min.y] : [before.max.y, max.y];
      this._drawPart([across[0], min.y], [across[1], max.y]);
      this._drawPart([min.x, along[0]], [max.x, along[1]]);
    },

    _drawPart(corner, opposite) {
      this._redrawBounds = L.bounds(corner, opposite);
      const { x, y } = this._redrawBounds.getSize();
      if (x > 0 && y > 0) this._redraw();
      this._redrawBounds = null;
    },

    // On the canvas a shape depends on the zoom alone; what lies beyond it is left out.
    _updatePaths() {
      if (this._postponeUpdatePaths) return;
      this._drawPart(this._bounds.min, this._bounds.max);
    },

    _updatePoly(layer, isClosed) {
      if (this._drawing && layer._parts.length === 0) {
        layer._clipPoints();
        layer._simplifyPoints();
      }
      L.Canvas.prototype._updatePoly.call(this, layer, isClosed);
    },
  });

  // The component tells Dash of each feature that the pointer passes, and Dash renders its whole tree
  // anew; nobody asks what is passed, so it is not told. Tooltips hang on the features themselves.
  const PASSED = ["mouseover", "mouseout"];
  L.GeoJSON.include({
    on(types, ...rest) {
      const listen = (wanted) => L.FeatureGroup.prototype.on.call(this, wanted, ...rest);
      if (typeof types === "string") return PASSED.includes(types) ? this : listen(types);
      return listen(Object.fromEntries(Object.entries(types).filter(([name]) => !PASSED.includes(name))));
    },
  });

  // One per map and pane, made when the first area asks for it.
  function crowd(map, pane) {
    map.crowds = map.crowds || {};
    map.crowds[pane] = map.crowds[pane] || new Crowd({ pane });
    return map.crowds[pane];
  }

  // A square of a pattern as the SVG ones have it, at the fineness of the screen.
  function stamp(size, turn, draw) {
    const fine = finest();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size * fine;
    const context = canvas.getContext("2d");
    context.scale(fine, fine);
    draw(context);
    const pattern = context.createPattern(canvas, "repeat");
    pattern.setTransform(new DOMMatrix().rotate(turn).scale(1 / fine));
    return pattern;
  }

  function hatch({ fill, line, angles, gap, share }, isUnsure) {
    const size = gap || 8;
    return stamp(size, (angles[0] ?? 90) - 90, (context) => {
      context.globalAlpha = share;
      context.fillStyle = fill;
      context.fillRect(0, 0, size, size);
      context.globalAlpha = 0.45;
      context.fillStyle = line;
      if (angles.length > 0) context.fillRect(0, 0, size, 1);
      if (angles.length > 1) context.fillRect(0, 0, 1, size);
      if (!isUnsure) return;
      context.globalAlpha = 1;
      context.fillStyle = riskatlas.token("paper");
      context.fillRect(size / 2, 0, riskatlas.unsurePx, size);
    });
  }

  function dots(share) {
    return stamp(5, 0, (context) => {
      context.globalAlpha = share;
      context.fillStyle = riskatlas.token("unknown");
      context.fillRect(0, 0, 5, 5);
      context.globalAlpha = 1;
      context.fillStyle = riskatlas.token("muted");
      context.beginPath();
      context.arc(2.5, 2.5, 1, 0, 2 * Math.PI);
      context.fill();
    });
  }

  const made = new Map();

  // The fill of a class on a canvas; made once, for styles are asked for with every area.
  function fillOf(risk, { styles, unknownShare }, isUnsure) {
    const key = `${risk} ${Boolean(isUnsure)}`;
    if (!made.has(key)) {
      made.set(key, styles[risk] ? hatch(styles[risk], isUnsure) : dots(unknownShare));
    }
    return made.get(key);
  }

  // Width of the white stripe on a class that is unsure.
  riskatlas.unsurePx = 2.5;
  Object.assign(riskatlas, { crowd, crowdFill: fillOf });
})();
