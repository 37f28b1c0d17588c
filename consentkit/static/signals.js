// @ts-check
// What vendors are told of the choice. A classic script before every other one of the
// page, so that no tag runs before it; what it tells stands in its attributes.
(() => {
  /** @type {any} */
  const page = window;
  const { dataset } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const { google, uet, clarity, meta, shopify } = dataset;
  /** On a page for everybody, what needs no grant was told before what was granted. */
  const isUpdate = document.querySelectorAll("script[data-consentkit-signals]").length > 1;

  /** @param {string[]} keys @param {string} [granted] */
  const states = (keys, granted = "") =>
    Object.fromEntries(
      keys.map((key) => [key, granted.split(" ").includes(key) ? "granted" : "denied"]),
    );

  const GOOGLE = [
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
  ];
  const CLARITY = ["ad_Storage", "analytics_Storage"];

  /** Google's tags know commands from data by their being `arguments`.
   *
   * @param {...unknown} _words
   */
  function command(..._words) {
    return arguments;
  }

  /** Pages may replace their data layer by a new one: it gets the same beginning. */
  function leadDataLayer() {
    const adverts = states(GOOGLE, google).ad_storage === "granted";
    const first = [
      command("consent", "default", states(GOOGLE, "security_storage")),
      command("set", "ads_data_redaction", !adverts),
      command("set", "url_passthrough", false),
      command("consent", "update", states(GOOGLE, google)),
    ];
    if (isUpdate) return void page.dataLayer.push(first[1], first[3]);
    /** @param {any} of */
    const led = (of) => {
      if (Array.isArray(of) && of[0] !== first[0]) of.unshift(...first);
      return of;
    };
    let layer = led(page.dataLayer ?? []);
    // What a script of the page made with `var` stays that very list.
    if (Object.getOwnPropertyDescriptor(page, "dataLayer")?.configurable === false) return;
    Object.defineProperty(page, "dataLayer", {
      configurable: true,
      enumerable: true,
      get: () => layer,
      set: (value) => void (layer = value === layer ? layer : led(value)),
    });
  }

  function tellMicrosoft() {
    if (uet) {
      page.uetq = page.uetq || [];
      page.uetq.push("consent", "default", states(["ad_storage"]));
      page.uetq.push("consent", "update", states(["ad_storage"], uet));
    }
    if (clarity) {
      page.clarity ||= function () {
        (page.clarity.q ||= []).push(arguments);
      };
      page.clarity("consentv2", states(CLARITY, clarity));
    }
  }

  // The pixel's loader gives up where there is a function of its name: it comes first.
  const tellMeta = () => meta && page.fbq?.("consent", "grant");

  /** @param {string} granted */
  function tellShopify(granted) {
    const parts = ["analytics", "marketing", "preferences", "sale_of_data"];
    const choice = Object.fromEntries(
      parts.map((part) => [part, granted.split(" ").includes(part)]),
    );
    const tell = () =>
      page.Shopify?.customerPrivacy?.setTrackingConsent?.(choice, () => {});
    if (page.Shopify?.customerPrivacy) tell();
    else
      page.Shopify?.loadFeatures?.(
        [{ name: "consent-tracking-api", version: "0.1" }],
        (/** @type {unknown} */ error) => error || tell(),
      );
  }

  /** A withdrawal: until the page is gone, nobody may go on. */
  function stop() {
    if (google !== undefined)
      page.dataLayer.push(command("consent", "update", states(GOOGLE, "security_storage")));
    if (uet) page.uetq.push("consent", "update", states(["ad_storage"]));
    if (clarity) page.clarity("consentv2", states(CLARITY));
    if (meta) page.fbq?.("consent", "revoke");
    if (shopify !== undefined) tellShopify("");
  }

  if (google !== undefined) leadDataLayer();
  tellMicrosoft();
  for (const name of ["DOMContentLoaded", "consentkit:put"])
    document.addEventListener(name, tellMeta);
  addEventListener("load", () => {
    tellMeta();
    if (shopify !== undefined) tellShopify(shopify);
  });
  document.addEventListener("consentkit:put", () => {
    if (shopify !== undefined) tellShopify(shopify);
  });
  /** @type {string[]} */
  let held = page.consentkit?.state?.granted ?? [];
  document.addEventListener("consentkit:ready", (event) => {
    held = /** @type {CustomEvent} */ (event).detail.granted;
  });
  document.addEventListener("consentkit:change", (event) => {
    const { granted } = /** @type {CustomEvent} */ (event).detail;
    if (held.some((key) => !granted.includes(key))) stop();
  });
})();
