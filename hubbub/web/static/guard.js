// Calls into the slices: an error is reported, and stops nothing but the one call.

/** @param {string} what was running @param {unknown} error */
export function report(what, error) { console.error(`${what}:`, error) }

/**
 * Call every function, with the same arguments.
 * @template {any[]} T @param {string} what for the report @param {Iterable<(...args: T) => unknown>} calls @param {T} args
 */
export function callEach(what, calls, ...args) {
  for (const call of calls) try { call(...args) } catch (error) { report(what, error) }
}
