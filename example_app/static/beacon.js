// Tells the shop itself, and nobody else, what was looked at.
const product = document.querySelector("[data-product]");
const visit = new URLSearchParams({
  visited: new Date().toISOString(),
  referrer: document.referrer && new URL(document.referrer).origin,
});
if (product) visit.set("product", product.dataset.product);
navigator.sendBeacon("/beacon", visit);
