/** The part of the address that never leaves the phone: which draft, which facility. */

/** @param {string} name @returns {string | null} */
export const hash = (name) => new URLSearchParams(location.hash.slice(1)).get(name);
