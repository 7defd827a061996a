export interface Tree { type: string, value?: string, properties?: { className?: string[] }, children?: Tree[] }
    export function knows(language: string): boolean
export function highlight(language: string, text: string): Tree[]
