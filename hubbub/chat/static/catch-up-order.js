// What is unread, in the order in which it matters: direct conversations, mentions, followed threads, the rest.
import { levels } from "../../notifications/static/inbox.js"
import { hasNews, mentionCount, rooms, threads, unreadReplies } from "./user-state.js"

/** @typedef {{ id: string, why: "direct" | "mention" | "thread" | "everything" | "rest", channel: string, root: number }} Conversation */

const WHY = ["direct", "mention", "thread", "everything", "rest"]

/** Why a room comes when it does. @param {import("../../web/static/types").Room} room @returns {Conversation["why"]} */
function reasonOf({ channel, kind }) {
  return kind === "direct" ? "direct" : mentionCount(channel) > 0 ? "mention" : levels.value[channel] === "everything" ? "everything" : "rest"
}

/** The unread conversations, the most important first. @returns {Conversation[]} */
export function unreadConversations() {
  const inRooms = [...rooms.value.values()].filter(({ channel }) => hasNews(channel)).map(room => ({ id: room.channel, why: reasonOf(room), channel: room.channel, root: 0 }))
  const inThreads = threads.value.filter(thread => unreadReplies(thread) > 0).map(({ channel, root }) => ({ id: `${channel}/${root}`, why: /** @type {const} */ ("thread"), channel, root }))
  return [...inRooms, ...inThreads].sort((a, b) => WHY.indexOf(a.why) - WHY.indexOf(b.why))
}
