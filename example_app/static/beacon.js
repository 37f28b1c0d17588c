// Tells the shop itself, and nobody else, what was looked at.
const product = document.querySelector("[data-product]");
const visit = new URLSearchParams({
  visited: new Date().toISOString(),
  path: location.pathname,
  referrer: document.referrer.split(/[?#]/)[0],
});
if (product) visit.set("product", product.dataset.product);
navigator.sendBeacon("/beacon", visit);
