// What votes do to a poll, the same as `overlay` in model.py.

/** @typedef {{ options: string[], votes?: Record<string, number>, closed?: boolean }} Poll */
/** @typedef {import("../../web/static/types").Entry} Entry */

/** @param {Poll} poll @param {Entry} entry @returns {Poll} */
export const voted = (poll, { author, data }) => ({ ...poll, votes: { ...poll.votes, [author]: data.option } })

/** @param {Poll} poll @returns {Poll} */
export const closed = poll => ({ ...poll, closed: true })
