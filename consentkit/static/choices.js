// @ts-check
// What the choices gain where scripts run; without this all of it works as a form.

/**
 * Make one switch of a group follow and lead those of its services, and say how many
 * of them are on.
 * @param {ParentNode} root
 */
export function lead(root) {
  for (const all of root.querySelectorAll("[data-ck-all]")) {
    const group = all.closest("[role=group]");
    if (!group) continue;
    /** @type {NodeListOf<HTMLInputElement>} */
    const boxes = group.querySelectorAll("[type=checkbox]");
    const [first, ...others] = boxes;
    const count = group.querySelector("[data-ck-count]");
    const words = count?.getAttribute("data-ck-count") ?? "";
    const follow = () => {
      const on = others.filter((box) => box.checked).length;
      first.checked = on === others.length;
      first.indeterminate = on > 0 && !first.checked;
      if (count) count.textContent = words.replace("{on}", String(on));
    };
    first.onchange = () => {
      for (const box of others) box.checked = first.checked;
      follow();
    };
    for (const box of others) box.onchange = follow;
    follow();
    all.removeAttribute("hidden");
  }
}

lead(document);
