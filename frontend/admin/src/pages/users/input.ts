import type { UserDetail, UserInput } from '../../api'

/** A person as the form of their profile holds them. */
export const inputOf = ({ user, groups }: UserDetail): UserInput => ({
  userName: user.userName,
  name: user.name,
  givenName: user.givenName,
  familyName: user.familyName,
  email: user.email,
  claims: user.claims,
  groupIds: groups.map((g) => g.id),
  networkRule: user.networkRule,
})
