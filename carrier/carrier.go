// Package carrier is who takes this installation's messages to people: mail
// relays, text message carriers and centres, telephone trunks, WhatsApp. The
// provider's staff enter them while the server runs; those that the server's
// environment names stand behind them.
//
// A carrier's setting is composed of what staff typed, in the form in which the
// environment would have it, and goes through the same parser. It lies sealed
// as a whole. Whoever changes where a secret is sent gives the secret anew.
package carrier
