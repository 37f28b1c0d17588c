// @ts-check
// Puts what was granted into a page that is the same for everybody. It stands in
// templates, which the page's own parser made: moved from there, not written by a
// script, it works under Trusted Types, and each script runs once.

/** @typedef {{granted: string[], signals?: Record<string, string>}} Granted */

const RUNS = /^(?:module|(?:text|application)\/(?:x-)?(?:java|ecma)script)?$/i;
const GAP = ".consentkit-placeholder";

const parsed = new Promise((resolve) => {
  if (document.readyState === "loading")
    document.addEventListener("DOMContentLoaded", resolve, { once: true });
  else resolve(undefined);
});

/** @type {Promise<unknown>} */
let last = parsed;

/** What the server says, by the proof that no script can read. */
async function ask() {
  /** @type {HTMLElement | null} */
  const script = document.querySelector("script[data-consentkit-universal]");
  const url = script?.dataset.url;
  const answer = await fetch(`${url}state`, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** Learn what holds for who reads the page, and put in what they granted. */
export async function begin() {
  const state = await ask();
  parsed.then(() => line(state));
  put(state);
  return state;
}

/**
 * Put in what these grants allow, after what is being put in already.
 *
 * @param {Granted} state
 */
export const put = (state) => (last = last.then(() => putIn(state)).catch(console.error));

/** @param {Granted} state */
async function putIn(state) {
  /** @type {NodeListOf<HTMLTemplateElement>} */
  const reserve = document.querySelectorAll("template[data-consentkit-reserve]");
  const due = [...reserve].filter(({ dataset }) =>
    dataset.consentkitReserve?.split(" ").every((key) => state.granted.includes(key)),
  );
  if (!due.length) return;
  await tellVendors(state);
  /** @type {[Comment, HTMLScriptElement][]} */
  const deferred = [];
  for (const template of due) await insert(template, deferred);
  for (const [mark, script] of deferred) run(mark, script);
  document.dispatchEvent(new Event("consentkit:put"));
}

/**
 * Move what a template holds to where it stands, and its scripts one after the other.
 *
 * @param {HTMLTemplateElement} template
 * @param {[Comment, HTMLScriptElement][]} deferred those that wait for all others
 */
async function insert(template, deferred) {
  const { content } = template;
  const scripts = [...content.querySelectorAll("script")].map(outOf);
  const gap = template.previousElementSibling;
  const shown = content.firstElementChild;
  const focused = gap?.matches(GAP) && gap.contains(document.activeElement);
  if (gap?.matches(GAP)) gap.remove();
  template.replaceWith(content);
  if (focused && shown instanceof HTMLElement) land(shown);
  for (const [mark, script] of scripts)
    if (waits(script)) deferred.push([mark, script]);
    else await run(mark, script);
}

/**
 * @param {HTMLScriptElement} script
 * @returns {[Comment, HTMLScriptElement]}
 */
function outOf(script) {
  const mark = document.createComment("");
  script.replaceWith(mark);
  return [mark, script];
}

/** @param {HTMLElement} element */
function land(element) {
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** Whether a script runs only once the page is parsed (WHATWG HTML 4.12.1).
 *
 * @param {HTMLScriptElement} script
 */
const waits = (script) =>
  !script.hasAttribute("async") &&
  (script.type.trim().toLowerCase() === "module" ||
    (script.hasAttribute("src") && script.hasAttribute("defer")));

/**
 * Run a script; one from a file, unless it is async, before whatever follows.
 *
 * @param {Comment} mark
 * @param {HTMLScriptElement} script
 */
function run(mark, script) {
  const language = script.getAttribute("language");
  const type = script.getAttribute("type") ?? (language ? `text/${language}` : "");
  const loads =
    script.hasAttribute("src") &&
    !script.hasAttribute("async") &&
    !script.noModule &&
    RUNS.test(type.trim());
  const done = new Promise((resolve) => {
    if (!loads) return resolve(undefined);
    script.addEventListener("load", resolve);
    script.addEventListener("error", resolve);
  });
  // The page is parsed: what an inline script wrote now would take its place.
  // One that wasn't run where it was parsed is async from then on, unless it is said.
  if (!script.hasAttribute("async")) script.async = false;
  const write = () => console.warn("It is too late to write into the page.", script);
  Object.assign(document, { write, writeln: write });
  mark.replaceWith(script);
  for (const name of ["write", "writeln"]) Reflect.deleteProperty(document, name);
  return done;
}

/**
 * Tell vendors what is granted before any tag of theirs runs.
 *
 * @param {Granted} state
 */
async function tellVendors(state) {
  const template = ours("[data-consentkit-vendors]");
  const script = template?.content.querySelector("script");
  if (!template || !script) return;
  const told = state.signals ?? (await ask()).signals;
  for (const [vendor, words] of Object.entries(told)) script.dataset[vendor] = words;
  const [mark] = outOf(script);
  template.replaceWith(template.content);
  await run(mark, script);
}

/**
 * Show the line that leads to opting out, where that is the rule.
 *
 * @param {{regime: string, gpc: boolean, granted: string[]}} state
 */
function line({ regime, gpc, granted }) {
  if (regime !== "opt-out") return;
  const kind = gpc && !granted.length ? "did" : "may";
  const template = ours(`[data-consentkit-line=${kind}]`);
  template?.replaceWith(template.content);
}

/**
 * Find a template right above our script: others are of the page, or of who wrote into it.
 *
 * @param {string} selector
 */
function ours(selector) {
  let at = document.querySelector("script[data-consentkit-universal]");
  while ((at = at?.previousElementSibling ?? null)?.matches(".ck-held, template"))
    if (at instanceof HTMLTemplateElement && at.matches(selector)) return at;
  return null;
}
