/** What only the desk's pages need; phones keep none of it. */

import { rest } from "./elements/live.js";

rest();
if (document.querySelector("[data-do=here]")) import("./elements/here.js").then(({ begin }) => begin());
const card = document.querySelector("[data-push]");
if (card) import("./elements/push.js").then(({ begin }) => begin(card));
const pick = document.querySelector("[data-pick]");
if (pick) import("./elements/picking.js").then(({ begin }) => begin(pick));
