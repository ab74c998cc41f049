/** Who uses this phone, and when somebody may be taken off it. Fetched only when wanted. */

import { aside } from "./aside.js";
import { all, ids, nameOf, people, person, remove, stands } from "./store.js";

/** @returns {Promise<{id: string, name: string, stands: "open" | "locked" | "out"}[]>} everybody with a store here, whoever uses the phone first */
export async function everybody() {
  const known = await Promise.all((await people()).map(async (id) => ({ id, name: await nameOf(id), stands: await stands(id) })));
  return known.sort((a, b) => Number(b.id === person()) - Number(a.id === person()) || (a.name < b.name ? -1 : 1));
}

/** Takes whoever uses the phone off it. @returns {Promise<boolean>} false, and nothing changed, while something of theirs is nowhere but here */
export async function takeOff() {
  const sent = (await all("outbox")).filter(({ state }) => state === "received" || state === "aside"); // the server has both whole
  const isAll = sent.length === (await ids("outbox")).length && !(await ids("drafts")).length && !(await aside()).length;
  if (isAll) await remove();
  return isAll;
}
