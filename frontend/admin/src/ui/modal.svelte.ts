let layers = 0

/** Makes the page behind inert while open() is true; bits-ui traps the focus, and this keeps screen readers in the layer too. What had the focus before gets it back: an inert page cannot take it any earlier. */
export function modal(open: () => boolean) {
  let from: Element | null = null
  $effect.pre(() => {
    if (open()) from = document.activeElement
  })
  $effect(() => {
    if (!open()) return
    const page = document.getElementById('app')
    layers++
    if (page) page.inert = true
    return () => {
      layers--
      if (page && layers === 0) page.inert = false
      setTimeout(() => {
        if (from instanceof HTMLElement && (document.activeElement === document.body || document.activeElement === null)) from.focus()
      })
    }
  })
}

/** True while a dialog, a menu or a list of choices lies over the page, and Esc is theirs. */
export const covered = () => document.querySelector('[role=dialog], [role=alertdialog], [role=menu], [role=listbox]') !== null
