// Saving what was typed: revisions, approvals that are void, two people at once, and text that cannot be read (threats T13, T19).
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { approveCampaign } from '../../../src/campaign/control.ts'
import { currentRevision, findCampaign } from '../../../src/campaign/campaigns.ts'
import { launchCampaign } from '../../../src/campaign/launch.ts'
import { listRevisions } from '../../../src/campaign/revisions.ts'
import type { Store } from '../../../src/store/connect.ts'
import { landing, signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { ACT, addSubscribers, draftCampaign } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let author: Person
let other: Person
let viewer: Person
let id: string
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  author = await signedIn(web, 'author')
  other = await signedIn(web, 'author')
  viewer = await signedIn(web, 'viewer')
  await addSubscribers(store.db, ['97212', '35203'], 'seeded-person')
})
beforeEach(async () => {
  id = await draftCampaign(store.db)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

async function files(): Promise<Record<string, string>> {
  return (await currentRevision(store.db, await findCampaign(store.db, id))).files
}

function save(person: Person, fields: Record<string, string>): Promise<Response> {
  return person.post(`/campaigns/${id}/compose`, fields)
}

async function state(): Promise<string> {
  return (await findCampaign(store.db, id)).state
}

describe('saving', () => {
  it('makes a revision with its author, and says so', async () => {
    const answer = await save(author, { file: 'body.txt.hbs', revision: '1', text: 'Hello\r\n{{summary}}\r\n' })
    expect(answer.status).toBe(303)
    expect(landing(answer)).toBe(`/campaigns/${id}/compose?file=body.txt.hbs`)
    expect(await author.page(landing(answer))).toContain('Saved as revision 2.')
    expect((await files())['body.txt.hbs']).toBe('Hello\n{{summary}}\n')
    expect(await listRevisions(store.db, id)).toMatchObject([
      { revision: 2, author: `${author.name} #${author.id}` },
      { revision: 1, author: 'tester' },
    ])
  })

  it('what was there already makes none', async () => {
    const answer = await save(author, { file: 'body.mjml', revision: '1', text: (await files())['body.mjml'] ?? '' })
    expect(await author.page(landing(answer))).toContain('Nothing has changed')
    expect(await listRevisions(store.db, id)).toHaveLength(1)
  })

  it('a broken template is allowed, and its problems are shown at their lines', async () => {
    const answer = await save(author, { file: 'body.txt.hbs', revision: '1', text: 'one\n{{nobody}}' })
    const page = await author.page(landing(answer))
    expect(page).toContain('Saved as revision 2.')
    expect(page).toContain('href="#L2"')
    expect(page).toContain('body.txt.hbs:2:3')
  })

  it('a manifest that cannot be read is refused with its line, and what was typed is kept', async () => {
    const text = `${(await files())['campaign.yaml']}\nlabels: { champion: [\n`
    const answer = await save(author, { file: 'campaign.yaml', revision: '1', text })
    expect(answer.status).toBe(422)
    const page = await answer.text()
    expect(page).toContain('Not saved: the problems say why.')
    expect(page).toMatch(/campaign\.yaml:\d+:\d+/)
    expect(page).toContain('labels: { champion: [\n')
    expect(await listRevisions(store.db, id)).toHaveLength(1)
  })

  it('a roll call that is not here, and a value that is none, are refused in the form with what was typed', async () => {
    const yaml = (await files())['campaign.yaml'] ?? ''
    const unknown = await save(author, {
      file: 'campaign.yaml',
      revision: '1',
      text: yaml.replace('h708-115.2017', 'h999-115.2017'),
    })
    expect(await unknown.text()).toContain('roll call h999-115.2017 is not imported')
    const fields = { file: 'fields', revision: '1', subject: 'S', 'from.address': 'nobody' }
    const wrong = await save(author, fields)
    expect(wrong.status).toBe(422)
    const page = await wrong.text()
    expect(page).toContain('from.address: &quot;nobody&quot; is not an address')
    expect(page).toContain('value="nobody"')
  })

  it('too much is refused in a sentence', async () => {
    const answer = await save(author, { file: 'body.txt.hbs', revision: '1', text: 'x'.repeat(600_000) })
    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain('524288 are allowed')
  })

  it('T16: is not for a viewer, and what a viewer sees cannot be typed in', async () => {
    expect((await save(viewer, { file: 'body.txt.hbs', revision: '1', text: 'x' })).status).toBe(403)
    const page = await viewer.page(`/campaigns/${id}/compose?file=body.txt.hbs`)
    expect(page).toContain('readonly')
    expect(page).not.toContain('Save as a revision')
  })
})

describe('an approval', () => {
  it('T19: is void after a save, which is said before and after', async () => {
    await approveCampaign(store.db, id, [], ACT)
    const page = await author.page(`/campaigns/${id}/compose?file=body.txt.hbs`)
    expect(page).toContain('tester has approved this campaign. A change voids the approval')
    const answer = await save(author, { file: 'body.txt.hbs', revision: '1', text: 'Other words' })
    expect(await author.page(landing(answer))).toContain('The approval is void: somebody must approve it again.')
    expect(await state()).toBe('draft')
  })

  it('T19: stands when nothing was changed, or nothing could be saved', async () => {
    await approveCampaign(store.db, id, [], ACT)
    await save(author, { file: 'body.mjml', revision: '1', text: (await files())['body.mjml'] ?? '' })
    await save(author, { file: 'campaign.yaml', revision: '1', text: 'a: [' })
    await author.post(`/campaigns/${id}/compose/preview`, { file: 'body.mjml', text: '<mjml></mjml>' })
    expect(await state()).toBe('approved')
  })

  it('T19: of a campaign that is sent cannot be gone behind: its content is frozen', async () => {
    await approveCampaign(store.db, id, [], ACT)
    await launchCampaign(store.db, id, { ...ACT, expect: null, transports: ['file'] })
    expect((await save(author, { file: 'body.txt.hbs', revision: '1', text: 'Other words' })).status).toBe(422)
    expect(await author.page(`/campaigns/${id}/compose`)).toContain('its content is frozen')
    expect(await listRevisions(store.db, id)).toHaveLength(1)
  })
})

describe('two people at once', () => {
  it('the second is told who was faster and what differs, nothing is lost, and saving again puts theirs in place', async () => {
    await save(author, { file: 'body.txt.hbs', revision: '1', text: 'First line\nfrom the first\n' })
    const late = await save(other, { file: 'body.txt.hbs', revision: '1', text: 'First line\nfrom the second\n' })
    expect(late.status).toBe(409)
    const page = await late.text()
    expect(page).toContain(`${author.name} #${author.id} has saved revision 2`)
    expect(page).toContain('<span class="diff-removed">- from the first\n</span>')
    expect(page).toContain('<span class="diff-added">+ from the second\n</span>')
    expect(page).toMatch(/<textarea[^>]*>\nFirst line\nfrom the second\n<\/textarea>/)
    expect((await files())['body.txt.hbs']).toBe('First line\nfrom the first\n')
    const basis = /name="revision" value="(\d+)"/.exec(page)?.[1] ?? ''
    await save(other, { file: 'body.txt.hbs', revision: basis, text: 'First line\nfrom the second\n' })
    expect((await files())['body.txt.hbs']).toBe('First line\nfrom the second\n')
  })

  it('who edit different files keep both', async () => {
    await save(author, { file: 'body.txt.hbs', revision: '1', text: 'Text of the first\n' })
    const late = await save(other, { file: 'partials/who.mjml', revision: '1', text: '<h3>Second</h3>\n' })
    expect(late.status).toBe(409)
    await save(other, { file: 'partials/who.mjml', revision: '2', text: '<h3>Second</h3>\n' })
    expect(await files()).toMatchObject({
      'body.txt.hbs': 'Text of the first\n',
      'partials/who.mjml': '<h3>Second</h3>\n',
    })
  })

  it('at the very same moment make two revisions, one of which is refused', async () => {
    const answers = await Promise.all(
      [author, other].map((person, index) =>
        save(person, { file: 'body.txt.hbs', revision: '1', text: `Version ${index}` }),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 409])
    expect(await listRevisions(store.db, id)).toHaveLength(2)
  })
})

describe('partials', () => {
  it('are added and taken out, each as a revision', async () => {
    const added = await author.post(`/campaigns/${id}/compose/add`, { revision: '1', name: 'extra.mjml' })
    expect(landing(added)).toBe(`/campaigns/${id}/compose?file=partials%2Fextra.mjml`)
    expect(await files()).toHaveProperty(['partials/extra.mjml'], '')
    await author.post(`/campaigns/${id}/compose/remove`, { revision: '2', path: 'partials/extra.mjml' })
    expect(await files()).not.toHaveProperty(['partials/extra.mjml'])
  })

  it('with names that lead elsewhere are refused, and what every template needs stays', async () => {
    for (const name of ['../../etc/passwd', 'a/b.mjml', 'x.js', '.mjml', '__proto__']) {
      expect((await author.post(`/campaigns/${id}/compose/add`, { revision: '1', name })).status).toBe(422)
    }
    const needed = await author.post(`/campaigns/${id}/compose/remove`, { revision: '1', path: 'body.mjml' })
    expect(await needed.text()).toContain('every template needs body.mjml')
    expect(await listRevisions(store.db, id)).toHaveLength(1)
  })
})

describe('revisions', () => {
  it('go back to an earlier one as a new one, and void the approval', async () => {
    const before = (await files())['body.txt.hbs']
    await save(author, { file: 'body.txt.hbs', revision: '1', text: 'Other words' })
    await approveCampaign(store.db, id, [], ACT)
    const answer = await other.post(`/campaigns/${id}/revisions/1/back`, { revision: '2' })
    expect(await other.page(landing(answer))).toContain('Revision 3 says what revision 1 said. The approval is void.')
    expect((await files())['body.txt.hbs']).toBe(before)
  })

  it('that are not there are not found', async () => {
    for (const revision of ['7', '0', 'x', '99999999999999999999'])
      expect((await author.get(`/campaigns/${id}/revisions/${revision}`)).status).toBe(404)
    expect((await author.get('/campaigns/nothing-like-it/compose')).status).toBe(404)
  })
})

describe('T13: what authors write', () => {
  const XSS = `<script>alert(1)</script>"'><img src=x onerror=alert(1)></textarea></title>`

  it('is text on every page that shows it: names, subjects, files, problems, differences', async () => {
    const yaml = (await files())['campaign.yaml'] ?? ''
    const hostile = yaml
      .replace('title: The shutdown vote and the Dreamers', `title: ${JSON.stringify(XSS)}`)
      .replace(/subject: >-[^]*?preheader/, `subject: ${JSON.stringify(XSS)}\npreheader`)
    await save(author, { file: 'campaign.yaml', revision: '1', text: hostile })
    await save(author, { file: 'body.txt.hbs', revision: '2', text: `${XSS}\n{{nobody${XSS}}}` })
    expect(await listRevisions(store.db, id)).toHaveLength(3)
    const paths = [
      '/campaigns',
      '/campaigns/new',
      ...['votes', 'compose', 'compose?file=campaign.yaml', 'compose?file=body.txt.hbs', 'check', 'revisions'].map(
        (page) => `/campaigns/${id}/${page}`,
      ),
      `/campaigns/${id}/revisions/1`,
      `/campaigns?name=${encodeURIComponent(XSS)}`,
    ]
    for (const path of paths) {
      const page = await author.page(path)
      expect(page.replace(/<script nonce="[^"]+" src="[^"]+" defer=""><\/script>/, ''), path).not.toMatch(
        /<script|<img|onerror=alert\(1\)>/i,
      )
    }
  })

  it('is text in what the script puts into the page, too', async () => {
    const answer = await author.post(`/campaigns/${id}/compose/preview`, {
      file: 'body.txt.hbs',
      text: `{{nobody}}${XSS}`,
      who: 'zip',
      zip: XSS,
    })
    expect((await answer.text()).replace(/<script nonce="[^"]+" src="[^"]+" defer=""><\/script>/, '')).not.toMatch(
      /<script|<img/i,
    )
  })
})
