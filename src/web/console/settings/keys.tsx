// API keys: which programs may call, made here, shown once, and ended when nobody needs them.
import type { Context } from 'hono'
import { listKeys, makeKey, revokeKey, type ListedKey } from '../../../access/api-keys.ts'
import { PERMISSIONS, type Permission } from '../../../access/roles.ts'
import { grantable } from '../../../access/scopes.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done, showDesk } from '../frame.tsx'
import { Badge, dayText, When } from '../parts/figures.tsx'
import { Act, Field, Form, Select, Tick } from '../parts/form.tsx'
import { Empty } from '../parts/table.tsx'
import { SettingsTabs } from './tabs.tsx'

const HERE = '/settings/keys'
const DAY_MS = 86_400_000

/** How long a key may live, in days; '' is for ever. */
const LIVES = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'a year'],
  ['', 'until it is revoked'],
] as const

/** Adds the pages. */
export function keyPages(console: Console): void {
  console.get(HERE, 'team.write', (c, desk) => showKeys(c, desk, {}))
  console.post(HERE, 'team.write', async (c, desk, form) => {
    const { site, account, actor } = desk
    const scopes = grantable(account.role).filter((scope) => form[fieldOf(scope)] !== undefined)
    const now = site.clock.now()
    try {
      const wish = { name: form['name'] ?? '', owner: account, scopes, expiresAt: endOf(form['life'], now), actor, now }
      const { key } = await makeKey(site.db, wish)
      return await showKey(c, desk, wish.name.trim(), key)
    } catch (error) {
      if (!(error instanceof RollcallError) || error.kind !== 'usage') throw error
      return showKeys(c, desk, form, error)
    }
  })
  console.post(`${HERE}/:id/revoke`, 'team.write', async (c, desk) => {
    await revokeKey(desk.site.db, c.req.param('id') ?? '', desk.actor, desk.site.clock.now())
    return done(c, desk, HERE, 'The key is revoked. Whatever used it is refused from now on.')
  })
}

function fieldOf(scope: Permission): string {
  return `scope:${scope}`
}

/** A form without the field, or with another value, gets the shortest life. */
function endOf(life: string | undefined, now: Date): Date | null {
  const [days] = LIVES.find(([value]) => value === life) ?? LIVES[0]
  return days === '' ? null : new Date(now.getTime() + Number(days) * DAY_MS)
}

async function showKeys(c: Context, desk: Desk, form: FormFields, error?: RollcallError) {
  const keys = await listKeys(desk.site.db, desk.site.clock.now())
  const said = error === undefined ? '' : sentence(error)
  return showDesk(
    c,
    desk,
    {
      title: 'API keys',
      section: 'settings',
      actions: (
        <a class="button quiet" href={`${desk.site.root}/api/v1/docs`}>
          What the API can do
        </a>
      ),
    },
    <>
      <SettingsTabs desk={desk} here={HERE} />
      <Keys desk={desk} keys={keys} />
      <section class="sheet">
        <h2>Make a key</h2>
        <p class="soft">
          It acts as you, {desk.account.name}: what it does stands in the logs under your name. What you may no longer
          do, it may no longer do, either.
        </p>
        <Form desk={desk} action={HERE}>
          <Field
            name="name"
            label="What it is for"
            hint="The program that gets it, for example “nightly import”"
            value={form['name']}
            error={error?.code === 'bad_key_name' ? said : ''}
            maxlength={80}
            required
          />
          <Select name="life" label="Works for" options={LIVES} value={form['life'] ?? '90'} />
          <fieldset>
            <legend>What it may do</legend>
            {error?.code === 'bad_scope' ? <p class="error">{said}</p> : null}
            {grantable(desk.account.role).map((scope) => (
              <Tick
                name={fieldOf(scope)}
                checked={form[fieldOf(scope)] !== undefined}
                label={
                  <>
                    <code>{scope}</code> <span class="soft">{PERMISSIONS[scope]}</span>
                  </>
                }
              />
            ))}
          </fieldset>
          <button>Make the key</button>
        </Form>
      </section>
    </>,
    error === undefined ? 200 : 422,
  )
}

function sentence({ message, hint }: RollcallError): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${hint === undefined ? '.' : `; ${hint}.`}`
}

function Keys({ desk, keys }: { desk: Desk; keys: readonly ListedKey[] }) {
  if (keys.length === 0)
    return (
      <Empty>
        <p>No program may call yet. Make a key below; it is shown once.</p>
      </Empty>
    )
  return (
    <>
      {keys.map((key) => (
        <Key desk={desk} of={key} />
      ))}
    </>
  )
}

const STATES = { works: 'good', expired: 'warn', revoked: 'bad', 'owner disabled': 'warn' } as const

function Key({ desk, of: key }: { desk: Desk; of: ListedKey }) {
  return (
    <section class="sheet">
      <div class="title">
        <h2>
          {key.name} <Badge name={STATES[key.state]} words={key.state} />
        </h2>
        {key.state === 'revoked' ? null : (
          <Act desk={desk} action={`${HERE}/${key.id}/revoke`} button={`Revoke ${key.name}`} look="danger" />
        )}
      </div>
      <dl class="facts">
        <dt>Key</dt>
        <dd>
          <code>rck_…{key.hint}</code>
        </dd>
        <dt>Acts for</dt>
        <dd>{key.ownerName}</dd>
        <dt>May</dt>
        <dd>
          <Scopes of={key} />
        </dd>
        <dt>Last used</dt>
        <dd>{key.lastUsedOn === null ? 'never' : dayText(key.lastUsedOn)}</dd>
        <dt>{key.state === 'revoked' ? 'Revoked' : 'Works until'}</dt>
        <dd>
          <End desk={desk} of={key} />
        </dd>
      </dl>
    </section>
  )
}

function Scopes({ of: { scopes, working } }: { of: ListedKey }) {
  const isLost = (scope: string): boolean => ![...working].some((each) => each === scope)
  return (
    <>
      {scopes.map((scope) => (
        <>
          <code>{scope}</code>
          {isLost(scope) ? <span class="soft"> (no longer: the owner’s role lacks it)</span> : null}{' '}
        </>
      ))}
    </>
  )
}

function End({ desk, of: { expiresAt, revokedAt, revokedBy } }: { desk: Desk; of: ListedKey }) {
  if (revokedAt !== null)
    return (
      <>
        <When desk={desk} at={revokedAt} />, by {revokedBy}
      </>
    )
  return expiresAt === null ? <>somebody revokes it</> : <When desk={desk} at={expiresAt} />
}

/** The one time that the key is seen; the answer is kept nowhere. */
function showKey(c: Context, desk: Desk, name: string, key: string) {
  return showDesk(
    c,
    desk,
    { title: 'The new key', section: 'settings', crumbs: [{ words: 'API keys', path: HERE }] },
    <section class="sheet">
      <p class="notice warn">
        This is the key “{name}”. Put it where the program finds it now: it is not shown again, and nobody can find it
        out.
      </p>
      <pre id="key" tabindex={0}>
        {key}
      </pre>
      <p>Try it:</p>
      <pre tabindex={0}>{`curl ${desk.site.baseUrl}/api/v1/key -H 'Authorization: Bearer ${key}'`}</pre>
      <p>
        <a class="button" href={desk.root + HERE}>
          I have put it away
        </a>
      </p>
    </section>,
  )
}
