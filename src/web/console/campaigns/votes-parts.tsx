// The parts of the votes page: one sheet a roll call, the form that adds one, overrides, and who stands out.
import type { Context } from 'hono'
import type { Override } from '../../../campaign/overrides.ts'
import type { RollCallChoice } from '../../../campaign/roll-call-choices.ts'
import type { CampaignVote, CampaignVotes, OptionRule } from '../../../campaign/votes.ts'
import type { Desk, FormFields } from '../desk.ts'
import { Badge, Bar, count, dayText, When } from '../parts/figures.tsx'
import { Act, Field, Form, Select } from '../parts/form.tsx'
import { Table } from '../parts/table.tsx'
import { RollCallInput } from './new.tsx'

const OPTION_WORDS: Readonly<Record<string, string>> = {
  yea: 'Yea',
  nay: 'Nay',
  present: 'Present',
  not_voting: 'Not voting',
  guilty: 'Guilty',
  not_guilty: 'Not guilty',
}

const STANCE_OPTIONS = [
  ['champion', 'champion'],
  ['opponent', 'opponent'],
  ['neutral', 'neutral'],
  ['absent', 'absent'],
] as const

function optionWords(option: string): string {
  return OPTION_WORDS[option] ?? option.replace(/^candidate:/, '')
}

interface VoteSheetProps {
  desk: Desk
  campaignId: string
  revision: number
  vote: CampaignVote
  canEdit: boolean
}

/** One roll call: its tally by party, and what the campaign makes of each option. */
export function VoteSheet({ desk, campaignId, revision, vote, canEdit }: VoteSheetProps) {
  const { rollCall, role } = vote
  const whole = vote.options.reduce((sum, { total }) => sum + total, 0)
  const base = `/campaigns/${campaignId}/votes`
  const fields = { rollCall: rollCall.id, revision: String(revision) }
  return (
    <section class="sheet" id={`vote-${rollCall.id}`}>
      <div class="title">
        <h2>
          {rollCall.chamber === 'house' ? 'House' : 'Senate'} roll call {rollCall.number}
          <span class="under">
            {dayText(rollCall.heldOn)}
            {rollCall.bill === null ? '' : `, ${rollCall.bill}`}, <span class="code">{rollCall.id}</span>
          </span>
        </h2>
        <Badge name={role === 'primary' ? 'good' : 'neutral'} words={role === 'primary' ? 'decides' : 'secondary'} />
      </div>
      <p>
        {rollCall.question}: <b>{rollCall.result}</b>
        {rollCall.requirement === null || rollCall.requirement === 'QUORUM' ? '' : ` (needed ${rollCall.requirement})`}
      </p>
      <Form desk={desk} action={`${base}/stances`}>
        <input type="hidden" name="rollCall" value={rollCall.id} />
        <input type="hidden" name="revision" value={revision} />
        <div class="scroll" tabindex={0} role="region" aria-label={`Tally of ${rollCall.id}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Option</th>
                <th scope="col">Means</th>
                <th scope="col" class="number">
                  Total
                </th>
                <th scope="col" class="extra wide">
                  Share
                </th>
                {vote.parties.map((party) => (
                  <th scope="col" class="number">
                    {party}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {vote.options.map((rule) => (
                <OptionRow rule={rule} vote={vote} whole={whole} canEdit={canEdit} />
              ))}
            </tbody>
          </table>
        </div>
        {canEdit ? <button>Save what they mean</button> : null}
      </Form>
      {canEdit ? (
        <div class="row">
          {role === 'secondary' ? (
            <Act desk={desk} action={`${base}/primary`} button="Let it decide" fields={fields} />
          ) : null}
          <Act desk={desk} action={`${base}/remove`} button="Take it out" look="plain" fields={fields} />
        </div>
      ) : null}
    </section>
  )
}

function OptionRow({
  rule,
  vote,
  whole,
  canEdit,
}: {
  rule: OptionRule
  vote: CampaignVote
  whole: number
  canEdit: boolean
}) {
  const words = optionWords(rule.option)
  return (
    <tr>
      <th scope="row">{words}</th>
      <td>
        {canEdit ? (
          <select
            name={`option.${rule.option}`}
            aria-label={`What ${words} on ${vote.rollCall.id} means`}
            class={rule.stance ?? 'unsaid'}
          >
            {rule.stance === null ? <option value="">not said yet</option> : null}
            {STANCE_OPTIONS.map(([value, text]) => (
              <option value={value} {...(value === rule.stance ? { selected: true } : {})}>
                {text}
              </option>
            ))}
          </select>
        ) : (
          <Badge name={rule.stance ?? 'error'} words={rule.stance ?? 'not said'} />
        )}
      </td>
      <td class="number">{count(rule.total)}</td>
      <td class="extra wide">
        <Bar part={rule.total} whole={whole} words={`${count(rule.total)} of ${count(whole)}`} tone={toneOf(rule)} />
      </td>
      {vote.parties.map((party) => (
        <td class="number">{count(rule.byParty[party] ?? 0)}</td>
      ))}
    </tr>
  )
}

function toneOf({ stance }: OptionRule): 'good' | 'bad' | 'soft' {
  if (stance === 'champion') return 'good'
  return stance === 'opponent' ? 'bad' : 'soft'
}

interface AddProps {
  desk: Desk
  campaignId: string
  revision: number
  form: FormFields
  choices: readonly RollCallChoice[]
}

/** Another roll call for the campaign. */
export function AddRollCall({ desk, campaignId, revision, form, choices }: AddProps) {
  return (
    <details class="sheet" {...(form['good'] === undefined ? {} : { open: true })}>
      <summary>Add a roll call</summary>
      {choices.length === 0 ? (
        <p>Every roll call that is imported is here already. The Congress pages import more.</p>
      ) : (
        <Form desk={desk} action={`/campaigns/${campaignId}/votes/add`}>
          <input type="hidden" name="revision" value={revision} />
          <RollCallInput name="rollCall" label="Roll call" value={form['rollCall']} choices={choices} required />
          <Select
            name="good"
            label="The good vote was"
            options={Object.entries(OPTION_WORDS).filter(([option]) => !/present|not_voting/.test(option))}
            value={form['good']}
          />
          <Select
            name="role"
            label="It is"
            options={[
              ['primary', 'the one that decides for its chamber'],
              ['secondary', 'secondary: named, but it decides nothing'],
            ]}
            value={form['role']}
          />
          <button>Add it</button>
        </Form>
      )}
    </details>
  )
}

interface OverridesProps {
  desk: Desk
  campaignId: string
  overrides: readonly Override[]
  legislators: readonly { bioguide: string; name: string; seatId: string; label: string }[]
  form: FormFields
  canEdit: boolean
}

/** Legislators judged by hand, with the reason, and the form that adds one. */
export function Overrides({ desk, campaignId, overrides, legislators, form, canEdit }: OverridesProps) {
  return (
    <>
      {overrides.length === 0 ? <p class="soft">Nobody. The options decide about everyone.</p> : null}
      <ul class="plain-list">
        {overrides.map((each) => (
          <li>
            <p>
              <b>{each.name}</b> <span class="code">{each.bioguide}</span> counts as <Badge name={each.stance} />
              <span class="under">
                {each.reason} ({each.setBy}, <When desk={desk} at={each.setAt} />)
              </span>
            </p>
            {canEdit ? (
              <Act
                desk={desk}
                action={`/campaigns/${campaignId}/votes/take-back`}
                button="Take it back"
                look="plain"
                fields={{ bioguide: each.bioguide }}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {canEdit ? (
        <Form desk={desk} action={`/campaigns/${campaignId}/votes/override`}>
          <div class="field">
            <label for="f-legislator">Legislator</label>
            <input
              id="f-legislator"
              name="legislator"
              list="legislators"
              value={form['legislator'] ?? ''}
              autocomplete="off"
              required
            />
            <datalist id="legislators">
              {legislators.map(({ bioguide, name, seatId, label }) => (
                <option value={`${name}, ${bioguide}`}>{`${seatId.replace(/^US-[HS]-/, '')}, voted ${label}`}</option>
              ))}
            </datalist>
          </div>
          <Select name="stance" label="Counts as" options={STANCE_OPTIONS} value={form['stance']} />
          <Field
            name="reason"
            label="Reason"
            hint="It stands in the check and in the log, with your name."
            value={form['reason']}
            maxlength={500}
            required
          />
          <button>Judge by hand</button>
        </Form>
      ) : null}
    </>
  )
}

/** Who voted against their party, and which seats nobody held. */
export function Standouts({ c, votes }: { c: Context; votes: CampaignVotes }) {
  return (
    <>
      {votes.votes.map(({ rollCall, offParty }) => (
        <details class="sheet">
          <summary>
            {offParty.length} voted against most of their party on {rollCall.id}
          </summary>
          <Table
            c={c}
            caption={`Off-party positions on ${rollCall.id}`}
            rows={offParty}
            empty="Nobody did."
            columns={[
              { heading: 'Legislator', cell: ({ person }) => person.name },
              { heading: 'Seat', cell: ({ seatId }) => <span class="code">{seatId}</span> },
              { heading: 'Party', cell: ({ party, side }) => (party === side ? party : `${party}, with ${side}`) },
              { heading: 'Voted', cell: ({ label }) => label },
              { heading: 'Most of the party', cell: ({ majority }) => optionWords(majority) },
            ]}
          />
        </details>
      ))}
      <details class="sheet">
        <summary>{votes.vacancies.length} seats were vacant at the vote</summary>
        <p>{votes.vacancies.length === 0 ? 'None.' : votes.vacancies.join(', ')}</p>
      </details>
    </>
  )
}
