let write = (text: string): Promise<unknown> => navigator.clipboard.writeText(text)

/** Lets the window put its own clipboard in place: a native webview may not give its page one. */
export function useClipboard(other: (text: string) => Promise<unknown>) {
  write = other
}

export const copy = (text: string) => write(text)
