// Checks made when a field is left, so that a slip is seen early. The Go side decides.

export function wrongUserName(name: string): string {
  const typed = name.trim()
  if (!typed || /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(typed)) return ''
  const better = typed
    .replace(/\s+/g, '.')
    .replace(/[^\p{L}\p{N}._-]/gu, '')
    .replace(/^[._-]+/, '')
    .slice(0, 64)
  const what = /\s/.test(typed) ? 'Leave out the space.' : 'Use letters, digits, dots, dashes and underscores.'
  return better ? `${what} Try ${better.toLocaleLowerCase()}` : what
}

export function wrongEmail(email: string): string {
  return !email || /^\S+@\S+$/.test(email.trim()) ? '' : 'An address has one @ and no spaces, such as emil@example.com'
}

/** A user name made of the first word of a name. */
export const suggestUserName = (name: string) =>
  (name.trim().split(/\s+/)[0] ?? '').toLocaleLowerCase().replace(/[^\p{Ll}\p{Nd}._-]/gu, '')

/** A label of a DNS name: what the tailnet accepts as a machine's name. */
export function wrongHostName(name: string): string {
  return !name || /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name) ? '' : 'Use small letters, digits and hyphens, such as hearth'
}

/** A domain as it stands after @, or a whole e-mail address. */
export function wrongMailDomain(typed: string): string {
  const name = typed.trim().split('@').at(-1) ?? ''
  return !typed.trim() || /^(xn--)?[\p{L}\p{N}]([\p{L}\p{N}.-]*[\p{L}\p{N}])?\.[\p{L}\p{N}-]{2,}$/u.test(name) ? '' : 'Write the part after @, such as example.com'
}

/** A full name of the owner's own, with a port or without. */
export function wrongDomain(name: string): string {
  const typed = name.trim()
  return !typed || /^(https:\/\/)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]+(:\d+)?\/?$/i.test(typed) ? '' : 'Write a full name such as id.example.com'
}

/** Tags as they are typed: with spaces or commas between. */
export const tagsOf = (text: string) => text.split(/[\s,]+/).filter((tag) => tag !== '')

export function wrongTags(text: string): string {
  const wrong = tagsOf(text).find((tag) => !/^tag:[a-zA-Z][a-zA-Z0-9-]*$/.test(tag))
  return wrong === undefined ? '' : `${wrong} is no tag. Write it as in the tailnet's policy, such as tag:id`
}

/** A machine's name made of the home's, such as lindqvist-home. */
export const suggestHostName = (home: string) =>
  home
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '') || 'hearth'

export const linesOf = (text: string) => text.split(/\s+/).filter((line) => line !== '')
