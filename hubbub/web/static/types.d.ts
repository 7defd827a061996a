export type Cursor = [seq: number, key: string]
export interface Person { id: number; name: string; role: string; handle?: string; status?: string; avatar?: string; banned?: boolean }
export interface Room {
  channel: string; kind: string; name: string; topic: string; archived: boolean; members: number; role: string
  people: number[]; n: number; head: Cursor; at: number
}
export interface Entry { channel: string; seq: number; n: number; kind: string; author: number; at: number; key: string; data: any }
export interface File { id: string; name: string; size: number; type: string; width?: number; height?: number; preview?: boolean; animated?: boolean }
export interface Item {
  kind: string; seq: number; n: number; author: number; at: number; key: string; text: string; data?: any
  mentions?: Record<string, number>; files?: File[]; quotes?: Record<string, { value: number, at: number }>; quote?: number; thread?: number; edited?: number; deleted?: boolean; alias?: { name?: string; icon?: string }
  reactions?: Record<string, number[]>; pinned?: number; replies?: { n: number; newest: number; at: number; people: number[] }
}
export interface Window {
  channel: string; items: Item[]; people?: Record<string, Person>; complete?: boolean; latest?: boolean; as_of: Cursor
}
export interface Boot {
  me?: Person | null
  guests?: boolean
  setup?: boolean
  owned?: boolean
  workspace?: { name: string, icon: string }
  modules?: string[]
  languages?: string[]
  preferences?: Record<string, [value: string, version: number]>
  now?: number
  /** When the server was last reached, if this is the page without data, filled in with what the browser keeps. */
  kept?: number
  problem?: { status: number; error: string; code: string; id?: string; params?: Record<string, string | number> }
  people?: Record<string, Person>
  windows?: Record<string, Window>
  peopleAsOf?: Cursor
  cursors?: Record<string, number>
  kinds: { inbox: Record<string, [text: string, icon: string]>, addresses: Record<string, string> }
  documentTitles?: Array<[number, string]>
  quotes?: Record<string, { value: number, at: number, open: number, high: number, low: number }>
  inbox?: { unread: number, as_of: Cursor, levels: Record<string, string> }
}
export type Answer = { ok: any; error?: undefined; code?: undefined; id?: undefined; params?: undefined; retry_after?: undefined } | { ok?: undefined; error: string; code: string; id?: string; params?: Record<string, string | number>; retry_after?: number }
export interface Job {
  event: string
  payload: { channel: string; key: string; [field: string]: any }
  at: number
  state: "uploading" | "waiting" | "queued" | "sending" | "sent" | "failed"
  uploads?: Array<{ name: string, size: number, type: string, blob: Blob, id: string }>
  until?: number
  seq?: number
  words?: string
  shown?: any
  change?: string
  page?: string
  protocol?: number
}
export type Component = (props: any) => any

/** What a menu offers; with `stays`, it stays open. */
export interface Choice {
  icon?: string
  label: string
  act: () => void
  danger?: boolean
  checked?: boolean
  stays?: boolean
}

export type Choices = Array<Choice | null | false | undefined>
