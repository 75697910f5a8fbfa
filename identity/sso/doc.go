// Package sso lets the provider's staff sign in at the provider's own identity
// provider, by OpenID Connect: authorization code, PKCE, one client.
//
// What comes back is believed only if the same browser asked for it (state), it
// answers this question (nonce), it comes from the issuer asked (the parameter
// iss of RFC 9207 and the token's own), is signed by an algorithm on a short
// list, and says that the person was asked lately (auth_time) and for a second
// factor (acr, amr). Who that is among the staff is the caller's to say.
//
// Nothing is kept here between asking and answering: it lies sealed in a cookie
// of the browser that asked. The provider's keys and addresses are read when
// they are first wanted, so that Muster starts without it.
package sso
