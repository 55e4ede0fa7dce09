// The page of the API: every operation with what it takes and answers, from the same declarations that serve it.
import type { Context } from 'hono'
import { html } from 'hono/html'
import { PERMISSIONS } from '../../access/roles.ts'
import { KEY_SCOPES } from '../../access/scopes.ts'
import type { Site } from '../site.ts'
import { CALLS_A_MINUTE } from './authorize.ts'
import { curlOf } from './curl.ts'
import { parametersOf, schemaOf, statusesOf, type Parameter } from './document.ts'
import { GROUPS, type AnswerSpec, type BodySpec, type Operation } from './operation.ts'
import { outline } from './outline.ts'

/** Returns the page; it needs no script and loads nothing but our own stylesheet. */
export function docsPage(c: Context, site: Site, operations: readonly Operation[]) {
  return c.html(
    html`<!doctype html>${(
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <title>API · Rollcall</title>
            <link rel="stylesheet" href={`${site.root}/console/console.css`} />
          </head>
          <body class="desk">
            <a class="skip" href="#content">
              Skip to the content
            </a>
            <header class="top">
              <a class="brand" href={`${site.root}/console`}>
                Rollcall
              </a>
              <span class="organisation">{site.organisation}</span>
            </header>
            <nav class="side" aria-label="Groups of operations">
              <a href="#start">How to call</a>
              {GROUPS.map((group) => (
                <a href={`#${anchor(group)}`}>{group}</a>
              ))}
            </nav>
            <main id="content">
              <div class="title">
                <h1>API</h1>
                <div class="actions">
                  <a class="button quiet" href={`${site.root}/api/v1/openapi.json`}>
                    OpenAPI document
                  </a>
                </div>
              </div>
              <Start site={site} />
              {GROUPS.map((group) => (
                <section id={anchor(group)}>
                  <h2>{group}</h2>
                  {operations
                    .filter((operation) => operation.group === group)
                    .map((operation) => (
                      <Entry site={site} operation={operation} />
                    ))}
                </section>
              ))}
            </main>
          </body>
        </html>
      )}`,
  )
}

function anchor(text: string): string {
  return text.toLowerCase().replace(/[^a-z]+/g, '-')
}

function Start({ site }: { site: Site }) {
  return (
    <section class="sheet" id="start">
      <h2>How to call</h2>
      <p>
        Make a key in the console under Settings, API keys. It acts for its owner, has the scopes you choose, and is
        shown once.
      </p>
      <pre tabindex={0}>{`curl ${site.baseUrl}/api/v1/key -H 'Authorization: Bearer rck_…'`}</pre>
      <h3>Errors</h3>
      <p>
        <code>application/problem+json</code> (RFC 9457): <code>status</code>, <code>code</code> for programs,{' '}
        <code>detail</code> and <code>hint</code> for people, <code>errors</code> with the fields that do not fit, and
        the <code>requestId</code> that the log has, too.
      </p>
      <h3>A POST happens once</h3>
      <p>
        Every POST needs an <code>Idempotency-Key</code>: a new random one for each thing that is to be done. Send the
        same one when you try again: what was done is not done twice, and the first answer comes back with{' '}
        <code>Idempotency-Replayed: true</code>. It holds for a day. What was refused may be sent again under the same
        key. Answers with personal data are not kept: a repetition says 409.
      </p>
      <h3>Lists</h3>
      <p>
        Give <code>next</code> of one page as <code>cursor</code> of the following one, until it is null.
      </p>
      <h3>Limits</h3>
      <p>
        {CALLS_A_MINUTE} calls a minute and key; <code>RateLimit</code> says what is left, <code>Retry-After</code> how
        long to wait.
      </p>
      <h3>Addresses</h3>
      <p>E-mail addresses stand in bodies and never in a URL, so that no log has them.</p>
      <h3>Scopes</h3>
      <ul class="scopes">
        {KEY_SCOPES.map((scope) => (
          <li>
            <code>{scope}</code> {PERMISSIONS[scope]}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Entry({ site, operation }: { site: Site; operation: Operation }) {
  const { id, method, path, summary, description, scopes, params, query, body, answer } = operation
  const parameters = [...parametersOf(params, 'path'), ...parametersOf(query, 'query')]
  return (
    <details class="operation" id={id}>
      <summary>
        <span class={`badge method ${method}`}>{method.toUpperCase()}</span> <code>{path}</code>{' '}
        <span class="soft">{summary}</span>
      </summary>
      {description === undefined ? null : (
        <p>
          <Words of={description} />
        </p>
      )}
      <p class="soft">
        {scopes.length === 0 ? 'Any key.' : 'Needs '}
        {scopes.map((scope, index) => (
          <>
            {index > 0 ? ' and ' : ''}
            <code>{scope}</code>
          </>
        ))}
      </p>
      {parameters.length === 0 ? null : <Parameters parameters={parameters} />}
      {body === null ? null : <Body body={body} />}
      <h3>Answer</h3>
      <Answer answer={answer} />
      <p class="soft small">Errors: {statusesOf(operation).join(', ')}</p>
      <h3>Example</h3>
      <pre tabindex={0}>{curlOf(site.baseUrl, operation)}</pre>
    </details>
  )
}

/** A sentence in which code stands between backticks. */
function Words({ of: text }: { of: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
}

function Parameters({ parameters }: { parameters: readonly Parameter[] }) {
  return (
    <>
      <h3>Parameters</h3>
      <dl class="facts">
        {parameters.map(({ name, in: place, required, description, schema }) => (
          <>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <Words of={description ?? outline(schema)} />{' '}
              <span class="soft">
                ({place}
                {'enum' in schema ? `, ${outline(schema)}` : ''}
                {required ? ', needed' : ''}
                {'default' in schema ? `, ${String(schema['default'])} unless told` : ''})
              </span>
            </dd>
          </>
        ))}
      </dl>
    </>
  )
}

function Body({ body }: { body: BodySpec }) {
  return (
    <>
      <h3>Body</h3>
      {body.kind === 'json' ? (
        <pre tabindex={0}>{outline(schemaOf(body.schema, 'input'))}</pre>
      ) : (
        <p>
          {body.what}: <code>{body.types.join(', ')}</code>, up to {Math.round(body.maxBytes / 1024 ** 2)} MB
        </p>
      )}
    </>
  )
}

function Answer({ answer }: { answer: AnswerSpec }) {
  if (answer.kind === 'json')
    return <pre tabindex={0}>{`${answer.status} ${outline(schemaOf(answer.schema, 'output'))}`}</pre>
  return (
    <p>
      200: {answer.what} (<code>{answer.types.join(', ')}</code>)
    </p>
  )
}
