// @ts-check
// The choices as a dialog over the page: the very page that serves those without
// scripts, fetched when it is opened. What isn't saved goes with the dialog.

import { land } from "./after.js";
import { lead } from "./choices.js";

/**
 * Get a page as a document. Not by DOMParser, which Trusted Types refuse text to;
 * what was fetched as a document runs no script.
 * @param {string} url
 * @returns {Promise<Document>}
 */
const page = (url) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.timeout = 8000;
    request.onload = () =>
      request.status === 200 && request.responseXML
        ? resolve(request.responseXML)
        : reject(new Error(String(request.status)));
    request.onerror = request.ontimeout = () => reject(new Error(url));
    request.send();
  });

/**
 * Load the style sheets that the fetched page has and this one lacks.
 * @param {Document} from
 */
const dress = (from) =>
  Promise.all(
    [...from.querySelectorAll('link[rel="stylesheet"][href*="/static/consentkit/"]')]
      .map((link) => link.getAttribute("href") ?? "")
      .filter((href) => !document.querySelector(`link[href="${CSS.escape(href)}"]`))
      .map(
        (href) =>
          new Promise((resolve, reject) => {
            const link = document.createElement("link");
            link.rel = "stylesheet";
            link.href = href;
            const carrier = document.querySelector("script[nonce], link[nonce]");
            if (carrier instanceof HTMLElement) link.nonce = carrier.nonce;
            link.onload = resolve;
            link.onerror = reject;
            document.body.append(link);
          }),
      ),
  );

/**
 * @param {HTMLElement} choices
 * @param {string} label
 */
function dialogOf(choices, label) {
  const dialog = document.createElement("dialog");
  const close = document.createElement("button");
  dialog.className = "consentkit ck-dialog";
  dialog.setAttribute("aria-labelledby", "ck-preferences");
  dialog.dir = choices.dir;
  dialog.lang = choices.lang;
  close.className = "ck-close";
  close.type = "button";
  close.setAttribute("aria-label", label);
  close.textContent = "✕";
  close.onclick = () => dialog.close();
  dialog.append(close, choices);
  // Both ends of a click have to be beside the dialog (WCAG 2.5.2).
  let beside = false;
  dialog.onpointerdown = ({ target }) => void (beside = target === dialog);
  dialog.onclick = ({ target }) =>
    void (beside && target === dialog && dialog.close());
  return dialog;
}

/**
 * Open the choices; closing them in any way gives the focus back.
 * @param {string} url of the preferences page
 * @param {HTMLElement} [opener]
 */
export async function show(url, opener) {
  if (document.querySelector(".ck-dialog")) return;
  const fetched = await page(url);
  const choices = fetched.querySelector(".ck-page");
  if (!choices) throw new Error(url);
  await dress(fetched);
  const own = /** @type {HTMLElement} */ (document.importNode(choices, true));
  for (const part of own.querySelectorAll("script, link, .ck-message")) part.remove();
  for (const form of own.querySelectorAll("form"))
    if (!form.querySelector("[name=notice]")) form.dataset.native = "1";
  const dialog = dialogOf(own, own.dataset.close ?? "");
  const done = () => dialog.close();
  document.addEventListener("consentkit:change", done);
  dialog.onclose = () => {
    document.removeEventListener("consentkit:change", done);
    dialog.remove();
    // The question it was opened from goes once it is answered.
    land(opener?.isConnected ? opener : document.querySelector("main, h1"));
  };
  lead(own);
  document.body.append(dialog);
  dialog.showModal();
  const title = own.querySelector("h1");
  if (!title) return;
  title.tabIndex = -1;
  title.focus();
}
