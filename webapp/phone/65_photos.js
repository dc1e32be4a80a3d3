// Make a photo small enough to travel: upright, at most 1,600 pixels a side and 600 KB.
"use strict";
(function () {
  const { officer } = window;
  const LARGEST_BYTES = 600000;
  const SIDES_PX = [1600, 1280, 1024, 800];
  const QUALITIES = [0.82, 0.7, 0.58];

  async function opened(file) {
    if (window.createImageBitmap) {
      try {
        return await window.createImageBitmap(file, { imageOrientation: "from-image" });
      } catch (_fault) {
        // An older browser knows no options, and what is no picture fails below as well.
      }
    }
    const address = URL.createObjectURL(file);
    try {
      return await new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(image);
        image.onerror = () => reject(new Error("no picture"));
        image.src = address;
      });
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  const encoded = (canvas, quality) =>
    new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));

  // What a phone's camera wrote into the file stays behind.
  async function shrink(file) {
    const picture = await opened(file);
    for (const side of SIDES_PX) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      for (const quality of QUALITIES) {
        const blob = await encoded(canvas, quality);
        if (blob && blob.size <= LARGEST_BYTES) {
          const bytes = new Uint8Array(await blob.arrayBuffer());
          return { bytes, sha256: await officer.sha256(bytes) };
        }
      }
    }
    throw new Error("no picture");
  }

  Object.assign(officer, { shrink });
})();
