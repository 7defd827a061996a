// The titles of documents known to this page.
import { boot } from "../../web/static/boot.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {{ id: number, room: string, title: string, created_by: number, since: number, changed: number, changed_by: number, archived: boolean,
 *   may_write: boolean, may_manage: boolean }} Document */

/** @type {import("../../web/static/vendor/preact.js").Signal<ReadonlyMap<number, string>>} */
export const titles = signal(new Map(boot.documentTitles ?? []))

/** @param {Array<{ id: number, title: string }>} documents */
export function updateTitles(documents) {
  titles.value = new Map([...titles.peek(), ...documents.map(({ id, title }) => /** @type {[number, string]} */ ([id, title]))])
}
