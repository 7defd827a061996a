export { h, render, Fragment, createContext } from "preact"
export { useEffect, useLayoutEffect, useRef, useMemo, useCallback, useContext, useId, useState } from "preact/hooks"
export { signal, computed, effect, batch, untracked, useSignal, useComputed, useSignalEffect } from "@preact/signals"
export type { Signal } from "@preact/signals"
import { VNode } from "preact"
export function html(strings: TemplateStringsArray, ...values: any[]): VNode
