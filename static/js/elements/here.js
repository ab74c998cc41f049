/** On the form of a facility: its position is where the phone is now, for whoever stands at its door. */

import { t } from "../lib/words.js";
import { one, show } from "./fill.js";
import { VAGUE, noPosition, whereAmI } from "./where.js";

const PATIENCE = { enableHighAccuracy: true, timeout: 20_000 };

export function begin() {
  const button = one("[data-do=here]");
  show(one("#here"), true);
  button.addEventListener("click", async () => {
    say(t("正在取位置…", "Finding where you are…"));
    try {
      const { lat, lon, accuracy } = await whereAmI(PATIENCE);
      /** @type {HTMLInputElement} */ (one("#position")).value = `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
      /** @type {HTMLSelectElement} */ (one("#system")).value = "WGS-84";
      const again = accuracy > VAGUE ? t("误差偏大，到室外再取一次更好。", " That is vague: better take it again outside.") : "";
      say(t(`已填上，误差约 ${accuracy} 米。保存后生效。`, `Filled in, to about ${accuracy} m. It counts once saved.`) + again);
    } catch (error) {
      say(noPosition(error));
    }
  });
}

function say(words) {
  const line = one("#here-said");
  line.textContent = words;
  show(line, true);
}
