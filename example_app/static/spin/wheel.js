// Turns the wheel to the field that the shop has drawn. Without this script
// the form does the same with a page load.
const wheel = document.getElementById("wheel");
const form = document.getElementById("spin");
const prize = document.getElementById("prize");
const angle = (field) => 360 * 5 - field * 60;

if (wheel.dataset.field) wheel.style.rotate = `${angle(wheel.dataset.field)}deg`;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  form.querySelector("button").disabled = true;
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) return location.reload();
  const won = await answer.json();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  wheel.style.transition = calm ? "none" : "rotate 4s cubic-bezier(.15, .8, .2, 1)";
  wheel.style.rotate = `${angle(won.field)}deg`;
  setTimeout(() => {
    prize.replaceChildren();
    prize.append(`You have won ${won.percent} percent. Your code: `);
    prize.append(Object.assign(document.createElement("b"), { textContent: won.code }));
  }, calm ? 0 : 4000);
});
