// What moves in the console: live parts, previews, uploads. Every page works without it; nothing is evaluated.
'use strict'
;(() => {
  const policy = globalThis.trustedTypes?.createPolicy('rollcall', { createHTML: (html) => html })
  const parse = (html) => new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, 'text/html')

  /** Puts the elements of an answer in the place of those with the same ids, and keeps the focus where it was. */
  function patch(html) {
    const focused = document.activeElement?.id
    for (const fresh of parse(html).querySelectorAll('[id]')) {
      const old = document.getElementById(fresh.id)
      // What somebody is writing in is left alone; so is what came with an outer element.
      if (
        !old ||
        fresh.ownerDocument === document ||
        old.contains(document.activeElement?.closest('input, textarea, select') ?? null)
      )
        continue
      old.replaceWith(document.adoptNode(fresh))
    }
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
  }

  function live(element) {
    const events = new EventSource(element.dataset.live)
    const note = document.getElementById('live-note')
    const say = (words) => {
      if (note) note.textContent = words
    }
    events.addEventListener('open', () => say('Live'))
    events.addEventListener('patch', (event) => patch(event.data))
    events.addEventListener('last', () => {
      events.close()
      say('')
    })
    events.addEventListener('error', () => {
      say(events.readyState === EventSource.CLOSED ? 'Not live: load the page again' : 'Connecting again …')
    })
  }

  function preview(form) {
    let timer
    let running
    const refresh = async () => {
      running?.abort()
      running = new AbortController()
      try {
        const answer = await fetch(form.dataset.preview, {
          method: 'POST',
          body: new URLSearchParams(new FormData(form)),
          signal: running.signal,
        })
        if (answer.ok || answer.status === 422) patch(await answer.text())
      } catch (error) {
        if (error.name !== 'AbortError') throw error
      }
    }
    form.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(() => void refresh(), 500)
    })
    if (form.hasAttribute('data-preview-now')) void refresh()
  }

  function upload(form) {
    const bar = form.querySelector('progress')
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const request = new XMLHttpRequest()
      request.open('POST', form.action)
      request.upload.addEventListener('progress', ({ loaded, total }) => {
        if (!bar) return
        bar.hidden = false
        bar.max = total
        bar.value = loaded
      })
      request.addEventListener('load', () => {
        if (request.responseURL && request.status < 400 && request.responseURL !== form.action)
          location.assign(request.responseURL)
        else
          document.replaceChild(
            document.adoptNode(parse(request.responseText).documentElement),
            document.documentElement,
          )
      })
      request.addEventListener('error', () => {
        const words = form.querySelector('[data-upload-error]')
        if (words) words.textContent = 'The connection broke. Try again.'
        for (const button of form.querySelectorAll('button')) button.disabled = false
      })
      request.send(new FormData(form))
    })
  }

  /** What was typed and not saved is not lost by a click: the browser asks first. */
  function guard(part) {
    let isUnsaved = part.dataset.guard === 'unsaved'
    part.addEventListener('input', () => {
      isUnsaved = true
    })
    part.closest('form').addEventListener('submit', () => {
      isUnsaved = false
    })
    addEventListener('beforeunload', (event) => {
      if (isUnsaved) event.preventDefault()
    })
  }

  for (const part of document.querySelectorAll('form [data-guard]')) guard(part)
  for (const element of document.querySelectorAll('[data-live]')) live(element)
  for (const form of document.querySelectorAll('form[data-preview]')) preview(form)
  for (const form of document.querySelectorAll('form[data-upload]')) upload(form)

  // A second click does nothing; the server would not mind either.
  document.addEventListener('submit', ({ target, submitter, defaultPrevented }) => {
    if (target.method !== 'post' || target.target === '_blank') return
    setTimeout(() => {
      for (const button of target.querySelectorAll('button')) button.disabled = true
      if (submitter && !defaultPrevented) submitter.setAttribute('aria-busy', 'true')
    })
  })
  // Back in the browser's history the buttons work again.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) for (const button of document.querySelectorAll('button')) button.disabled = false
  })

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (zone) document.cookie = `rollcall-zone=${zone}; path=/; max-age=31536000; samesite=lax`
})()
