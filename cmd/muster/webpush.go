package main

import (
	"context"
	"net/http"
	"os"

	"muster/deliver"
	"muster/deliver/webpush"
	"muster/roster/contact"
)

// webpushShown is where service workers say that they have shown an alert.
const webpushShown = "/carrier/webpush/shown"

// webpush sets up the channel if the environment names the operator's contact,
// and gives the key with which browsers subscribe.
func (n *node) webpush(ctx context.Context, w wiring, channels map[string]deliver.Channel, routes map[string]http.Handler) (key string, err error) {
	contactAddress := os.Getenv(webpush.Key)
	if contactAddress == "" {
		return "", nil
	}
	signer, err := webpush.NewSigner(ctx, n.store, n.keys, contactAddress)
	if err != nil {
		return "", &usageError{err.Error()}
	}
	allowed, err := w.networks()
	if err != nil {
		return "", err
	}
	c := webpush.New(contact.Devices{Store: n.store, Keys: n.keys}, signer, n.keys, n.store.Now, allowed)
	channels[c.Name()] = c
	routes["POST "+webpushShown] = c.Shown(n.reported(c.Name()))
	return signer.Public(), nil
}
