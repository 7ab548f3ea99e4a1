// What a page can do more with scripts: print, and remember the chosen text size on this device. Nothing depends on it.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  var asked = new URLSearchParams(location.search).get("size");
  try {
    if (asked) localStorage.setItem("size", asked);
    var size = asked || localStorage.getItem("size");
    if (/^[sml]$/.test(size || "")) {
      root.classList.remove("size-s", "size-m", "size-l");
      root.classList.add("size-" + size);
    }
  } catch (error) {
    // Storage may be closed: the link in the page still works.
  }
  document.addEventListener("DOMContentLoaded", function () {
    // The middle size has no address of its own: what was chosen is kept before the link is followed.
    document.querySelectorAll("[data-size]").forEach(function (link) {
      link.addEventListener("click", function () {
        try { localStorage.setItem("size", link.dataset.size); } catch (error) { /* as above */ }
      });
    });
    var chosen = (root.className.match(/size-([sml])/) || [])[1];
    document.querySelectorAll(".sizes a").forEach(function (link) {
      if (link.dataset.size === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    document.querySelectorAll("[data-print]").forEach(function (button) {
      button.addEventListener("click", function () { window.print(); });
    });
  });
})();
