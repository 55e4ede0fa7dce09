// A new campaign: from a template, from scratch, or as a clone of any other.
import type { Context } from 'hono'
import type { Child, PropsWithChildren } from 'hono/jsx'
import { beginFromScratch, beginFromTemplate, cloneCampaign, listTemplates } from '../../../campaign/begin.ts'
import { listCampaigns } from '../../../campaign/campaigns.ts'
import { findRollCalls, usualStances, type RollCallChoice } from '../../../campaign/roll-call-choices.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done, showDesk } from '../frame.tsx'
import { Field, Form, Select } from '../parts/form.tsx'

type Way = 'template' | 'scratch' | 'clone'
/** What was refused, and where it belongs. */
type Refusal = { way: Way; error: RollcallError } | null

/** Adds the page and the three ways. */
export function newPages(console: Console): void {
  console.get('/campaigns/new', 'campaigns.write', (c, desk) =>
    showNew(c, desk, { from: c.req.query('from') ?? '' }, null),
  )
  for (const way of ['template', 'scratch', 'clone'] as const) {
    console.post(`/campaigns/new/${way}`, 'campaigns.write', async (c, desk, form) => {
      try {
        const id = await WAYS[way](desk, form)
        return await done(c, desk, `/campaigns/${id}/${way === 'scratch' ? 'compose' : 'votes'}`, SENTENCES[way])
      } catch (error) {
        if (!(error instanceof RollcallError)) throw error
        return showNew(c, desk, form, { way, error })
      }
    })
  }
}

const SENTENCES: Readonly<Record<Way, string>> = {
  template: 'The campaign is there. Look at its votes first.',
  scratch: 'The campaign is there, with words that fit any vote. Write your own over them.',
  clone: 'The clone is there, with the content and the overrides of the other one.',
}

const WAYS: Readonly<Record<Way, (desk: Desk, form: FormFields) => Promise<string>>> = {
  template: ({ site, actor }, form) =>
    beginFromTemplate(site.db, form['template'] ?? '', titleOf(form, 'template'), { actor, clock: site.clock }),
  clone: ({ site, actor }, form) =>
    cloneCampaign(site.db, form['from'] ?? '', titleOf(form, 'clone'), { actor, clock: site.clock }),
  async scratch({ site, actor }, form) {
    const chosen = (['house', 'senate'] as const).flatMap((chamber) => {
      const id = (form[chamber] ?? '').trim()
      return id === '' ? [] : [{ id, good: form[`${chamber}Good`] ?? '' }]
    })
    const rollCalls = await Promise.all(
      chosen.map(async ({ id, good }) => ({ id, stances: await usualStances(site.db, id, good) })),
    )
    const { config } = site
    return beginFromScratch(
      site.db,
      {
        title: titleOf(form, 'scratch'),
        rollCalls,
        organisation: site.organisation,
        postalAddress: site.postalAddress,
        from: config.ROLLCALL_SENDER,
        replyTo: config.ROLLCALL_REPLY_TO,
        listId: config.ROLLCALL_SENDER.split('@')[1] ?? '',
        listName: site.list,
        website: `https://${new URL(site.baseUrl).host}`,
      },
      { actor, clock: site.clock },
    )
  },
}

function titleOf(form: FormFields, way: Way): string {
  return (form[`${way}Title`] ?? '').trim()
}

async function showNew(c: Context, desk: Desk, form: FormFields, refusal: Refusal) {
  const [templates, campaigns, choices] = await Promise.all([
    listTemplates(),
    listCampaigns(desk.site.db),
    findRollCalls(desk.site.db, '', 200),
  ])
  const typed = (way: Way, name: string) => (refusal === null || refusal.way === way ? (form[name] ?? '') : '')
  const title = (way: Way, hint: Child) => (
    <Field
      name={`${way}Title`}
      label="Name"
      hint={hint}
      value={typed(way, `${way}Title`)}
      maxlength={120}
      required={way === 'scratch'}
    />
  )
  return showDesk(
    c,
    desk,
    { title: 'New campaign', section: 'campaigns', crumbs: [{ words: 'Campaigns', path: '/campaigns' }] },
    <div class="columns">
      <WayForm desk={desk} way="template" heading="From a template" button="Make it" refusal={refusal}>
        <Select
          name="template"
          label="Template"
          options={templates.map((each) => [each.name, each.title] as const)}
          value={typed('template', 'template')}
        />
        {title('template', 'Empty: as in the template.')}
      </WayForm>
      <WayForm desk={desk} way="scratch" heading="From scratch" button="Begin" refusal={refusal}>
        {title('scratch', 'How you will find it again; the list shows it.')}
        <RollCallField chamber="house" words="Roll call of the House" desk={desk} typed={typed} choices={choices} />
        <RollCallField chamber="senate" words="Roll call of the Senate" desk={desk} typed={typed} choices={choices} />
        {choices.length === 0 ? (
          <p class="notice warn">
            No roll call is imported yet. <a href={`${desk.root}/congress`}>Import one first.</a>
          </p>
        ) : null}
      </WayForm>
      <WayForm
        desk={desk}
        way="clone"
        heading="As a clone"
        button="Clone"
        refusal={refusal}
        isEmpty={campaigns.length === 0}
      >
        {campaigns.length === 0 ? (
          <p>There is no campaign to clone yet.</p>
        ) : (
          <>
            <Select
              name="from"
              label="Campaign"
              hint="Its content and overrides go along; its approval, launch and figures do not."
              options={campaigns.map((each) => [each.id, `${each.name} (${each.state}, ${each.id})`] as const)}
              value={typed('clone', 'from')}
            />
            {title('clone', 'Empty: the same name.')}
          </>
        )}
      </WayForm>
    </div>,
    refusal === null ? 200 : 422,
  )
}

interface WayProps {
  desk: Desk
  way: Way
  heading: string
  button: string
  refusal: Refusal
  /** There is nothing to choose from. */
  isEmpty?: boolean
}

function WayForm({ desk, way, heading, button, refusal, isEmpty, children }: PropsWithChildren<WayProps>) {
  return (
    <section class="sheet" id={way}>
      <h2>{heading}</h2>
      {refusal?.way === way ? (
        <div class="notice bad" role="alert">
          {refusal.error.message.split('\n').map((line) => (
            <p>{line}</p>
          ))}
          {refusal.error.hint === undefined ? null : <p>{refusal.error.hint}</p>}
        </div>
      ) : null}
      <Form desk={desk} action={`/campaigns/new/${way}`} class={`way-${way}`}>
        {children}
        {isEmpty ? null : <button>{button}</button>}
      </Form>
    </section>
  )
}

const GOOD = [
  ['nay', 'Nay was the good vote'],
  ['yea', 'Yea was the good vote'],
  ['guilty', 'Guilty was the good vote'],
  ['not_guilty', 'Not guilty was the good vote'],
] as const

interface RollCallFieldProps {
  chamber: 'house' | 'senate'
  words: string
  desk: Desk
  typed: (way: Way, name: string) => string
  choices: readonly RollCallChoice[]
}

function RollCallField({ chamber, words, typed, choices }: RollCallFieldProps) {
  const here = choices.filter((choice) => choice.chamber === chamber)
  return (
    <div class="pair">
      <RollCallInput name={chamber} label={words} value={typed('scratch', chamber)} choices={here} />
      <Select name={`${chamber}Good`} label="What was good" options={GOOD} value={typed('scratch', `${chamber}Good`)} />
    </div>
  )
}

/** A roll call by its id; the newest are suggested, and found by bill and question, too. */
export function RollCallInput({
  name,
  label,
  value,
  choices,
  required,
}: {
  name: string
  label: string
  value: string | undefined
  choices: readonly RollCallChoice[]
  required?: boolean
}) {
  return (
    <div class="field">
      <label for={`f-${name}`}>{label}</label>
      <input
        id={`f-${name}`}
        name={name}
        list={`${name}-choices`}
        value={value ?? ''}
        placeholder={choices[0]?.id ?? 'none is imported'}
        autocomplete="off"
        maxlength={40}
        {...(required ? { required: true } : {})}
      />
      <datalist id={`${name}-choices`}>
        {choices.map((each) => (
          <option value={each.id}>{choiceText(each)}</option>
        ))}
      </datalist>
    </div>
  )
}

/** Returns a roll call in one line. */
function choiceText({ id, heldOn, bill, question, result }: RollCallChoice): string {
  return [id, heldOn, bill, question, result].filter(Boolean).join(', ')
}
