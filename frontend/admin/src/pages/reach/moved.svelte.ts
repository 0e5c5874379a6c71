import { api, type MoveInvite } from '../../api'

/** The list of a move, for as long as the window is open: the links exist nowhere else. */
class MovedList {
  list = $state.raw<MoveInvite[]>()
  host = $state('')
  sent = $state<Record<string, boolean>>({})

  keep(host: string, list: MoveInvite[] | null) {
    this.host = host
    this.list = list ?? []
    this.sent = {}
  }

  /** Opens the mail program with the message; the owner sends it there. */
  async mail(invite: MoveInvite) {
    await api.mailInvite(invite.userId, invite.url)
    this.sent[invite.userId] = true
  }

  /** Lets go of the links. */
  forget() {
    this.list = undefined
    this.sent = {}
  }
}

export const moved = new MovedList()
