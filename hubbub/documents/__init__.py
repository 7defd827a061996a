"""Documents: text that several people edit at the same time; each is a channel of Yjs updates."""

from hubbub.documents import events, mentions, model, routes, search, watches
from hubbub.slices import ChannelKind, InboxKind, Slice

slice = Slice(
    name="documents",
    package=__name__,
    requires=("people", "notifications", "chat"),
    blueprints=(routes.blueprint,),
    handlers=(events,),
    consumers=(mentions.consumer, search.consumer, watches.consumer),
    page="main.js",
    stylesheets=("documents.css",),
    offline=("sidebar-document.js", "documents-view.js", "document-view.js", "document-actions.js", "editor.js"),
    shortcuts={"/documents": "documents.title"},
    addresses=("/documents", "/document/<int:document>", "/document/<int:document>/<int:version>"),
    channels={"doc": ChannelKind("/document/{name}", has_levels=True, titles=model.titles)},
    entries={
        "update": ("doc:…", '`{"update", "restored"?}`: a Yjs update (v1) of the text `text`, in base64'),
        "renamed archived": ("doc:…", '`{"title"}`, `{"on"}`'),
        "document": ("room:…", '`{"document", "title", "archived"}`: a document of the room, new or changed'),
    },
    signals={
        "selection": ("doc:…", '`{"person", "client", "anchor", "head"}`: an editor\'s, or `"removed"`'),
    },
    inbox_kinds={
        "document": InboxKind("documents.inbox.document", "file-text"),
        "watch": InboxKind("documents.inbox.watch", "file-text"),
    },
)
