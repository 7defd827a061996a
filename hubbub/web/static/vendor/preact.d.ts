export { h, options, render } from "preact"
export { useEffect, useLayoutEffect, useRef, useId } from "preact/hooks"
export { signal, computed, effect, batch, untracked, useSignal, useComputed } from "@preact/signals"
export type { Signal } from "@preact/signals"
import { VNode } from "preact"
export function html(strings: TemplateStringsArray, ...values: any[]): VNode
