// The pages of the settings, for the palette.
import { navigate } from "../../web/static/router.js"
import { t } from "../../web/static/strings.js"
import { mySettings } from "./settings.js"

/** @returns {import("../../web/static/find.js").Entry[]} */
export function findSettings() {
  return mySettings().map(({ name, icon, title }) => ({ id: `settings:${name}`, name: t(title), kind: t("people.settings.title"), icon, weight: -1, act: () => navigate(`/settings/${name}`) }))
}
