/** The same in German: the label and tags of each emoji. */
export const NAMES: string[]
