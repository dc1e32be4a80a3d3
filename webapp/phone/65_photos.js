// Take photos: each made small enough to travel, upright, at most 1,600 pixels a side and 600 KB.
"use strict";
(function () {
  const { officer } = window;
  const { say, element } = officer;
  const LARGEST_BYTES = 600000;
  const SIDES_PX = [1600, 1280, 1024, 800];
  const QUALITIES = [0.82, 0.7, 0.58];
  // As data/methods/hazard_reports.toml has it: with one sending, and of a report with its additions.
  const MOST = { once: 6, inAll: 12 };

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

  // Put what was chosen to the photos that are there, each once; tells what was not taken.
  async function addPhotos(input, photos, most) {
    const files = [...input.files].slice(0, Math.max(0, most - photos.length));
    const isTooMany = input.files.length > files.length;
    const refused = [];
    for (const file of files) {
      try {
        const photo = await officer.shrink(file);
        const isNew = !photos.some(({ sha256 }) => sha256 === photo.sha256);
        if (isNew && photos.length < most) photos.push(photo);
      } catch (_fault) {
        refused.push(file.name);
      }
    }
    input.value = "";
    return { refused, isTooMany };
  }

  function showPhotos(seat, photos, drop) {
    seat.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    seat.replaceChildren(...photos.map((photo, number) => element("li", {},
      element("img", { alt: say("photo_number", { number: number + 1 }),
        src: URL.createObjectURL(new Blob([photo.bytes], { type: "image/jpeg" })) }),
      element("span", { textContent: `${Math.ceil(photo.bytes.length / 1000)} KB` }),
      element("button", { type: "button", textContent: "×", "aria-label": say("photo_drop"),
        onclick: () => drop(number) }))));
  }

  Object.assign(officer, { shrink, addPhotos, showPhotos, mostPhotos: MOST });
})();
