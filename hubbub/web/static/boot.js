// What the server put into the page.

/** The boot data: who is signed in, the newest messages. @type {import("./types").Boot} */
export const boot = JSON.parse(document.getElementById("boot")?.textContent || "{}")

/** The base address of this version's static files. */
export const assets = document.body.dataset.assets ?? ""

/** The protocol that this page speaks. */
export const protocol = Number(document.body.dataset.protocol)
