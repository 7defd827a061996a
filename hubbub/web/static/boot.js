// What the server put into the page: who is asking, the newest messages, which slices there are.

/** @type {import("./types").Boot} */
export const boot = JSON.parse(document.getElementById("boot")?.textContent || "{}")

/** Where the static tree of this version stands. */
export const assets = document.body.dataset.assets ?? ""
