// Turns the messages that an older page left in the outbox into those that the server understands today.

/** @typedef {import("./types").Job} Job */

/** The step from each protocol to the next one. @type {Record<number, (job: Job) => Job>} */
const STEPS = {
  1({ payload: { also, ...payload }, ...job }) { return { ...job, payload: also === undefined ? payload : { ...payload, also_to_room: also } } },
}

/** @param {Job} job @param {number} protocol of this page @param {typeof STEPS} [steps] @returns {Job} */
export function upgrade(job, protocol, steps = STEPS) {
  let upgraded = job
  for (let at = job.protocol ?? 1; at < protocol; at++) upgraded = steps[at]?.(upgraded) ?? upgraded
  return { ...upgraded, protocol }
}
