// /votes/CAMPAIGN: a ZIP in, a scoreboard out, for anybody. Who asked is written down nowhere.
import type { Context, Hono } from 'hono'
import type { Scoreboard } from '../../campaign/scoreboards.ts'
import { parseZip } from '../../congress/zip.ts'
import type { RollCallView, SeatView, VariantView } from '../../message/view.ts'
import { Field, Form, show, showNothing } from '../page.tsx'
import type { Site } from '../site.ts'
import { formOf, visitOf, type Visit } from '../visit.ts'
import { en, type Word } from '../words/en.ts'

/** The House's own page, which finds a district by street. */
export const FIND_REPRESENTATIVE = 'https://www.house.gov/representatives/find-your-representative'

/** Adds the pages: the form posts, so that a ZIP stands in no address; a link with ?zip= works all the same. */
export function votesPages(app: Hono, site: Site): void {
  app.get('/votes/:campaign', (c) => answer(c, site, c.req.query('zip')))
  app.post('/votes/:campaign', async (c) => answer(c, site, (await formOf(c))['zip'] ?? ''))
}

async function answer(c: Context, site: Site, asked: string | undefined) {
  const visit = visitOf(site, c)
  const board = await site.scoreboards.find(c.req.param('campaign') ?? '')
  if (board === null) return showNothing(c, visit)
  const { say } = visit
  const zip = asked === undefined ? null : (parseZip(asked)?.zip ?? '')
  const isWrong = zip === ''
  return show(
    c,
    visit,
    say('votes.title'),
    <>
      <Heading board={board} />
      <Form button={say('votes.button')}>
        <Field
          name="zip"
          label={say('votes.zip')}
          hint={say('votes.zip.hint')}
          value={asked?.slice(0, 20)}
          error={isWrong ? say('votes.error') : ''}
          autocomplete="postal-code"
          inputmode="numeric"
          maxlength={10}
          required
        />
      </Form>
      {zip ? <Result visit={visit} board={board} zip={zip} /> : null}
      <p>
        <a href={`${site.root}/join${visit.query}`}>{say('votes.join')}</a>
      </p>
    </>,
    isWrong ? 422 : 200,
  )
}

/** The campaign speaks its own language, whatever the page speaks. */
function Heading({ board }: { board: Scoreboard }) {
  const { title, language } = board.manifest
  return (
    <p class="lead" lang={language}>
      {title}
    </p>
  )
}

function Result({ visit, board, zip }: { visit: Visit; board: Scoreboard; zip: string }) {
  const { say } = visit
  const { match, view } = board.look(zip)
  const found = { visit, view, scriptOf: (seat: SeatView) => board.script(view, seat, zip) }
  return (
    <section aria-labelledby="result">
      <h2 id="result">{say('votes.result', { zip })}</h2>
      {match.candidates.length === 0 ? <p>{say('votes.unknown')}</p> : null}
      <Doubt visit={visit} view={view} isWhole={match.basis === 'state'} />
      <Seats title={say('votes.certain')} seats={view.certainSeats} {...found} />
      {view.callableSenators.length > 0 && view.campaign.hotline !== null ? (
        <p class="soft">{say('votes.hotline')}</p>
      ) : null}
      <Seats title={say('votes.possible')} seats={view.possibleSeats} {...found} />
      <RollCalls visit={visit} view={view} />
    </section>
  )
}

/** Says what is not certain, and what would settle it. */
function Doubt({ visit, view, isWhole }: { visit: Visit; view: VariantView; isWhole: boolean }) {
  const { say } = visit
  if (!view.split) return null
  return (
    <div class="note">
      <p>{say(isWhole ? 'votes.split.many' : 'votes.split', { count: view.candidateCount })}</p>
      {view.manyStates ? <p>{say('votes.split.states')}</p> : null}
      <p>
        {say('votes.settle')} <a href={FIND_REPRESENTATIVE}>{say('seat.find.link')}</a>
      </p>
    </div>
  )
}

interface SeatsProps {
  title: string
  seats: readonly SeatView[]
  visit: Visit
  view: VariantView
  /** What to say to whoever answers. */
  scriptOf: (seat: SeatView) => string[]
}

function Seats({ title, seats, visit, view, scriptOf }: SeatsProps) {
  if (seats.length === 0) return null
  const { hotline, language } = view.campaign
  return (
    <>
      <h3>{title}</h3>
      <ul class="seats">
        {seats.map((seat) => (
          <li class={`seat ${seat.stanceClass}`}>
            <p class="stance" lang={language}>
              <span aria-hidden="true">{seat.glyph}</span> {seat.label}
            </p>
            <p>
              <strong>{seat.vacant ? seat.place : `${seat.title} ${seat.name}`}</strong>
              {seat.partyState === '' ? null : <span class="party"> ({seat.partyState})</span>} {verbOf(visit, seat)}
            </p>
            {seat.vacant ? null : <p class="soft">{seat.place}</p>}
            {seat.succeeded ? (
              <p class="soft">{visit.say('votes.call.now', { name: `${seat.callTitle} ${seat.callName}` })}</p>
            ) : null}
            {seat.callable && seat.certain && hotline !== null ? (
              <p>
                <a class="call" href={hotline.tel}>
                  {visit.say('votes.call', { name: `${seat.callTitle} ${seat.callLastName}` })}:{' '}
                  <span>{hotline.number}</span>
                </a>
              </p>
            ) : null}
            <Script visit={visit} lines={scriptOf(seat)} language={language} />
          </li>
        ))}
      </ul>
    </>
  )
}

/** Closed at first, so that the board can be seen at a glance; opens without a script. */
function Script({ visit, lines, language }: { visit: Visit; lines: readonly string[]; language: string }) {
  if (lines.length === 0) return null
  return (
    <details>
      <summary>{visit.say('votes.script')}</summary>
      <blockquote lang={language}>
        {lines.map((line) => (
          <p>{line}</p>
        ))}
      </blockquote>
    </details>
  )
}

/** The clause in the visitor's language where the dictionary has it; a candidate's name stays as it is. */
function verbOf({ say }: Visit, { verb }: SeatView): string {
  const word = `verb.${verb}`
  return isWord(word) ? say(word) : verb
}

function isWord(text: string): text is Word {
  return Object.hasOwn(en, text)
}

function RollCalls({ visit, view }: { visit: Visit; view: VariantView }) {
  const { house, senate, language } = view.campaign
  return (
    <dl class="rollcalls">
      <RollCall visit={visit} chamber="house" rollCall={house} language={language} />
      <RollCall visit={visit} chamber="senate" rollCall={senate} language={language} />
    </dl>
  )
}

interface RollCallProps {
  visit: Visit
  chamber: 'house' | 'senate'
  rollCall: RollCallView | null
  language: string
}

function RollCall({ visit: { say }, chamber, rollCall, language }: RollCallProps) {
  if (rollCall === null) return null
  const { question, heldOn: date, yea, nay } = rollCall
  return (
    <div>
      <dt>{say(`votes.rollcall.${chamber}`)}</dt>
      <dd>
        <strong>{say('votes.rollcall', { yea, nay })}</strong>
      </dd>
      <dd class="soft" lang={language}>
        {date}: {question}
      </dd>
    </div>
  )
}
