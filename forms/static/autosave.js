// Sends what is typed in a section as a draft: a moment after the last input, and when the page is left.
// The form works without it. Nothing is kept in the browser; focus never moves.

const PAUSE = 1500;
const AGAIN = 5000;
const WORDS = {
  401: "You are signed out, so the draft is not saved. Your text is still on this page: sign in in another tab, and it will be saved.",
  404: "This review is not allocated to you any more, so the draft is not saved. Your text is still on this page: copy what you need.",
  409: "The draft is not saved: this section was changed elsewhere, or the review was submitted. Your text is still on this page.",
  413: "The draft is not saved: the text is too long. Your text is still on this page.",
};
const OFFLINE = "The draft is not saved yet. We will keep trying.";

const form = document.querySelector("form[data-autosave]");
if (form) watch(form);

function watch(form) {
  const places = document.querySelectorAll("[data-draft-status]");
  const page = form.elements;
  page.namedItem("tab").value = name();
  let turn = 0;
  let typed = 0;
  let stored = 0;
  let timer = null;
  let isSending = false;
  let isOver = false;

  form.addEventListener("input", () => {
    typed += 1;
    wait(PAUSE);
  });
  form.addEventListener("submit", () => {
    isOver = true;
    clearTimeout(timer);
    page.namedItem("turn").value = String(turn + 1);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send(true);
    else if (typed > stored) wait(0);
  });
  window.addEventListener("online", () => wait(0));
  window.addEventListener("pageshow", () => {
    isOver = false;
  });

  function wait(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(send, milliseconds);
  }

  async function send(isLeaving = false) {
    if (isOver || typed === stored || (isSending && !isLeaving)) return;
    const upTo = typed;
    isSending = true;
    turn += 1;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(draft()),
        credentials: "same-origin",
        keepalive: isLeaving,
      });
      if (answer.ok) saved(upTo, await answer.json());
      else refused(answer.status, upTo);
    } catch {
      say(OFFLINE, true);
      wait(AGAIN);
    } finally {
      isSending = false;
      if (typed > stored && typed > upTo) wait(PAUSE);
    }
  }

  function draft() {
    const answers = {};
    for (const [key, value] of new FormData(form)) {
      if (!["version", "tab", "turn", "section_complete"].includes(key)) {
        (answers[key] ??= []).push(value);
      }
    }
    return {
      section: form.dataset.section,
      version: Number(page.namedItem("version").value),
      tab: page.namedItem("tab").value,
      turn,
      answers,
    };
  }

  function saved(upTo, answer) {
    stored = Math.max(stored, upTo);
    page.namedItem("version").value = String(answer.version);
    if (typed === stored) say(answer.message);
  }

  function refused(code, upTo) {
    say(WORDS[code] ?? OFFLINE, true);
    if (code === 401 || !(code in WORDS)) wait(AGAIN);
    else stored = Math.max(stored, upTo);
  }

  function say(text, isProblem = false) {
    for (const place of places) {
      if (place.textContent !== text) place.textContent = text;
      place.classList.toggle("app-saved--problem", isProblem);
    }
  }
}

// Names this open page, so that the service can tell it from another tab.
function name() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
