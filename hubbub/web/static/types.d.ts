export type Cursor = [seq: number, key: string]
export interface Person { id: number; name: string; role: string }
export interface Entry { channel: string; seq: number; n: number; kind: string; author: number; at: number; key: string; data: any }
export interface Item { seq: number; n: number; author: number; at: number; key: string; text: string }
export interface Window { channel: string; items: Item[]; people?: Record<string, Person>; as_of: Cursor }
export interface Boot {
  me?: Person | null
  guests?: boolean
  modules?: string[]
  people?: Record<string, Person>
  windows?: Record<string, Window>
  peopleAsOf?: Cursor
  cursors?: Record<string, number>
}
export type Answer = { ok: any; error?: undefined; code?: undefined } | { ok?: undefined; error: string; code: string }
export interface Job {
  event: string
  payload: { channel: string; key: string; text: string }
  at: number
  state: "queued" | "sending" | "sent" | "failed"
  seq?: number
  words?: string
}
export type Component = (props: any) => any
export interface View { channel: string; title: string; about: string; component: Component }
