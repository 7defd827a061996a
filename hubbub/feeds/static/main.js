// The feeds slice of the page: the list of symbols, one symbol, chips in messages; all loaded on first use.
import { withRest } from "../../web/static/later.js"
import { lazy } from "../../web/static/lazy.js"
import { navigate } from "../../web/static/router.js"
import { addToPalette, html, inline, route, rowKinds } from "../../web/static/shell.js"
import { addPaletteSource } from "../../web/static/find.js"
import { tab } from "../../web/static/tabs.js"
import { signal, useEffect } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { registerTrigger, suggestLater } from "../../chat/static/autocomplete.js"
import { me } from "../../people/static/me.js"

const chip = signal(/** @type {any} */ (null))

/** A symbol in a message; its name until the chip is loaded. @param {{ name: string }} props */
function Symbol(props) {
  useEffect(() => { if (!chip.value) withRest(import("./symbol-chip.js")).then(({ Chip }) => { chip.value = Chip }) }, [])
  return chip.value ? html`<${chip.value} ...${props} />` : `$${props.name}`
}

inline("symbol", Symbol)
registerTrigger("$", suggestLater(() => import("./find-symbols.js").then(({ suggestSymbols }) => suggestSymbols)))
addPaletteSource(() => import("./find-symbols.js").then(({ findSymbols }) => findSymbols))
tab({ href: "/feeds", icon: "chart-line", title: "feeds.title", within: /^\/feeds?(\/|$)/, when: () => Boolean(me.value), rank: 3, inSidebar: 1.5 })
rowKinds.set("feed", { row: lazy(() => import("./sidebar-symbol.js").then(({ SidebarSymbol }) => SidebarSymbol)), title: "feeds.title", rank: 2 })
addToPalette("feeds.title", "chart-line", () => navigate("/feeds"))
route("/feeds", lazy(() => import("./feeds-view.js").then(({ FeedsView }) => FeedsView)), { heading: () => ({ title: t("feeds.title"), icon: "chart-line" }) })
route("/feed/:symbol", lazy(() => import("./symbol-view.js").then(({ SymbolView }) => SymbolView)), {
  heading: ({ symbol }) => ({ title: symbol, icon: "chart-line" }),
  actions: lazy(() => import("../../people/static/keep-button.js").then(({ KeepButton }) => (/** @type {any} */ { symbol }) => html`<${KeepButton} channel=${`feed:${symbol}`} />`)),
})
