/** Stores that were put aside because nobody knew their passphrase: once it comes back to mind, they join the one in use. Fetched only when wanted. */

import { photosOf } from "./drafts.js";
import { keyFrom, unsealed } from "./keys.js";
import { told } from "./news.js";
import { unwrapped } from "./passphrase.js";
import { begunOn } from "./steps.js";
import { recall, remember } from "./registry.js";
import { alone, beside, change, erase, get, person } from "./store.js";

const name = () => `aside:${person()}`;

/** @returns {Promise<{at: string, since: string}[]>} this person's, in the order in which they were put aside */
export const aside = async () => (await recall(name())) ?? [];

/**
 * Opens one by its passphrase and takes over what it holds, each record once, however often this is begun. One of which something cannot be
 * read stays as it is, with that. @returns {Promise<{opened: boolean, wait: number, entries?: number, drafts?: number, unread?: number}>} how many came over now
 */
export const join = (at, passphrase, now = Date.now()) =>
  alone("aside", async () => {
    const old = await beside(at);
    const came = await opened(old, at, passphrase, now).finally(() => old.close());
    if (came.opened && !came.unread) await settle(at);
    return came;
  });

async function opened(old, at, passphrase, now) {
  const { raw, wait } = await unwrapped(await old.get("facts", "key"), passphrase, now);
  return raw ? { opened: true, wait, ...(await takenOver(old, at, await keyFrom(raw))) } : { opened: false, wait };
}

async function takenOver(old, at, key) {
  const came = { outbox: 0, drafts: 0, unread: 0 };
  const read = async (store, id) => {
    const record = await old.get(store, id);
    const plain = record && (await unsealed(record, key).catch(() => null));
    if (record && !plain) came.unread += 1;
    return plain ?? null;
  };
  for (const store of ["outbox", "drafts"]) {
    for (const id of await old.getAllKeys(store)) {
      const done = (await get("kept", joined(at)))?.ids ?? [];
      const record = await read(store, id);
      const photos = [];
      for (const photo of record ? photosOf(record) : []) {
        const kept = (await get("photos", photo)) ? null : await read("photos", photo);
        if (kept) photos.push(["photos", photo, kept]);
      }
      if (!record || done.includes(id)) continue;
      await change({ put: [[store, id, store === "drafts" ? await fitting(record) : record], ...photos, ["kept", joined(at), { ids: [...done, id] }]] });
      came[store] += 1;
    }
  }
  told({ state: "sealed" }); // what waits goes up
  return { entries: came.outbox, drafts: came.drafts, unread: came.unread };
}

/** A problem has one step of a kind under way: where another was begun meanwhile, this one comes over as given up, from where it can be taken back. */
async function fitting(draft) {
  const isBesides = draft.about && !draft.given_up && (await begunOn(draft.kind, draft.about.id));
  return isBesides ? { ...draft, given_up: new Date().toISOString() } : draft;
}

/** Nothing is in it that is not here. */
async function settle(at) {
  await remember(name(), (await aside()).filter((one) => one.at !== at));
  await erase(at);
  await change({ drop: [["kept", joined(at)]] });
}

const joined = (at) => `joined:${at}`;
