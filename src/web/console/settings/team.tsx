// The team: who has which role, who is invited, and what an admin does when a phone is lost.
import type { Context } from 'hono'
import { email as emailShape, role as roleShape, type Account } from '../../../access/account.ts'
import { findAccount, listAccounts, removeSecondFactor, setDisabled, setRole } from '../../../access/accounts.ts'
import { invite, openInvitations, withdrawInvitation, type Invitation } from '../../../access/account-links.ts'
import { needsSecondFactor, ROLES, type Role } from '../../../access/roles.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done, showDesk } from '../frame.tsx'
import { Badge, When } from '../parts/figures.tsx'
import { Act, Field, Form, Select } from '../parts/form.tsx'
import { Table } from '../parts/table.tsx'
import { redirectTo } from '../redirect.ts'
import { postChanged, postInvitation } from '../staff-letters.ts'
import { SettingsTabs } from './tabs.tsx'

/** What a role is for, in the words of the page that hands it out. */
const DUTIES: Readonly<Record<Role, string>> = {
  viewer: 'sees campaigns and figures, no addresses',
  author: 'writes campaigns, imports subscribers, launches what was approved',
  approver: 'approves what somebody else wrote, launches',
  compliance: 'suppresses, exports, erases, answers auditors; cannot send',
  admin: 'everything, and the team',
}

/** Adds the pages. */
export function teamPages(console: Console): void {
  console.get('/settings', 'settings.read', (c, desk) =>
    redirectTo(c, desk, desk.can('team.write') ? '/settings/team' : '/settings/domains'),
  )
  console.get('/settings/team', 'team.write', (c, desk) => showTeam(c, desk, {}, {}))
  console.post('/settings/team/invite', 'team.write', async (c, desk, form) => {
    const address = emailShape.safeParse(form['email'] ?? '')
    const role = roleShape.safeParse(form['role'] ?? '')
    if (!address.success) return showTeam(c, desk, form, { email: 'This is no address; write name@example.org.' })
    if (!role.success) return showTeam(c, desk, form, { role: 'Choose a role.' })
    let token: string
    try {
      token = await invite(desk.site.db, { email: address.data, role: role.data }, desk.actor, desk.site.clock.now())
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      return showTeam(c, desk, form, { email: `${error.message}.` })
    }
    const link = `${desk.site.baseUrl}/console/invitation/${token}`
    postInvitation(desk, address.data, link, role.data)
    return showInvited(c, desk, address.data, link)
  })
  console.post('/settings/team/invitations/:id/withdraw', 'team.write', async (c, desk) => {
    const isGone = await withdrawInvitation(desk.site.db, c.req.param('id') ?? '', desk.actor)
    if (!isGone)
      throw new RollcallError('no_invitation', 'there is no such invitation any more', {
        hint: 'it may have been taken up',
      })
    return done(c, desk, '/settings/team', 'The invitation is taken back; its link no longer works.')
  })
  memberActs(console)
}

function memberActs(console: Console): void {
  console.post('/settings/team/:id/role', 'team.write', async (c, desk, form) => {
    const { site } = desk
    const member = await memberOf(c, desk)
    const role = roleShape.safeParse(form['role'] ?? '')
    if (!role.success)
      throw new RollcallError('bad_role', `"${form['role'] ?? ''}" is no role`, { hint: `use ${ROLES.join(', ')}` })
    await setRole(site.db, member.id, role.data, desk.actor)
    postChanged(desk, member.email, `Your role was changed to ${role.data}`)
    return done(c, desk, '/settings/team', `${member.name} is ${role.data} now and signs in anew.`)
  })
  console.post('/settings/team/:id/shut', 'team.write', async (c, desk) => {
    const member = await memberOf(c, desk)
    await setDisabled(desk.site.db, member.id, desk.site.clock.now(), desk.actor)
    return done(c, desk, '/settings/team', `${member.name} can no longer sign in.`)
  })
  console.post('/settings/team/:id/open', 'team.write', async (c, desk) => {
    const member = await memberOf(c, desk)
    await setDisabled(desk.site.db, member.id, null, desk.actor)
    return done(c, desk, '/settings/team', `${member.name} can sign in again.`)
  })
  console.post('/settings/team/:id/second-factor/remove', 'team.write', async (c, desk) => {
    const member = await memberOf(c, desk)
    await removeSecondFactor(desk.site.db, member.id, desk.actor)
    postChanged(desk, member.email, 'The second factor was removed')
    return done(
      c,
      desk,
      '/settings/team',
      `${member.name} signs in with the password alone and then sets up a new second factor.`,
    )
  })
}

/** One's own account is changed under one's name, not here: nobody locks themselves out by a slip. */
async function memberOf(c: Context, desk: Desk): Promise<Account> {
  const member = await findAccount(desk.site.db, c.req.param('id') ?? '')
  if (member.id !== desk.account.id) return member
  throw new RollcallError('own_account', 'this is your own account', { hint: 'another admin can change it' })
}

async function showTeam(c: Context, desk: Desk, form: FormFields, errors: { email?: string; role?: string }) {
  const [members, invitations] = await Promise.all([listAccounts(desk.site.db), openInvitations(desk.site.db)])
  const hasErrors = Object.keys(errors).length > 0
  return showDesk(
    c,
    desk,
    { title: 'Team', section: 'settings' },
    <>
      <SettingsTabs desk={desk} here="/settings/team" />
      <Members c={c} desk={desk} members={members} />
      <div class="columns">
        <section class="sheet">
          <h2>Invite somebody</h2>
          <Form desk={desk} action="/settings/team/invite">
            <Field
              name="email"
              label="E-mail address"
              type="email"
              value={form['email']}
              error={errors.email}
              required
            />
            <Select
              name="role"
              label="Role"
              value={form['role'] ?? 'author'}
              error={errors.role}
              options={ROLES.map((role) => [role, `${role}: ${DUTIES[role]}`] as const)}
            />
            <button>Send the invitation</button>
          </Form>
        </section>
        <section class="sheet">
          <h2>Invited, not yet here</h2>
          <Invitations c={c} desk={desk} invitations={invitations} />
        </section>
      </div>
    </>,
    hasErrors ? 422 : 200,
  )
}

function Members({ c, desk, members }: { c: Context; desk: Desk; members: readonly Account[] }) {
  return (
    <Table
      c={c}
      caption="Everybody with an account"
      rows={members}
      empty={<p>Nobody yet.</p>}
      columns={[
        {
          heading: 'Name',
          cell: (member) => (
            <>
              <b>{member.name}</b> {member.id === desk.account.id ? <span class="soft">(you)</span> : null}
              <br />
              <span class="soft">{member.email}</span>
            </>
          ),
        },
        {
          heading: 'Role',
          cell: (member) => (member.id === desk.account.id ? member.role : <RoleForm desk={desk} member={member} />),
        },
        { heading: 'Second factor', cell: (member) => <SecondFactor desk={desk} member={member} /> },
        {
          heading: 'Account',
          cell: (member) =>
            member.id === desk.account.id ? (
              <Badge name="good" words="open" />
            ) : (
              <Act
                desk={desk}
                action={`/settings/team/${member.id}/${member.isDisabled ? 'open' : 'shut'}`}
                button={member.isDisabled ? `Open ${member.name}’s account` : `Shut ${member.name}’s account`}
                look={member.isDisabled ? 'quiet' : 'danger'}
              />
            ),
        },
      ]}
    />
  )
}

function RoleForm({ desk, member }: { desk: Desk; member: Account }) {
  return (
    <Form desk={desk} action={`/settings/team/${member.id}/role`} class="row">
      <select name="role" aria-label={`Role of ${member.name}`}>
        {ROLES.map((role) => (
          <option value={role} {...(role === member.role ? { selected: true } : {})}>
            {role}
          </option>
        ))}
      </select>
      <button class="quiet">Change</button>
    </Form>
  )
}

function SecondFactor({ desk, member }: { desk: Desk; member: Account }) {
  if (!member.hasSecondFactor)
    return needsSecondFactor(member.role) ? (
      <Badge name="warn" words="sets it up next time" />
    ) : (
      <span class="soft">not needed</span>
    )
  return (
    <div class="row">
      <Badge name="good" words="set up" />
      {member.id === desk.account.id ? null : (
        <Act
          desk={desk}
          action={`/settings/team/${member.id}/second-factor/remove`}
          button="Phone lost: remove"
          look="plain"
        />
      )}
    </div>
  )
}

function Invitations({ c, desk, invitations }: { c: Context; desk: Desk; invitations: readonly Invitation[] }) {
  return (
    <Table
      c={c}
      caption="Open invitations"
      rows={invitations}
      empty={<p>No open invitations.</p>}
      columns={[
        {
          heading: 'For',
          cell: ({ email, role, madeBy }) => (
            <>
              {email}
              <br />
              <span class="soft">
                {role}, by {madeBy}
              </span>
            </>
          ),
        },
        { heading: 'Good until', cell: ({ expiresAt }) => <When desk={desk} at={expiresAt} /> },
        {
          heading: '',
          cell: ({ id }) => (
            <Act desk={desk} action={`/settings/team/invitations/${id}/withdraw`} button="Take back" look="plain" />
          ),
        },
      ]}
    />
  )
}

function showInvited(c: Context, desk: Desk, email: string, link: string) {
  return showDesk(
    c,
    desk,
    { title: 'Invitation sent', section: 'settings', crumbs: [{ words: 'Team', path: '/settings/team' }] },
    <div class="sheet">
      <p>
        A mail is on its way to <b>{email}</b>. If it does not arrive, hand this link over yourself; it is not shown
        again.
      </p>
      <pre>{link}</pre>
      <p>
        <a class="button" href={`${desk.root}/settings/team`}>
          Back to the team
        </a>
      </p>
    </div>,
  )
}
