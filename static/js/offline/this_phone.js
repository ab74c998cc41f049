/** Who uses this phone, and when somebody may be taken off it. Fetched only when wanted. */

import { aside } from "./aside.js";
import { nameOf, people, place, recall, remember } from "./registry.js";
import { all, beside, ids, person, remove, shut } from "./store.js";

/** @returns {Promise<{id: string, name: string, stands: "open" | "locked" | "out"}[]>} everybody with a store here, whoever uses the phone first */
export async function everybody() {
  const known = await Promise.all((await people()).map(async (id) => ({ id, name: await nameOf(id), stands: await stands(id) })));
  return known.sort((a, b) => Number(b.id === person()) - Number(a.id === person()) || (a.name < b.name ? -1 : 1));
}

/** @returns {Promise<"open" | "locked" | "out">} whether anybody may take the phone up as them, whoever knows their passphrase, or nobody before they sign in */
export async function stands(id) {
  const db = await beside(await place(id)).catch(() => null);
  if (!db) return "out"; // it cannot be opened, and that is said to its owner
  const lock = await db.get("facts", "key").finally(() => db.close());
  if (lock?.salt) return "locked";
  return (await recall(`out:${id}`)) ? "out" : "open";
}

/** Somebody else who has a store here uses the phone from now on: pages open anew. Throws where only signing in lets them. */
export async function choose(id) {
  if (!(await people()).includes(id) || (await stands(id)) === "out") throw new DOMException("they signed out", "NotAllowedError");
  shut();
  await remember("person", { id });
}

/** Takes whoever uses the phone off it. @returns {Promise<boolean>} false, and nothing changed, while something of theirs is nowhere but here */
export async function takeOff() {
  const sent = (await all("outbox")).filter(({ state }) => state === "received" || state === "aside"); // the server has both whole
  const isAll = sent.length === (await ids("outbox")).length && !(await ids("drafts")).length && !(await aside()).length;
  if (isAll) await remove();
  return isAll;
}
