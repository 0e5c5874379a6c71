/** Where the window is, kept in the address after #, so that Back and reload work: #/users/usr_x?filter=y */
type Place = { page: string; id: string; query: URLSearchParams }

function read(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  const [page = '', id = ''] = path.split('/')
  return { page, id, query: new URLSearchParams(query) }
}

class Route {
  at = $state.raw(read())
  /** Back was asked for and has not come: asked for once more, it would go on to the page before. */
  #leaving = false

  constructor() {
    const came = () => {
      this.#leaving = false
      this.at = read()
    }
    addEventListener('hashchange', came)
    addEventListener('popstate', came)
  }

  go(path: string) {
    if (location.hash !== `#/${path}`) history.pushState(null, '', `#/${path}`)
    this.at = read()
  }

  /** Opens the panel of one thing. From panel to panel replaces the entry, so that one Back always closes. */
  open(page: string, id: string) {
    const inPanel = this.at.page === page && this.at.id !== ''
    const state = inPanel ? (history.state as unknown) : { fromList: true }
    history[inPanel ? 'replaceState' : 'pushState'](state, '', `#/${page}/${id}`)
    this.at = read()
  }

  /** Closes the panel of page: back to the list it was opened from, or to the list, or what of it is given, in its place. */
  close(page: string, id = '') {
    const state: unknown = history.state
    if (this.#leaving) return
    if (state && typeof state === 'object' && 'fromList' in state) {
      this.#leaving = true
      history.back()
    } else {
      history.replaceState(null, '', `#/${page}${id && `/${id}`}`)
      this.at = read()
    }
  }
}

export const route = new Route()
