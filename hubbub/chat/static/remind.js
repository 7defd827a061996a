// Remind me of a message: it comes into my inbox at a time, and can be seen and changed there until then.
import { change } from "../../web/static/changes.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { setFilter } from "../../notifications/static/inbox-groups.js"
import { whenOf } from "../../notifications/static/snooze-times.js"

/** @param {string} channel @param {number} seq @param {number} until UTC seconds */
export async function remind(channel, seq, until) {
  const answer = change("remind", { channel, seq, until, id: makeKey() }, { name: `remind ${channel}/${seq}` })
  toast(t("chat.remind.said", { when: whenOf(until) }), { verb: t("chat.remind.show"), act: () => { setFilter("snoozed"); navigate("/inbox") } })
  const { error } = await answer
  if (error) toast(error, { danger: true })
}
