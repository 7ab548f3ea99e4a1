// Suggestions while somebody types into the search box: a combobox with a list, as the ARIA Authoring Practices describe it.
// Nothing depends on it: without scripts the form is sent as ever, and so it is whenever the suggestions do not come.
(function () {
  "use strict";
  document.querySelectorAll("form[data-suggest]").forEach(function (form) {
    if (form.dataset.ready) return;
    form.dataset.ready = "1";
    var input = form.querySelector("input[type=search]");
    var list = document.createElement("ul");
    var told = document.createElement("p");
    var prefix = form.getAttribute("action").replace(/search\/(\?.*)?$/, "").replace(/\/$/, "");
    var script = document.documentElement.lang === "zh-Hant" ? "&script=hant" : "";
    var active = -1, asked = 0, timer = 0, last = "";
    list.id = input.id + "-list";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.dataset.name);
    told.className = "vh";
    told.setAttribute("role", "status");
    form.append(list, told);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");

    function choose(place) {
      active = place;
      Array.from(list.children).forEach(function (option, number) {
        option.setAttribute("aria-selected", String(number === place));
      });
      if (place < 0) {
        input.removeAttribute("aria-activedescendant");
        return;
      }
      input.setAttribute("aria-activedescendant", list.children[place].id);
      list.children[place].scrollIntoView({ block: "nearest" });
    }
    function show(isShown) {
      list.hidden = !isShown;
      input.setAttribute("aria-expanded", String(isShown));
      if (isShown) told.textContent = form.dataset.some.replace("#", list.children.length);
      else if (told.textContent !== form.dataset.none) told.textContent = "";
      choose(-1);
    }
    // Nothing that was asked for, or was about to be, shows itself any more.
    function close() {
      asked++;
      clearTimeout(timer);
      show(false);
    }
    function fill(found) {
      list.textContent = "";
      found.forEach(function (one, number) {
        var option = document.createElement("li");
        option.id = list.id + "-" + number;
        option.setAttribute("role", "option");
        option.dataset.url = prefix + one.url;
        option.textContent = one.title + (one.number ? "　" + one.number : "");
        list.append(option);
      });
      told.textContent = found.length ? "" : form.dataset.none;
      show(found.length > 0);
    }
    function ask() {
      var text = input.value.trim();
      if (text === last && !list.hidden) return; // it is shown, or its answer is under way
      var mine = ++asked;
      last = text;
      if (!text) {
        told.textContent = "";
        show(false);
        return;
      }
      fetch(form.dataset.suggest + "?q=" + encodeURIComponent(text).replace(/%20/g, "+") + script)
        .then(function (answer) { return answer.json(); })
        .then(function (data) { if (mine === asked) fill(data.suggestions); })
        .catch(function () {
          if (mine !== asked) return;
          told.textContent = "";
          show(false);
        });
    }
    function go(option) { location.assign(option.dataset.url); }

    input.addEventListener("input", function (event) {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(ask, 150);
    });
    input.addEventListener("compositionend", function () {
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    });
    input.addEventListener("keydown", function (event) {
      var number = list.children.length;
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!number) return;
        event.preventDefault();
        var step = event.key === "ArrowDown" ? 1 : -1;
        var next = active < 0 && step < 0 ? number - 1 : active + step;
        if (list.hidden) show(true);
        choose(next >= number ? -1 : next);
      } else if (event.key === "Enter" && !list.hidden && active >= 0) {
        event.preventDefault();
        go(list.children[active]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      } else if (event.key === "Tab") {
        show(false);
      }
    });
    input.addEventListener("blur", close);
    list.addEventListener("mousedown", function (event) { event.preventDefault(); });
    list.addEventListener("click", function (event) {
      var option = event.target.closest("[role=option]");
      if (option) go(option);
    });
  });
})();
