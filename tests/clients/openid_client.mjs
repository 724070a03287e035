// openid-client (certified for OpenID Connect and FAPI 2.0) walks each flow with every check that it has.
import * as client from 'openid-client'
import { ask, demand, run, setting, visit } from './person.mjs'

const issuer = new URL(setting.issuer)
const redirect = setting.redirect
const scope = 'openid profile offline_access'

async function keyOf(jwk) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const { kid, alg, use, ...plain } = jwk
  return { key: await crypto.subtle.importKey('jwk', { ...plain, key_ops: ['sign'] }, algorithm, false, ['sign']), kid }
}

async function configure(kind, metadata = {}, ...more) {
  const known = setting.clients[kind]
  const auth = known.jwk
    ? client.PrivateKeyJwt(await keyOf(known.jwk))
    : known.client_secret
      ? client.ClientSecretBasic(known.client_secret)
      : client.None()
  const told = { id_token_signed_response_alg: 'ES256', [client.clockSkew]: setting.skew, ...metadata }
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks, ...more]
  return client.discovery(issuer, known.client_id, told, auth, { execute })
}

async function begin(config, extra = {}, build = client.buildAuthorizationUrl) {
  const verifier = client.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() }
  const asked = {
    redirect_uri: redirect,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  }
  return { url: await build(config, asked), checks: { ...checks, idTokenExpected: true } }
}

async function login(config, { extra, build, dpop } = {}) {
  const { url, checks } = await begin(config, extra, build)
  return client.authorizationCodeGrant(config, await visit(url), checks, undefined, dpop && { DPoP: dpop })
}

async function refused(promise, error) {
  try {
    await promise
  } catch (found) {
    demand((found.error ?? found.cause?.error) === error, `${error}, not ${found.error ?? found.message}`)
    return
  }
  demand(false, `a refusal: ${error}`)
}

const code = (kind) => async () => {
  const config = await configure(kind)
  const tokens = await login(config)
  const claims = tokens.claims()
  const told = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  demand(told.sub === claims.sub && told.name, 'userinfo of the same person')
  const again = await client.refreshTokenGrant(config, tokens.refresh_token)
  demand(again.refresh_token !== tokens.refresh_token, 'another refresh token')
  demand(again.claims().sub === claims.sub && again.claims().auth_time === claims.auth_time, 'the same login')
  await refused(client.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant')
  await refused(client.refreshTokenGrant(config, again.refresh_token), 'invalid_grant')
}

const decide = (action) => async () => {
  const config = await configure('basic')
  const started = await client.initiateBackchannelAuthentication(config, {
    scope: 'openid',
    login_hint: setting.login,
    binding_message: 'K7-31',
  })
  await ask({ ciba: action, number: started.confirmation_number })
  const poll = client.pollBackchannelAuthenticationGrant(config, { ...started, interval: 0.1 })
  if (action === 'deny') return refused(poll, 'access_denied')
  demand((await poll).claims()['urn:openid:params:jwt:claim:auth_req_id'] === started.auth_req_id, 'auth_req_id')
}

await run({
  code_basic: code('basic'),
  code_private_key_jwt: code('pkjwt'),
  code_public: code('public'),
  async pushed_request() {
    await login(await configure('pkjwt'), { build: client.buildAuthorizationUrlWithPAR })
  },
  async signed_request() {
    const config = await configure('pkjwt')
    const key = await keyOf(setting.clients.pkjwt.jwk)
    await login(config, { build: (config, asked) => client.buildAuthorizationUrlWithJAR(config, asked, key) })
  },
  async signed_response() {
    const config = await configure('pkjwt', { authorization_signed_response_alg: 'RS256' }, client.useJwtResponseMode)
    await login(config)
  },
  async dpop() {
    const config = await configure('pkjwt')
    const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'), { [client.clockSkew]: setting.skew })
    const tokens = await login(config, { build: client.buildAuthorizationUrlWithPAR, dpop })
    demand(tokens.token_type === 'dpop', 'a bound token')
    const subject = tokens.claims().sub
    demand((await client.fetchUserInfo(config, tokens.access_token, subject, { DPoP: dpop })).sub === subject, 'sub')
    const own = await client.clientCredentialsGrant(config, {}, { DPoP: dpop })
    demand(own.token_type === 'dpop', 'a bound token of its own')
  },
  async introspection_and_revocation() {
    const config = await configure('basic')
    const tokens = await login(config)
    const before = await client.tokenIntrospection(config, tokens.access_token)
    demand(before.active && before.sub === tokens.claims().sub, 'active')
    await client.tokenRevocation(config, tokens.access_token)
    demand(!(await client.tokenIntrospection(config, tokens.access_token)).active, 'revoked')
    await client.tokenRevocation(config, tokens.refresh_token)
    await refused(client.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant')
  },
  async client_credentials_and_resource() {
    const config = await configure('basic')
    const tokens = await client.clientCredentialsGrant(config, { scope: 'evidence', resource: setting.resource })
    demand((await client.tokenIntrospection(config, tokens.access_token)).aud === setting.resource, 'aud')
    await refused(client.clientCredentialsGrant(config, { resource: 'https://nobody.example' }), 'invalid_target')
  },
  async authorization_details() {
    const config = await configure('basic')
    const details = [{ type: 'urn:authsvc:signature', documents: [{ name: 'a.pdf', digest: setting.digest }] }]
    const tokens = await login(config, { extra: { authorization_details: JSON.stringify(details) } })
    demand(JSON.stringify(tokens.authorization_details) === JSON.stringify(details), 'the details come back')
  },
  async device() {
    const config = await configure('public')
    const started = await client.initiateDeviceAuthorization(config, { scope: 'openid' })
    await ask({ device: started.verification_uri, code: started.user_code })
    const tokens = await client.pollDeviceAuthorizationGrant(config, { ...started, interval: 0.1 })
    demand(tokens.claims().sub, 'a person')
  },
  ciba_approved: decide('allow'),
  ciba_denied: decide('deny'),
  async token_exchange() {
    const config = await configure('basic')
    const tokens = await login(config)
    const type = 'urn:ietf:params:oauth:token-type:access_token'
    const made = await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
      subject_token: tokens.access_token,
      subject_token_type: type,
    })
    demand(made.issued_token_type === type && made.access_token !== tokens.access_token, 'a token of its own')
  },
  async registration() {
    const told = { redirect_uris: ['https://rp.example/cb'], token_endpoint_auth_method: 'client_secret_post' }
    const options = { initialAccessToken: setting.initial_access_token, execute: [client.allowInsecureRequests] }
    const config = await client.dynamicClientRegistration(issuer, told, client.ClientSecretPost(), options)
    demand(config.clientMetadata().client_secret, 'a secret')
  },
  async mutual_tls() {
    // The proxy that ends TLS is played by a header: the service sees no more of a handshake than this.
    const options = { initialAccessToken: setting.initial_access_token, execute: [client.allowInsecureRequests] }
    const told = {
      redirect_uris: [redirect],
      grant_types: ['authorization_code', 'client_credentials'],
      scope: 'openid evidence',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      tls_client_certificate_bound_access_tokens: true,
      jwks: { keys: [setting.certificate.jwk] },
    }
    const config = await client.dynamicClientRegistration(issuer, told, client.TlsClientAuth(), options)
    config[client.customFetch] = (url, request) =>
      fetch(url, { ...request, headers: { ...request.headers, 'client-cert': setting.certificate.header } })
    const tokens = await client.clientCredentialsGrant(config, { scope: 'evidence' })
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url'))
    demand(claims.cnf['x5t#S256'] === setting.certificate.thumbprint, 'bound to the certificate')
  },
  async logout() {
    const config = await configure('basic')
    const tokens = await login(config, { extra: { scope: 'openid' } })
    const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: setting.bye, state: 's-1' }
    const left = await visit(client.buildEndSessionUrl(config, parameters))
    demand(String(left) === `${setting.bye}?state=s-1`, 'back at the client')
    const ended = await client
      .fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
      .catch((found) => found.cause?.[0]?.parameters?.error)
    demand(ended === 'invalid_token', 'the tokens ended with the session')
  },
})
