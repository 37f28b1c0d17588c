// @ts-check
// What follows a choice, made here or in another tab: the page closes the question, or
// is fetched again once, as it was. Loaded only when there is something to follow.

/** What shows that the page came without something, or tells vendors of the choice. */
const GAPS =
  "template[data-consentkit-withheld], .consentkit-placeholder, script[data-consentkit-signals]";
/** Fields that browsers and people keep nothing of. */
const KINDS = /^(?:hidden|password|file|submit|button|image|reset)$/;
const COMPLETED = /\b(?:off|cc-[a-z-]+|(?:new|current)-password|one-time-code)\b/;
const NAMES = /pass|card|cv[cv2]|csc|iban|token|csrf|nonce|secret|otp\b|\bpin\b|ssn/i;
const MINUTE = 60000;

/** @type {any} */
const page = window;

/**
 * Let a new state hold on this page.
 *
 * @param {string[]} before what was granted until now
 * @param {{granted: string[], refused?: string[]}} state
 * @param {any} root our element on the page, or null
 * @param {string} url the preferences page
 * @param {boolean} [mine] it was decided in this tab
 */
export function settle(before, { granted, refused }, root, url, mine) {
  const update = { event: "consent_update", granted, refused };
  const lost = before.some((key) => !granted.includes(key));
  const gained = granted.some((key) => !before.includes(key));
  const knows = root?.id === "consentkit";
  const due = lost || (gained && (!knows || document.querySelector(GAPS)));
  if (document.querySelector(".ck-page:not(dialog *)")) return location.reload();
  if (isForAll() && !lost) {
    putIn(granted);
    return close(root, update);
  }
  if (!due) return close(root, update);
  if (isPosted()) return lost ? leave(url) : close(root, update);
  if (!lost && !mine && [...typed()].some(([, field]) => isPrivate(field)))
    return close(root, update);
  again(url, root?.dataset.saved, update);
}

const isForAll = () => document.querySelector("script[data-consentkit-universal]");

/** @param {string[]} granted */
const putIn = (granted) => import("./reserve.js").then(({ put }) => put({ granted }));

const isPosted = () => document.querySelector("[data-posted]");

/** The question is answered, and nothing on the page changes.
 *
 * @param {any} root @param {object} update
 */
function close(root, update) {
  page.dataLayer?.push(update);
  const banner = document.getElementById("consentkit");
  const inside = banner?.contains(document.activeElement);
  banner?.remove();
  say(root?.dataset.saved);
  if (inside) land(document.querySelector("main, h1"));
}

/** Where who uses a keyboard goes on. @param {any} element */
export function land(element) {
  if (element?.tabIndex < 0) {
    element.tabIndex = -1;
    // Nothing that one could press: a frame around all of a page tells nobody anything.
    const { style } = element;
    const { outline } = style;
    style.outline = "none";
    element.addEventListener("blur", () => (style.outline = outline), { once: true });
  }
  element?.focus({ preventScroll: true });
}

/**
 * Leave a page that answers a form, without sending the form again.
 *
 * @param {string} url
 */
async function leave(url) {
  const here = location.pathname + location.search;
  const asked = fetch(here, { method: "HEAD", signal: AbortSignal.timeout(4000) });
  const answers = await asked.then((answer) => answer.ok).catch(() => false);
  location.replace(answers ? here : url);
}

/**
 * Fetch the page again, and show it as it was left.
 *
 * @param {string} url the preferences page
 * @param {string} [said] to be read out when the page is there again
 * @param {object} [update] the entry of the data layer
 */
export async function again(url, said, update) {
  if (isPosted()) return leave(url);
  const fields = [...typed()].filter(([, field]) => !isPrivate(field));
  const gap = document.activeElement?.closest(GAPS)?.getBoundingClientRect();
  const kept = {
    at: Date.now(),
    gap: gap && [gap.x + gap.width / 2, gap.y + gap.height / 2],
    said,
    update,
    place: [scrollX, scrollY],
    fields: fields.map(([key, field]) => [key, valueOf(field)]),
  };
  try {
    const { state } = history;
    const own = Object(state) === state ? state : { consentkit_was: state };
    // The page's own entry in the history: no storage, and gone with the tab.
    history.replaceState({ ...own, consentkit: kept }, "");
    // Without the link to the choices, no script of ours comes with the next page.
    if (!document.querySelector(".ck-link"))
      await fetch(url.replace(/\/?$/, "/state?keep"), { cache: "no-store" });
  } catch {
    // What isn't kept is lost; the choice holds all the same.
  }
  location.reload();
}

/**
 * Show what was allowed for this page view.
 *
 * @param {string} url the preferences page
 * @param {string[]} granted
 */
export const once = (url, granted) => (isForAll() ? putIn(granted) : again(url));

/** Show the page as it was before it was fetched again. */
export function restore() {
  const { consentkit: kept, consentkit_was: was = null, ...own } = history.state;
  history.replaceState(Object.keys(own).length ? own : was, "");
  if (Date.now() - kept.at > MINUTE) return;
  const values = new Map(kept.fields);
  for (const [key, field] of fields())
    if (values.has(key) && !isPrivate(field)) fill(field, values.get(key));
  if (kept.update) page.dataLayer?.push(kept.update);
  scrollBack(kept.place);
  const shown = kept.gap && document.elementFromPoint(kept.gap[0], kept.gap[1]);
  if (document.activeElement === document.body)
    land(shown ?? document.querySelector("main, h1"));
  say(kept.said);
}

/** @param {[number, number]} place */
function scrollBack([left, top]) {
  const back = () => scrollTo({ left, top, behavior: "instant" });
  const moved = new AbortController();
  const { signal } = moved;
  for (const name of ["wheel", "touchstart", "keydown", "pointerdown"])
    addEventListener(name, () => moved.abort(), { signal, passive: true });
  back();
  // Pictures may have made the page longer by then.
  if (document.readyState !== "complete") addEventListener("load", back, { signal });
}

/** Every field of the page's own forms, with what it is known by after a reload.
 *
 * @returns {Generator<[string, any]>}
 */
function* fields() {
  const times = new Map();
  /** @type {NodeListOf<any>} */
  const found = document.querySelectorAll("input, textarea, select");
  for (const field of found) {
    if (field.closest(".consentkit")) continue;
    const { form, id, name, type } = field;
    const value = isSwitch(field) ? field.getAttribute("value") : "";
    const where = [form?.id, form?.getAttribute("action"), id, name, type, value];
    const key = where.join("\n");
    times.set(key, (times.get(key) ?? 0) + 1);
    yield [`${key}\n${times.get(key)}`, field];
  }
}

/** Those that are no longer as they came. */
function* typed() {
  for (const [key, field] of fields()) {
    const { type, options } = field;
    const changed = options
      ? [...options].some((option) => option.selected !== option.defaultSelected)
      : isSwitch(field)
        ? field.checked !== field.defaultChecked
        : type !== "hidden" && field.value !== field.defaultValue;
    if (changed) yield [key, field];
  }
}

/** @param {any} field */
const isSwitch = ({ type }) => type === "checkbox" || type === "radio";

/** @param {any} field */
const valueOf = (field) =>
  field.options
    ? [...field.selectedOptions].map((option) => option.value)
    : isSwitch(field)
      ? field.checked
      : field.value;

/** @param {any} field @param {any} value */
function fill(field, value) {
  if (field.options)
    for (const option of field.options) option.selected = value.includes(option.value);
  else if (isSwitch(field)) field.checked = value;
  else field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Whether a field holds what must not be kept, not even for a moment.
 *
 * @param {any} field
 */
function isPrivate({ type, name, id, autocomplete, form, value }) {
  return (
    KINDS.test(type) ||
    COMPLETED.test(autocomplete || form?.autocomplete) ||
    NAMES.test(name + " " + id) ||
    isCard(value)
  );
}

/** Whether a text is the number of a payment card (ISO/IEC 7812-1, annex B).
 *
 * @param {string} text
 */
function isCard(text) {
  const digits = text.replace(/[\s-]/g, "");
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const worth = Number(digit) * (at % 2 ? 2 : 1);
    return total + (worth > 9 ? worth - 9 : worth);
  }, 0);
  return sum % 10 === 0;
}

/**
 * Say something that is read out and goes by itself.
 *
 * @param {string} [text]
 */
export function say(text) {
  if (!text) return;
  const toast = document.createElement("p");
  toast.className = "consentkit ck-toast";
  toast.role = "status";
  const show = () => {
    toast.textContent = text;
    setTimeout(() => toast.remove(), 6000);
  };
  document.body.append(toast);
  // A status is read out when its text changes, not when it comes with one.
  styled().then(() => setTimeout(show, 100));
}

/** Wait for our styles, which a page without the question comes without. */
function styled() {
  const { href } = new URL("./consentkit.css", import.meta.url);
  if ([...document.styleSheets].some((sheet) => sheet.href === href))
    return Promise.resolve();
  const link = document.createElement("link");
  /** @type {any} */
  const script = document.querySelector("script[nonce]");
  link.nonce = script?.nonce ?? "";
  link.rel = "stylesheet";
  link.href = href;
  return new Promise((done) => {
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}
