// Counts that somebody opened this page: a number, nothing of the reader. No cookie, nothing kept. Without scripts an image does it.
(function () {
  "use strict";
  var place = document.querySelector("script[data-visit]");
  // A browser that a program drives says so.
  if (!place || navigator.webdriver) return;
  var address = place.getAttribute("data-visit");
  var counted = false;
  function count() {
    // Not while the page is only made ready, or lies in a tab that nobody has looked at yet.
    if (counted || document.prerendering || document.visibilityState === "hidden") return;
    counted = true;
    if (navigator.sendBeacon) navigator.sendBeacon(address);
    else new Image().src = address.replace(/\/$/, ".gif");
  }
  document.addEventListener("visibilitychange", count);
  document.addEventListener("prerenderingchange", count);
  count();
})();
