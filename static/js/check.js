// The self-check in the browser: the same rule as policy_pages/guides/rules.py, so that nothing is sent. Without this file the form
// is posted and answered by the site. Answers stay in this tab (sessionStorage) until it is closed or they are cleared.
(function () {
  "use strict";
  var form = document.querySelector("[data-self-check]");
  var result = document.querySelector("[data-result]");
  if (!form || !result) return;
  var key = "self-check:" + location.pathname;
  var asked = Array.prototype.slice.call(form.querySelectorAll("fieldset"));

  function answerOf(question) {
    var ticked = question.querySelector("input:checked");
    return ticked ? ticked.value : "unclear";
  }

  function show(root, name, value) {
    root.querySelectorAll("[data-" + name + "]").forEach(function (one) {
      one.hidden = one.getAttribute("data-" + name) !== value;
    });
  }

  function placesOf(kind, answer) {
    return asked.filter(function (question) {
      return question.dataset.kind === kind && answerOf(question) === answer;
    }).map(function (question) { return question.dataset.place; });
  }

  function judge() {
    var failed = placesOf("threshold", "no"), open = placesOf("threshold", "unclear");
    var parts = { failed: failed, open: open, bonuses: placesOf("bonus", "yes"), judged: placesOf("discretion", "unclear") };
    var met = placesOf("threshold", "yes").length > 0 && open.length === 0;
    asked.forEach(function (question) { show(question, "answer", answerOf(question)); });
    show(result, "outcome", failed.length ? "no" : met ? "yes" : "unclear");
    result.classList.toggle("notice--late", failed.length > 0);
    result.querySelectorAll("[data-part]").forEach(function (line) {
      var places = parts[line.dataset.part];
      line.hidden = places.length === 0;
      line.querySelector("[data-places]").textContent = places.join("、");
    });
    result.hidden = false;
    result.focus();
  }

  function forget() {
    result.hidden = true;
    asked.forEach(function (question) {
      question.querySelectorAll("input").forEach(function (input) { input.checked = false; });
      show(question, "answer", "");
    });
  }

  function stored(action) {
    try { return action(sessionStorage); } catch (error) { return null; } // Storage may be closed: nothing is kept then.
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    judge();
  });
  form.addEventListener("change", function () {
    var ticked = {};
    form.querySelectorAll("input:checked").forEach(function (input) { ticked[input.name] = input.value; });
    stored(function (storage) { storage.setItem(key, JSON.stringify(ticked)); });
  });
  form.querySelector("[data-clear]").addEventListener("click", function () {
    stored(function (storage) { storage.removeItem(key); });
    forget();
  });
  var kept = stored(function (storage) { return JSON.parse(storage.getItem(key)); }) || {};
  form.querySelectorAll("input").forEach(function (input) {
    if (kept[input.name] === input.value) input.checked = true;
  });
})();
