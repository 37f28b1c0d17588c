// @ts-check
// Elements of the page that act on the choices: ours, and those of other banners.

/** What the values of other banners' attributes mean. */
const PEERS = /** @type {Record<string, string>} */ ({
  "accept-all": "accept_all",
  "accept-necessary": "reject_all",
  "accept-custom": "save",
  "accept-selection": "save",
});

/**
 * Do what a control says; one that says nothing known leads to the choices.
 *
 * @param {any} control
 * @param {(form: HTMLFormElement) => {granted: unknown[]}} choiceOf
 * @param {(granted: unknown[], decision: string) => Promise<unknown>} save
 * @param {(opener: HTMLElement) => void} open
 */
export async function act(control, choiceOf, save, open) {
  const { consentAction, cc } = control.dataset;
  const action = consentAction ?? PEERS[cc] ?? "open";
  const form = control.closest("form");
  if (action === "accept_all" || action === "reject_all") await save([], action);
  else if (action === "save" && form) await save(choiceOf(form).granted, action);
  else open(control);
}
