// Reads a policy page aloud with the voice of the device, where the browser has one (Web Speech). Nothing depends on it, and
// nothing is sent anywhere by us. A pause ends the sentence and goes on with the same one: pausing a voice fails on telephones.
(function () {
  "use strict";
  var box = document.querySelector("[data-reader]");
  var article = document.querySelector("article");
  var voice = window.speechSynthesis;
  if (!box || !article || !voice || !window.SpeechSynthesisUtterance) return;

  // Left out: what is for the eye (facts of the header, contents, verdicts, buttons, how to cite), and what the reader has not unfolded.
  var SKIPPED = ".tools, .toc-phone, .facts, .verdicts, .acts, .cite, .kind, nav, script, noscript, [hidden], [aria-hidden=true], " +
    "details:not([open]) > :not(summary)";
  var BLOCKS = "tr, dl > div, h1, h2, h3, h4, h5, h6, p, li, summary, figcaption, div";
  var SENTENCE = /[^。！？；\n]+[。！？；\n]*/g;
  var LONGEST = 180; // longer ones are broken off by some voices
  var PATIENCE = 8000; // milliseconds until a voice that does not begin is held to be none
  var play = box.querySelector("[data-read=play]");
  var stop = box.querySelector("[data-read=stop]");
  var word = play.querySelector("[data-word]");
  var note = box.querySelector("[role=status]");
  var pieces = [], place = 0, state = "idle", turn = 0, timer = 0, marked = null;

  // --- What is read: every text of the article once, block by block, in the order of the page -------------------------

  // What the eye sees apart, the ear hears apart.
  function joint(parent, cell, last) {
    if (/[，。；：、！？]\s*$/.test(last.text)) return "";
    if (cell !== last.cell) return last.cell && last.cell.matches("dt, th[scope=row]") ? "：" : "，";
    var isApart = last.isBroken || parent !== last.parent && [parent, last.parent].some(function (one) {
      return getComputedStyle(one).display !== "inline";
    });
    return isApart ? "，" : "";
  }

  function blocks() {
    var walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    var found = [], last = null, node;
    while ((node = walker.nextNode())) {
      if (node.nodeName === "BR" && last) last.isBroken = true;
      if (node.nodeType !== Node.TEXT_NODE) continue;
      var text = node.nodeValue.replace(/\s+/g, " ");
      var parent = node.parentElement, cell = parent.closest("td, th, dt, dd");
      if (!text.trim() || parent.closest(SKIPPED) || !parent.getClientRects().length) continue;
      var block = parent.closest(BLOCKS);
      if (!block || !article.contains(block)) block = article;
      if (!last || last.block !== block) found.push(last = { block: block, text: "" });
      else last.text += joint(parent, cell, last);
      last.text += text;
      last.isBroken = false;
      last.parent = parent;
      last.cell = cell;
    }
    return found;
  }

  function shorter(sentence) {
    if (sentence.length <= LONGEST) return [sentence];
    return (sentence.match(/[^，、：,]+[，、：,]*/g) || []).reduce(function (parts, part) {
      var end = parts.length - 1;
      if (end >= 0 && parts[end].length + part.length <= LONGEST) parts[end] += part;
      else while (part) { parts.push(part.slice(0, LONGEST)); part = part.slice(LONGEST); }
      return parts;
    }, []);
  }

  function sentences() {
    var found = [];
    blocks().forEach(function (one) {
      (one.text.match(SENTENCE) || []).forEach(function (sentence) {
        if (!/[\p{L}\p{N}]/u.test(sentence)) return; // a dash in an empty cell says nothing
        shorter(sentence.trim()).forEach(function (text) { found.push({ block: one.block, text: text }); });
      });
    });
    return found;
  }

  // --- How it is shown -------------------------------------------------------------------------------------------------

  function show(next, said) {
    state = next;
    box.dataset.state = state;
    word.textContent = box.getAttribute("data-word-" + state);
    if (state === "idle" && document.activeElement === stop) play.focus();
    stop.hidden = state === "idle";
    note.textContent = said || "";
  }

  function mark(block) {
    if (marked === block) return;
    if (marked) marked.classList.remove("is-read");
    marked = block;
    if (!block) return;
    block.classList.add("is-read");
    var seen = block.getBoundingClientRect();
    if (seen.top >= 0 && seen.bottom <= window.innerHeight) return;
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    block.scrollIntoView({ block: seen.height < window.innerHeight ? "center" : "start", behavior: still ? "auto" : "smooth" });
  }

  // --- The voice ---------------------------------------------------------------------------------------------------------

  function chinese() {
    var fit = voice.getVoices().filter(function (one) { return /^(zh[-_]cn|zh[-_]hans|cmn)/i.test(one.lang); });
    return fit.filter(function (one) { return one.localService; })[0] || fit[0] || null;
  }

  // What an older turn still tells of is not ours any more.
  function hush() {
    turn += 1;
    clearTimeout(timer);
    if (voice.speaking || voice.pending) voice.cancel();
  }

  function end(said) {
    hush();
    mark(null);
    place = 0;
    show("idle", said);
  }

  function speak() {
    if (place >= pieces.length) return end();
    var mine = turn, piece = pieces[place], utterance = new SpeechSynthesisUtterance(piece.text), chosen = chinese();
    utterance.lang = "zh-CN";
    if (chosen) utterance.voice = chosen;
    utterance.onstart = function () { if (mine === turn) clearTimeout(timer); };
    utterance.onend = function () {
      if (mine !== turn) return;
      place += 1;
      speak();
    };
    utterance.onerror = function () { if (mine === turn) end(box.dataset.none); };
    mark(piece.block);
    clearTimeout(timer);
    timer = setTimeout(function () { if (mine === turn) end(box.dataset.none); }, PATIENCE);
    voice.speak(utterance);
  }

  play.addEventListener("click", function () {
    if (state === "reading") {
      hush();
      return show("paused");
    }
    if (state === "idle") pieces = sentences();
    hush();
    show("reading");
    speak();
  });
  stop.addEventListener("click", function () { end(); });
  window.addEventListener("pagehide", function () { end(); });
  show("idle");
  box.hidden = false;
})();
