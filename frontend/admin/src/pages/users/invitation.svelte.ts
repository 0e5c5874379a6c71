import { api, type InviteLink } from '../../api'
import { Form } from '../../form.svelte'

/** One invite as this window knows it: its link exists only here, and making another one ends it. */
export class Invitation {
  readonly form = new Form()
  link = $state.raw<InviteLink>()

  async make(userId: string): Promise<InviteLink | undefined> {
    const made = await this.form.send(() => api.invite(userId))
    if (made) this.link = made.result
    return made?.result
  }

  /** Opens the link in the system browser, making it first where there is none that still works. */
  async open(userId: string) {
    const fresh = this.link && this.link.invite.expiresAt > Date.now()
    const link = fresh ? this.link : await this.make(userId)
    if (link) await this.form.send(() => api.openInBrowser(link.url))
  }
}
