let layers = 0

/** Makes the page behind inert while open() is true; bits-ui traps the focus, and this keeps screen readers in the layer too. */
export function modal(open: () => boolean) {
  $effect(() => {
    if (!open()) return
    const page = document.getElementById('app')
    layers++
    if (page) page.inert = true
    return () => {
      layers--
      if (page && layers === 0) page.inert = false
    }
  })
}

/** True while a dialog, a menu or a list of choices lies over the page, and Esc is theirs. */
export const covered = () => document.querySelector('[role=dialog], [role=alertdialog], [role=menu], [role=listbox]') !== null
