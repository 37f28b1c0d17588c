// @ts-check
// On a page that is the same for everybody: tells who has to be asked. A classic script
// right below the question, so that it is shown with the first paint or not at all.
(() => {
  /** @type {any} */
  const page = window;
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const { cookie, mark, asks } = script.dataset;
  const question = /** @type {HTMLElement} */ (script.previousElementSibling);
  const found = document.cookie.match(`(?:^|; )${cookie}=(\\w+)\\.(\\w+)`);
  const [, word, of] = found ?? [];
  // A refusal in another banner, which the server reads.
  const elsewhere =
    /(?:^|; )(?:cc_cookie|klaro|orejime|eu-consent|tarteaucitron|cookieconsent_status|CookieConsent)=/;

  /** What a cookie says grants nothing: where it may matter, the server is asked. */
  const know = () => {
    const unsure = asks !== undefined || elsewhere.test(document.cookie);
    if (word ? word !== "refused" || of !== mark : unsure)
      return import("./reserve.js").then(({ begin }) => begin());
    /** @type {any} */
    const { globalPrivacyControl } = navigator;
    const state = { decided: !!word || globalPrivacyControl === true, granted: [] };
    show(state);
    return Promise.resolve(state);
  };

  /** @param {{decided: boolean}} state */
  const show = ({ decided }) => void (question.hidden = decided);

  // Elements go by their ids as well, the question by `consentkit`: only what is the
  // window's own was put there by a script.
  if (!Object.hasOwn(page, "consentkitKnows")) page.consentkitKnows = know();
  page.consentkitKnows.then(show, () => {});
})();
