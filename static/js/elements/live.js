/** Parts of a page that ask again by themselves rest while nobody looks at it. */

export function rest() {
  document.addEventListener("htmx:config:request", (event) => {
    const asks = /** @type {Element} */ (event.target).closest?.("[data-live]");
    if (asks && document.visibilityState === "hidden") event.preventDefault();
  });
}
