// /a/TOKEN: a person whose ZIP is split says which district is theirs. The page shows districts, never the ZIP (threat T11).
import type { Context, Hono } from 'hono'
import { chooseSeat } from '../../audience/changes.ts'
import type { Scoreboard } from '../../campaign/scoreboards.ts'
import type { SeatView } from '../../message/view.ts'
import { Form, show, showNothing } from '../page.tsx'
import type { Site } from '../site.ts'
import { formOf, readerOf, visitOf, type Visit } from '../visit.ts'
import { FIND_REPRESENTATIVE } from './votes.tsx'

interface Choice {
  visit: Visit
  board: Scoreboard
  subscriberId: string
  /** House seats of the person's ZIP, as the campaign's map has them. */
  seats: readonly SeatView[]
}

/** Adds the pages. */
export function seatPages(app: Hono, site: Site): void {
  app.get('/a/:token', async (c) => {
    const choice = await choiceOf(site, c)
    return choice === null ? showNothing(c, visitOf(site, c)) : ask(c, choice, false)
  })

  app.post('/a/:token', async (c) => {
    const choice = await choiceOf(site, c)
    if (choice === null) return showNothing(c, visitOf(site, c))
    const { visit, board, subscriberId, seats } = choice
    const wanted = (await formOf(c))['seat']
    const seat = seats.find((each) => each.seat === wanted)
    if (seat === undefined || seats.length < 2) return ask(c, choice, true)
    await chooseSeat(site.db, { subscriberId, mapId: board.mapId, seatId: seat.seat }, site.clock.now())
    const { say } = visit
    return show(c, visit, say('seat.done.title'), <p>{say('seat.done.text', { place: seat.place })}</p>)
  })
}

async function choiceOf(site: Site, c: Context): Promise<Choice | null> {
  const reader = await readerOf(site, c, 'seat')
  if (reader === null || reader.campaignId === null) return null
  const board = await site.scoreboards.find(reader.campaignId)
  if (board === null) return null
  const seats = board.candidates(reader.zip)
  return { visit: visitOf(site, c), board, subscriberId: reader.subscriberId, seats }
}

function ask(c: Context, { visit, board, seats }: Choice, isWrong: boolean) {
  const { say, site } = visit
  if (seats.length < 2) {
    return show(
      c,
      visit,
      say('seat.settled.title'),
      <>
        <p>{say('seat.settled.text')}</p>
        <p>
          {say('seat.settled.next')}{' '}
          <a href={`${site.root}/votes/${board.campaignId}${visit.query}`}>{say('votes.title')}</a>
        </p>
      </>,
    )
  }
  return show(
    c,
    visit,
    say('seat.title'),
    <>
      <p>{say('seat.text')}</p>
      <Form button={say('seat.button')}>
        <fieldset>
          <legend>{say('seat.legend')}</legend>
          {isWrong ? (
            <p class="error" role="alert">
              {say('seat.error')}
            </p>
          ) : null}
          {seats.map((seat) => (
            <label class="choice">
              <input type="radio" name="seat" value={seat.seat} required />
              <span>
                <strong>{seat.place}</strong>
                <br />
                {whoSits(seat) || say('seat.vacant')}
              </span>
            </label>
          ))}
        </fieldset>
      </Form>
      <p class="soft">
        {say('seat.find')} <a href={FIND_REPRESENTATIVE}>{say('seat.find.link')}</a>
      </p>
    </>,
    isWrong ? 422 : 200,
  )
}

/** The one who sits there now, or else the one who did at the vote; '' for nobody. */
function whoSits({ title, name, callTitle, callName }: SeatView): string {
  if (callName !== '') return `${callTitle} ${callName}`
  return name === '' ? '' : `${title} ${name}`
}
