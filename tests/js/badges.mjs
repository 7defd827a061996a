// What a device makes of all it was told, in the page's own code: reads {me, told} a line, writes its badges a line.
// `told` is a list of [event, payload]; ["asks"] says that a standing was asked for, ["stands", window] that it came.
import { createInterface } from "node:readline"
import { count, createProjection } from "../../hubbub/chat/static/user-state-projection.js"

/** The running number of each channel, as its log on the page has it. */
function numbers() {
  const known = new Map()
  return {
    enter: ({ channel, head, n }) => { if (!known.has(channel)) known.set(channel, { seq: head[0], n }) },
    quit: name => known.delete(name),
    hear: ({ channel, seq, n }) => { if (seq > (known.get(channel)?.seq ?? Infinity)) known.set(channel, { seq, n }) },
    of: name => known.get(name)?.n ?? 0,
  }
}

function badgesOf({ me, told }) {
  const badges = createProjection(me), counted = numbers()
  for (const [event, payload] of told) {
    const before = badges.state.rooms
    if (event === "asks") badges.startRefresh()
    else if (event === "stands") badges.applySnapshot(payload)
    else {
      badges.applyEvent(event, payload)
      counted.hear(payload)
    }
    for (const name of before.keys()) if (!badges.state.rooms.has(name)) counted.quit(name)
    for (const room of badges.state.rooms.values()) counted.enter(room)
  }
  const { rooms, cursors, mentions, threads, uncounted } = badges.state
  const shown = [...rooms.values()].map(({ channel, name, topic, role, members }) => {
    const { seq, n } = cursors.get(channel) ?? { seq: 0, n: 0 }
    const called = (mentions.get(channel) ?? []).filter(one => one > seq).sort((a, b) => a - b)
    return [channel, { name, topic, role, members, unread: count(n, counted.of(channel), uncounted.get(channel)), called }]
  })
  const unread = ({ channel, root, replies, n }) => count(n, replies, uncounted.get(`${channel}/${root}`))
  const fresh = threads.map(thread => [thread.channel, thread.root, unread(thread)]).filter(([,, n]) => n)
  return { rooms: Object.fromEntries(shown), fresh: fresh.sort((a, b) => a[0].localeCompare(b[0]) || a[1] - b[1]) }
}

for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${JSON.stringify(badgesOf(JSON.parse(line)))}\n`)
