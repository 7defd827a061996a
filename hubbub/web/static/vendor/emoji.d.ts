/** One line a group; its emoji split by "|", each its picture, label, shortcodes and tags, split by ",". */
export const EMOJI: string[]
