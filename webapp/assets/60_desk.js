// The desk's filter is part of its link: a choice opens the link that says it.
"use strict";
(function () {
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-desk-filter]");
    if (!box) return;
    const link = new URL(window.location.href);
    const name = box.dataset.deskFilter;
    if (box.value) link.searchParams.set(name, box.value);
    else link.searchParams.delete(name);
    if (name === "town") link.searchParams.delete("village");
    link.hash = "";
    window.location.assign(link.href);
  });
})();
