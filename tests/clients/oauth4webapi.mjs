// oauth4webapi (certified for FAPI 2.0) as a client under the FAPI profiles, and as a resource server (RFC 9068).
import * as oauth from 'oauth4webapi'
import { demand, run, setting, visit } from './person.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(setting.issuer)
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
const kid = 'k-1'

const discover = async () =>
  oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))

async function register(server, profile) {
  const jwk = { ...(await crypto.subtle.exportKey('jwk', keys.publicKey)), kid, alg: 'ES256', use: 'sig' }
  delete jwk.key_ops
  delete jwk.ext
  const response = await oauth.dynamicClientRegistrationRequest(
    server,
    {
      redirect_uris: [setting.redirect],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid offline_access',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: 'ES256',
      authorization_signed_response_alg: 'ES256',
      introspection_signed_response_alg: 'ES256',
      fapi_profile: profile,
    },
    { ...insecure, initialAccessToken: setting.initial_access_token },
  )
  const client = await oauth.processDynamicClientRegistrationResponse(response)
  client[oauth.clockSkew] = setting.skew
  return client
}

async function walk(profile, { signed }) {
  const server = await discover()
  const client = await register(server, profile)
  const auth = oauth.PrivateKeyJwt({ key: keys.privateKey, kid })
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  let asked = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: setting.redirect,
    response_type: 'code',
    scope: 'openid offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...(signed ? { response_mode: 'jwt' } : {}),
  })
  if (signed) {
    const request = await oauth.issueRequestObject(server, client, asked, { key: keys.privateKey, kid })
    asked = new URLSearchParams({ client_id: client.client_id, request })
  }
  const pushed = await oauth.processPushedAuthorizationResponse(
    server,
    client,
    await oauth.pushedAuthorizationRequest(server, client, auth, asked, { ...insecure, DPoP }),
  )
  const front = new URL(server.authorization_endpoint)
  front.searchParams.set('client_id', client.client_id)
  front.searchParams.set('request_uri', pushed.request_uri)
  const left = await visit(front)
  const answer = signed
    ? await oauth.validateJwtAuthResponse(server, client, left, state, insecure)
    : oauth.validateAuthResponse(server, client, left, state)
  const sent = await oauth.authorizationCodeGrantRequest(
    server, client, auth, answer, setting.redirect, verifier, { ...insecure, DPoP },
  )
  const options = { expectedNonce: nonce, requireIdToken: true }
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, sent, options)
  await oauth.validateApplicationLevelSignature(server, sent, insecure)
  demand(tokens.token_type === 'dpop', 'a bound token')
  await asResource(server, tokens, DPoP)
  const again = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, auth, tokens.refresh_token, { ...insecure, DPoP }),
  )
  demand(again.refresh_token === undefined, 'no rotation')
  const info = await oauth.introspectionRequest(server, client, auth, again.access_token, {
    ...insecure,
    requestJwtResponse: signed,
  })
  const told = await oauth.processIntrospectionResponse(server, client, info)
  demand(told.active && told.cnf.jkt, 'active and bound')
}

// The same token before a resource server that checks JWT, audience, type and proof by itself.
async function asResource(server, tokens, DPoP) {
  const url = new URL('/oauth/userinfo', issuer)
  let seen
  const response = await oauth.protectedResourceRequest(tokens.access_token, 'GET', url, undefined, undefined, {
    ...insecure,
    DPoP,
    [oauth.customFetch]: (address, request) => {
      seen = new Request(address, request)
      return fetch(address, request)
    },
  })
  demand(response.status === 200, 'userinfo')
  const claims = await oauth.validateJwtAccessToken(server, seen, setting.issuer, {
    ...insecure,
    [oauth.clockSkew]: setting.skew,
    requireDPoP: true,
  })
  demand(claims.acr && claims.auth_time, 'how the person signed in (RFC 9470)')
}

await run({
  fapi2_security: () => walk('fapi2_security', { signed: false }),
  fapi2_message_signing: () => walk('fapi2_message_signing', { signed: true }),
})
