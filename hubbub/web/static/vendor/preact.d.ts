export { render } from "preact"
export { useEffect, useLayoutEffect, useRef } from "preact/hooks"
export { signal, computed, effect, batch, useSignal, useComputed } from "@preact/signals"
export type { Signal } from "@preact/signals"
import { VNode } from "preact"
export function html(strings: TemplateStringsArray, ...values: any[]): VNode
