// What a page can do more with scripts: print, and remember on this device how the reader likes pages to look.
// Nothing depends on it: without scripts the look is in the address, and links carry it along.
(function () {
  "use strict";
  var root = document.documentElement;
  var values = { size: /^[sml]$/, contrast: /^(normal|high)$/, scheme: /^(auto|light|dark)$/ };
  root.classList.add("js");
  function wear(name, value) {
    root.className = root.className.replace(new RegExp(name + "-\\w+"), name + "-" + value);
  }
  function chosen(name) {
    return (root.className.match(new RegExp(name + "-(\\w+)")) || [])[1];
  }
  function mark(name) {
    document.querySelectorAll('[data-look="' + name + '"]').forEach(function (link) {
      if (link.dataset.value === chosen(name)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }
  function keep(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch (error) {
      // Storage may be closed: the address still works.
    }
  }
  Object.keys(values).forEach(function (name) {
    var asked = new URLSearchParams(location.search).get(name);
    try {
      if (!values[name].test(asked || "")) asked = localStorage.getItem(name);
      else localStorage.setItem(name, asked);
    } catch (error) {
      // As above.
    }
    if (values[name].test(asked || "")) wear(name, asked);
  });
  document.addEventListener("DOMContentLoaded", function () {
    Object.keys(values).forEach(mark);
    document.querySelectorAll("[data-look]").forEach(function (link) {
      link.addEventListener("click", function (event) {
        keep(link.dataset.look, link.dataset.value);
        if (new URLSearchParams(location.search).has(link.dataset.look)) return; // the address speaks: follow it
        event.preventDefault();
        wear(link.dataset.look, link.dataset.value);
        mark(link.dataset.look);
      });
    });
    document.querySelectorAll("[data-print]").forEach(function (button) {
      button.addEventListener("click", function () { window.print(); });
    });
  });
})();
