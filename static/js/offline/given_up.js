/** Drafts that were given up: kept for a while with their photos, counted nowhere, and taken back whole. Fetched only when wanted. */

import { orphans, photosOf } from "./drafts.js";
import { told } from "./news.js";
import { begunOn, lock } from "./steps.js";
import { all, alone, change, get } from "./store.js";

const KEPT = 30 * 24 * 3600e3; // as long as a receipt
const CREDIBLE = 400 * 24 * 3600e3; // older, or yet to come, was said by a clock that stood wrong

/** @returns {Promise<object[]>} the drafts that were given up, the latest first, each with `until`: when it is forgotten */
export async function givenUp() {
  const found = (await all("drafts")).filter(({ given_up }) => given_up).sort((a, b) => (a.given_up < b.given_up ? 1 : -1));
  return found.map((draft) => ({ ...draft, until: new Date(Date.parse(draft.given_up) + KEPT).toISOString() }));
}

/** Gives up a visit or a step that is under way. Nothing of it is deleted. */
export const giveUp = (id) => inTurn(id, async (draft) => {
  if (draft.given_up) return;
  await change({ put: [["drafts", id, { ...draft, given_up: new Date().toISOString() }]] });
  told({ state: "gone", draft: id });
});

/** Takes it back as it was. @returns {Promise<object | null>} the draft; null where it is gone, or another about the same was begun */
export const takeBack = (id) => inTurn(id, async ({ given_up, ...draft }) => {
  if (!given_up || (draft.about && (await begunOn(draft.kind, draft.about.id)))) return null;
  await change({ put: [["drafts", id, draft]] });
  told({ state: "draft", draft: id });
  return draft;
});

/** Deletes it, with the photos that nothing else on the phone shows: for whoever was asked. */
export const forgetNow = (id) => inTurn(id, async (draft) => {
  if (!draft.given_up) return;
  const photos = await orphans(photosOf(draft), id);
  await change({ drop: [["drafts", id], ...photos.map((photo) => ["photos", photo])] });
  told({ state: "gone", draft: id });
});

/** Forgets those whose time is over. */
export async function forgetOld(now = Date.now()) {
  for (const { id, given_up } of await givenUp()) {
    const age = now - Date.parse(given_up);
    if (!(age >= 0 && age < CREDIBLE)) await inTurn(id, (draft) => change({ put: [["drafts", id, { ...draft, given_up: new Date(now).toISOString() }]] }));
    else if (age > KEPT) await forgetNow(id);
  }
}

/** One change at a time, under the name that its own kind is changed under. */
async function inTurn(id, act) {
  const known = await get("drafts", id);
  if (!known) return null;
  return alone(known.about ? lock(known.kind, known.about.id) : id, async () => {
    const draft = await get("drafts", id);
    return draft ? act(draft) : null;
  });
}
