// An identity provider that is not ours (oidc-provider, from npm). It reads one
// line of JSON from standard input: {"client", "secret", "back", "logout",
// "spare"}, prints its issuer, and lets whoever comes in be the user of the
// latest line {"user": {"sub", "email", "verified", "name", "acr", "amr",
// "ago"}}, asked "ago" seconds ago. A user without sub refuses to sign in.
// {"out": sub} signs somebody out by the back channel. With "spare" the mail
// address is told to whoever asks at the user info endpoint, and not in the
// token. Each line is answered by one.
const http = require('node:http');
const readline = require('node:readline');

console.warn = () => {}; // it is only for tests, and knows it

(async () => {
  const { Provider } = await import('oidc-provider');
  let user = {}, provider, setup;
  const answer = (o) => process.stdout.write(JSON.stringify(o) + '\n');
  const people = {};

  function start(said) {
    setup = said;
    const server = http.createServer((req, res) => serve(req, res).catch((err) => { res.statusCode = 500; res.end(String(err.stack)); }));
    server.listen(0, '127.0.0.1', () => {
      const issuer = `http://127.0.0.1:${server.address().port}`;
      provider = new Provider(issuer, {
        clients: [{
          client_id: setup.client, client_secret: setup.secret, redirect_uris: [setup.back], response_types: ['code'], grant_types: ['authorization_code'],
          ...(setup.logout ? { backchannel_logout_uri: setup.logout, backchannel_logout_session_required: true } : {}),
        }],
        acrValues: ['one', 'two'],
        claims: { openid: ['sub', 'acr', 'amr', 'auth_time', 'sid'], email: ['email', 'email_verified'], profile: ['name'] },
        conformIdTokenClaims: setup.spare === true,
        cookies: { keys: ['only for tests'] },
        features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, claimsParameter: { enabled: true } },
        pkce: { required: () => true },
        fetch: (url, { method, headers, body }) => fetch(url, { method, headers, body }), // its own refuses this machine's addresses
        interactions: { url: (ctx, interaction) => `/come/${interaction.uid}` },
        findAccount: (ctx, sub) => ({ accountId: sub, claims: () => people[sub] }),
        loadExistingGrant: async (ctx) => {
          const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
          grant.addOIDCScope('openid email profile');
          await grant.save();
          return grant;
        },
      });
      provider.on('server_error', (ctx, err) => process.stderr.write(`${err.stack}\n`));
      answer({ issuer });
    });
  }

  async function serve(req, res) {
    if (!req.url.startsWith('/come/')) return provider.callback()(req, res);
    if (!user.sub) return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'the person refused' });
    people[user.sub] = { sub: user.sub, email: user.email, email_verified: user.verified, name: user.name };
    const ts = Math.floor(Date.now() / 1000) - (user.ago || 0);
    return provider.interactionFinished(req, res, { login: { accountId: user.sub, acr: user.acr, amr: user.amr, ts, remember: false } });
  }

  readline.createInterface({ input: process.stdin }).on('line', async (line) => {
    const said = JSON.parse(line);
    if (said.client) return start(said);
    if (said.user) { user = said.user; return answer({}); }
    try {
      const client = await provider.Client.find(setup.client);
      await client.backchannelLogout(said.out, said.session);
      answer({});
    } catch (err) {
      answer({ error: String(err.message) });
    }
  }).on('close', () => process.exit(0));
})();
