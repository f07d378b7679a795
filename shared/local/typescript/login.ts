// The login part of the journey, by a client that is generated from the
// document. What must not compile is marked: where it does, tsc fails.
import createClient from 'openapi-fetch'
import type { components, paths } from './api.js'

declare const process: { env: Record<string, string | undefined> }

const { API_URL: baseUrl, CONTROL_URL: control } = process.env
const api = createClient<paths>({ baseUrl: baseUrl! })
const device = { 'Device-Id': '6ba7b810-9dad-11d1-80b4-00c04fd430c8' }
const phone = '13800138000'

function expect(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error('not so: ' + what)
}

const app = await api.GET('/v1/app')
expect(app.data?.countries.includes('CN'), 'numbers of the mainland may log in')

// Without the policy nothing is sent.
const refused = await api.POST('/v1/login/codes', {
  params: { header: device }, body: { purpose: 'login', phone, age_group: 'adult' },
})
expect(refused.response.status === 422 && refused.error && 'code' in refused.error, 'a problem')
const code: 'invalid_request' | string = refused.error.code
expect(code === 'invalid_request' && refused.error.errors?.[0]?.location === 'body.policy', 'the policy is required')

// @ts-expect-error a purpose that there is not
void (() => api.POST('/v1/login/codes', { params: { header: device }, body: { purpose: 'gossip' } }))
// @ts-expect-error the device is required
void (() => api.POST('/v1/login/codes', { body: { purpose: 'login' } }))

const current = await api.GET('/v1/policies/privacy/{version}', { params: { path: { version: 'current' } } })
expect(current.data, 'a policy is in force')
const { version, sha256 } = current.data
const asked = await api.POST('/v1/login/codes', {
  params: { header: device }, body: { purpose: 'login', phone, age_group: 'adult', policy: { version, sha256 } },
})
expect(asked.data, 'a code is sent')

const messages = await (await fetch(`${control}/messages?kind=sms&phone=${phone}`)).json() as { items: { text: string }[] }
const typed = /\d{6}/.exec(messages.items[0]?.text ?? '')?.[0]
expect(typed, 'the SMS holds a code')
const login = await api.POST('/v1/login/sessions', {
  params: { header: device },
  body: { challenge_id: asked.data.challenge_id, code: typed, device: { name: 'Pixel', platform: 'android' } },
})
expect(login.data?.user.new, 'somebody new')

const as = (tokens: components['schemas']['LoginBody']) => ({ headers: { Authorization: `Bearer ${tokens.access_token}` } })
const me = await api.GET('/v1/me', as(login.data))
expect(me.data?.id === login.data.user.id && !me.data.minor, 'it is oneself')

const refreshed = await api.POST('/v1/login/refresh', {
  params: { header: device }, body: { refresh_token: login.data.refresh_token },
})
expect(refreshed.data, 'the next tokens')
const sessions = await api.GET('/v1/me/sessions', as(refreshed.data))
expect(sessions.data?.items.length === 1 && sessions.data.items[0]?.current, 'one session, the current one')

const out = await api.DELETE('/v1/me/sessions/current', as(refreshed.data))
expect(out.response.status === 204, 'logged out')
const dead = await api.GET('/v1/me', as(refreshed.data))
expect(dead.response.status === 401 && dead.error && 'code' in dead.error && dead.error.code === 'unauthenticated', 'the token is dead')
console.log('logged in, refreshed and out as', phone)
