// The documents slice of the page: the list, one document, its versions; all loaded on first use.
import { registerReducer } from "../../web/static/channels.js"
import { lazy } from "../../web/static/lazy.js"
import { onConnect } from "../../web/static/connection.js"
import { navigate } from "../../web/static/router.js"
import { addToPalette, panel, route, rowKinds, whenConnected } from "../../web/static/shell.js"
import { addPaletteSource, addSearchTab } from "../../web/static/find.js"
import { tab } from "../../web/static/tabs.js"
import { t } from "../../web/static/strings.js"
import { registerTrigger, suggestLater } from "../../chat/static/autocomplete.js"
import { me } from "../../people/static/me.js"
import { unsavedNames } from "../../web/static/storage.js"
import { titles } from "./titles.js"

const view = () => import("./document-view.js")
const heading = (/** @type {Record<string, string>} */ { id }) => ({ title: titles.value.get(Number(id)) ?? t("documents.one"), icon: "file-text" })

registerReducer("update", () => {})
onConnect(() => { if (unsavedNames().length) setTimeout(() => import("./send-unsaved.js").then(({ sendUnsaved: sendLeft }) => sendLeft()), 2000) }) // an open page sends its own first
registerTrigger("[[", suggestLater(() => import("./find-documents.js").then(({ suggestDocuments }) => suggestDocuments)), 0, /\[\[([^[\]\n]{0,40})$/)
addPaletteSource(() => import("./find-documents.js").then(({ findDocuments }) => findDocuments))
addSearchTab({ name: "documents", icon: "file-text", title: "documents.title", rank: 1, component: lazy(() => import("./document-results.js").then(({ DocumentResults }) => DocumentResults)) })
whenConnected.push(() => import("./kept.js"))
tab({ href: "/documents", icon: "file-text", title: "documents.title", within: /^\/documents?(\/|$)/, when: () => Boolean(me.value), rank: 2, inSidebar: 1 })
rowKinds.set("doc", { row: lazy(() => import("./sidebar-document.js").then(({ SidebarDocument }) => SidebarDocument)), title: "documents.title", rank: 1 })
addToPalette("documents.title", "file-text", () => navigate("/documents"))
route("/documents", lazy(() => import("./documents-view.js").then(({ DocumentsView }) => DocumentsView)), { heading: () => ({ title: t("documents.title"), icon: "file-text" }) })
route("/document/:id/:seq", lazy(() => import("./version-view.js").then(({ VersionView }) => VersionView)), { heading })
route("/document/:id", lazy(() => view().then(({ DocumentView }) => DocumentView)), { heading, actions: lazy(() => import("./document-actions.js").then(({ DocumentActions }) => DocumentActions)) })
panel("versions", lazy(() => import("./versions-panel.js").then(({ Versions }) => Versions)), () => t("documents.versions.title"))
