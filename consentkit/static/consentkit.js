// @ts-check
// What fails here ends in the browser's own submit: no refusal gets lost.

/** @type {any} */
const page = window;
const banner = document.getElementById("consentkit");
/** @type {any} */
const root =
  document.querySelector(".consentkit[data-action]") ??
  document.querySelector(".ck-link[data-action]");
/** @type {string} */
const url = root?.dataset.action ?? new URL("../..", import.meta.url).href;
const OWN_PAGE = ".ck-page:not(dialog *)";
/** What a page for everybody learned of its visitor; no element that has this id. */
const known = Object.hasOwn(page, "consentkitKnows") && page.consentkitKnows;
let busy = false;
let ready = false;
let state = {
  decided: root ? "decided" in root.dataset : !banner,
  /** @type {string[]} */
  granted: root?.dataset.granted?.match(/\S+/g) ?? [],
};

const ask = async () =>
  (await fetch(url.replace(/\/?$/, "/state"), { cache: "no-store" })).json();

const after = () => import("./after.js");

const sum = (of = state) => of.decided + [...of.granted].sort().join();

/** @param {string} name */
const tell = (name) =>
  document.dispatchEvent(
    new CustomEvent("consentkit:" + name, { detail: state, bubbles: true }),
  );

/** @param {any} [opener] */
function open(opener) {
  const to = opener?.href?.includes?.(url) ? opener.href : url;
  return import("./dialog.js")
    .then((m) => m.show(to, opener))
    .catch(() => location.assign(to));
}

/** @param {any} choice */
async function decide(choice) {
  const sent = fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(choice),
    keepalive: true,
    signal: AbortSignal.timeout(8000),
  });
  const [response, { settle, once }] = await Promise.all([sent, after()]);
  if (!response.ok) throw response;
  // Allowed for once: what holds stays as it is.
  if (choice.once) return once(url, [...state.granted, choice.once]);
  const answer = await response.json();
  take(settle, answer, true);
  return answer;
}

/** @param {any} settle @param {any} now @param {boolean} [mine] */
function take(settle, now, mine) {
  const before = state.granted;
  state = { ...now, decided: mine || now.decided };
  tell("change");
  if (mine) tabs.postMessage(sum());
  settle(before, state, root, url, mine);
}

async function compare() {
  const now = await ask().catch(() => state);
  if (sum(now) !== sum()) take((await after()).settle, now);
}

// Open tabs agree; one that rests in the back/forward cache asks when it wakes.
function listen() {
  const channel = new BroadcastChannel("consentkit");
  channel.onmessage = ({ data }) => data !== sum() && compare();
  return channel;
}
let tabs = listen();

async function sweep() {
  try {
    const { localStorage: local, sessionStorage: session } = page;
    if (!local.length && !session.length) return;
    const refused = (await ask()).refused_storage;
    for (const [store, patterns] of [
      [local, refused.local],
      [session, refused.session],
    ])
      for (const pattern of patterns) {
        const text = pattern.replace(/[^\w*]/g, "\\$&").replaceAll("*", ".*");
        const owned = new RegExp(`^${text}$`);
        for (const key of Object.keys(store)) owned.test(key) && store.removeItem(key);
      }
  } catch {
    // A browser that denies storage keeps nothing.
  }
}

/** @param {HTMLFormElement} form @param {any} [button] */
function choiceOf(form, button) {
  const data = new FormData(form, button);
  return { ...Object.fromEntries(data), granted: data.getAll("granted") };
}

/** @param {unknown[]} granted */
function save(granted, decision = "save") {
  /** @type {any} */
  const notice = document.querySelector(".consentkit [name=notice]");
  return decide({ decision, granted, notice: notice?.value, surface: "api" });
}

document.addEventListener("submit", async (event) => {
  /** @type {any} */
  const form = event.target;
  if (!form.matches(".consentkit form") || form.dataset.native) return;
  if (busy) return event.preventDefault();
  busy = true;
  // That page answers with itself: message, state and history anew.
  if (form.closest(OWN_PAGE)) return;
  event.preventDefault();
  try {
    await decide(choiceOf(form, event.submitter));
  } catch {
    form.dataset.native = 1;
    form.requestSubmit(event.submitter);
  } finally {
    busy = false;
  }
});

document.addEventListener("click", (event) => {
  /** @type {any} */
  const at = event.target;
  const control = at.closest(
    '[data-consent-action], [data-cc], .tarteaucitronOpenPanel, [href="#tarteaucitron"]',
  );
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!control || (control.href && (elsewhere || document.querySelector(OWN_PAGE)))) return;
  event.preventDefault();
  import("./controls.js").then((m) => m.act(control, choiceOf, save, open)).catch(() => open());
});

addEventListener("pagehide", () => tabs.close());
addEventListener("pageshow", ({ persisted }) => {
  busy = false;
  if (!persisted) return;
  tabs = listen();
  compare();
});

// Before a choice, and after one was withdrawn, refused services keep no data here.
if (
  (banner && !banner.closest("[hidden]")) ||
  (known && history.state?.consentkit) ||
  document.querySelector("template[data-consentkit-sweep]")
)
  sweep();

page.consentkit = {
  has: (/** @type {string} */ key) =>
    key === "essential" || state.granted.includes(key),
  get state() {
    return state;
  },
  open,
  save,
  on(/** @type {string} */ name, /** @type {any} */ listener) {
    const heard = () => listener(state);
    document.addEventListener("consentkit:" + name, heard);
    if (name === "ready" && ready) heard();
    return () => document.removeEventListener("consentkit:" + name, heard);
  },
};
if (history.state?.consentkit) after().then(({ restore }) => restore());
if (known || !root || "asks" in root.dataset)
  state = await (known || ask()).catch(() => state);
ready = true;
tell("ready");
tabs.postMessage(sum());
