/** Finding one's way in the table: which section is under the thumb, how far it is, and on to the next. */

import { t } from "../lib/words.js";
import { all, fill, one } from "./fill.js";

/** @param {import("./check_table.js").Visit} visit */
export function sections(visit) {
  const shown = all("[data-section]").filter((section) => !section.hidden);
  const dialog = /** @type {HTMLDialogElement} */ (one("#sections"));
  const here = () => shown.filter((section) => section.getBoundingClientRect().top < innerHeight / 3).at(-1) ?? shown[0];
  const button = one("[data-do=next]");
  const look = () => {
    const current = here();
    if (!current) return null;
    const isWhole = visit.items.every((item) => visit.stands(item));
    const following = isWhole ? null : shown[shown.indexOf(current) + 1];
    return () => {
      one("#tally-here").textContent = t(`本节 ${tally(visit, current)}`, `here ${tally(visit, current)}`);
      button.textContent = following ? t("下一节", "Next") : t("去签名", "Sign");
      button.classList.toggle("main", Boolean(isWhole || following)); // in the last section what is not answered comes before signing
      button.dataset.to = following ? following.id : "";
    };
  };

  button.addEventListener("click", () => {
    look()?.(); // by what is answered now, not as of the last frame
    const { to } = button.dataset;
    if (to) go(document.getElementById(to));
    else visit.writing.then(() => location.assign(`/visit/sign#draft=${visit.draft.id}`));
  });
  all("[data-do=sections]").forEach((button) => button.addEventListener("click", () => open(visit, dialog, shown)));
  one("[data-do=close]", dialog).addEventListener("click", () => dialog.close());
  keySize();
  addEventListener("scroll", visit.look, { passive: true });
  return { look };
}

function open(visit, dialog, shown) {
  const rows = shown.map((section) => {
    const row = fill("section-row", { title: one("h2", section).textContent.trim(), progress: tally(visit, section) });
    one("button", row).addEventListener("click", () => {
      dialog.close();
      go(section);
    });
    return row;
  });
  one("[data-slot=list]", dialog).replaceChildren(...rows);
  dialog.showModal();
}

function go(section) {
  section.scrollIntoView({ block: "start" });
  const first = all(".item", section).find((item) => !item.hidden && !item.dataset.a) ?? section;
  first.focus({ preventScroll: true });
}

function tally(visit, section) {
  const inside = visit.items.filter((item) => section.contains(item));
  return `${inside.filter((item) => visit.stands(item)).length}/${inside.length}`;
}

/** Wide keys are a habit of the hand: kept for this phone. */
function keySize() {
  const root = document.documentElement;
  const current = localStorage.getItem("dugai-keys") ?? "";
  const apply = (size) => (size ? (root.dataset.keys = size) : delete root.dataset.keys);
  apply(current);
  for (const radio of all("[name=keys]")) {
    radio.checked = radio.value === current;
    radio.addEventListener("change", () => {
      localStorage.setItem("dugai-keys", radio.value);
      apply(radio.value);
    });
  }
}
