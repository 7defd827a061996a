// What the slices add to the palette (Ctrl+K) and to the search; their modules are loaded on first use.

/** @typedef {import("./types").Component} Component */
/**
 * Something that the palette finds. It is ranked by its names (by default only `name`), what was used last first; a query
 * that begins with `sign` finds only entries with this sign. One with `isMatch` was found by other text than its names. `note` is shown next to the name, `kind` at the end.
 * @typedef {{ id: string, name: string, kind: string, act: () => void, names?: string[], isMatch?: boolean, note?: string, icon?: string, person?: number, sign?: string, weight?: number }} Entry
 */
/** @typedef {(word: string) => Entry[] | Promise<Entry[]>} Find what may match a word; everything that is worth showing, if it is empty */
/** @typedef {{ query: string, words: string, room: string, busy: import("./vendor/preact.js").Signal<boolean> }} TabProps the query, its words without filters, and the channel of the room in it, or ""; `busy` while a request runs */
/** @typedef {{ name: string, icon: string, title: string, rank: number, component: Component }} SearchTab `title` is the id of a string */
/** @typedef {{ value: string, label: string, note?: string, person?: number, icon?: string }} Value of a filter */

/** @type {Array<() => Promise<Find>>} */
export const paletteSources = []

/** Let the palette find something. @param {() => Promise<Find>} load */
export function addPaletteSource(load) { paletteSources.push(load) }

/** @type {SearchTab[]} */
export const searchTabs = []

/** Add a tab to the search. Its component gets the query. @param {SearchTab} tab */
export function addSearchTab(tab) {
  searchTabs.push(tab)
  searchTabs.sort((a, b) => a.rank - b.rank)
}

/** By name: the string that describes the filter, and its values. @type {Map<string, { about: string, load: () => Promise<(word: string) => Value[] | Promise<Value[]>> }>} */
export const searchFilters = new Map()

/**
 * Suggest a filter `name:` of the search, and its values for what was typed after the colon.
 * @param {string} name @param {string} about the string that describes it @param {() => Promise<(word: string) => Value[] | Promise<Value[]>>} load
 */
export function addSearchFilter(name, about, load) { searchFilters.set(name, { about, load }) }

/** Values of filters with a fixed list: has:, is:. By filter, each with the string that describes it. @type {Map<string, Map<string, string>>} */
export const filterValues = new Map()

/** Suggest a value of a filter, such as `has:poll`. @param {string} filter @param {string} value @param {string} about the string that describes it */
export function addFilterValue(filter, value, about) {
  filterValues.set(filter, (filterValues.get(filter) ?? new Map()).set(value, about))
}
