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
const toast = document.createElement("p");
let busy = false;
let state = {
  decided: root ? "decided" in root.dataset : !banner,
  /** @type {string[]} */
  granted: root?.dataset.granted?.match(/\S+/g) ?? [],
};

const ask = async () =>
  (await fetch(url.replace(/\/?$/, "/state"), { cache: "no-store" })).json();

/** @param {typeof state} of */
const sum = (of) => of.decided + [...of.granted].sort().join();

/** @param {string} name */
const tell = (name) =>
  document.dispatchEvent(new CustomEvent("consentkit:" + name, { detail: state }));

const open = () => location.assign(url);

/** @param {object} choice */
async function decide(choice) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(choice),
    keepalive: true,
    signal: AbortSignal.timeout(8000),
  });
  if (!response.ok) throw response;
  const answer = await response.json();
  const { granted, refused } = answer;
  const lost = state.granted.some((key) => !granted.includes(key));
  state = { ...answer, decided: true };
  tell("change");
  page.dataLayer?.push({ event: "consent_update", granted, refused });
  const gap = "template[data-consentkit-withheld], .consentkit-placeholder";
  if (lost || root !== banner || (granted[0] && document.querySelector(gap)))
    location.reload();
  else close();
  return answer;
}

function close() {
  const inside = banner?.contains(document.activeElement);
  banner?.remove();
  toast.textContent = root?.dataset.saved;
  setTimeout(() => toast.replaceChildren(), 6000);
  /** @type {any} */
  const main = document.querySelector("main, h1");
  if (!inside || !main) return;
  main.tabIndex = -1;
  main.focus({ preventScroll: true });
}

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
  if (form.closest(".ck-page")) return;
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
  const control = at.closest("[data-consent-action]");
  const action = control?.dataset.consentAction;
  if (!action || (action === "open" && control.href)) return;
  event.preventDefault();
  if (action === "open") return open();
  const form = action === "save" && control.closest("form");
  save(form ? choiceOf(form).granted : [], action).catch(open);
});

addEventListener("pageshow", async ({ persisted }) => {
  busy = false;
  if (persisted && sum(await ask()) !== sum(state)) location.reload();
});

// A switch for a whole group
for (const all of document.querySelectorAll("[data-ck-all]")) {
  /** @type {any} */
  const boxes = all.closest("[role=group]")?.querySelectorAll("[type=checkbox]");
  /** @type {any[]} */
  const [first, ...others] = boxes;
  const follow = () => {
    first.checked = others.every((box) => box.checked);
    first.indeterminate = !first.checked && others.some((box) => box.checked);
  };
  first.onchange = () => others.forEach((box) => (box.checked = first.checked));
  for (const box of others) box.onchange = follow;
  follow();
  all.removeAttribute("hidden");
}

// Before a choice, and after one was withdrawn, refused services keep no data here.
if (banner || document.querySelector("template[data-consentkit-sweep]")) sweep();

toast.className = "consentkit ck-toast";
toast.role = "status";
document.body.append(toast);
page.consentkit = {
  has: (/** @type {string} */ key) => state.granted.includes(key),
  get state() {
    return state;
  },
  open,
  save,
  on: (/** @type {string} */ name, /** @type {any} */ listener) =>
    document.addEventListener("consentkit:" + name, () => listener(state)),
};
if (!root) state = await ask().catch(() => state);
tell("ready");
