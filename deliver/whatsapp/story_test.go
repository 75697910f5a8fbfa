package whatsapp

import (
	"strings"
	"testing"

	"muster/deliver/conformance"
	"muster/mustertest"
)

func TestTheConversationWithMetaIsWholeAndHasNoToken(t *testing.T) {
	w := enter(t, mustertest.Store(t))
	ctx, said := conformance.Overhear(t, w.channel.config.token, w.channel.config.secret, w.channel.config.verify)
	if _, err := w.channel.Send(ctx, call("en", "help")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"> POST /", "/messages\n", "> Authorization: Bearer •••\n", `>   "messaging_product": "whatsapp"`, `"type": "template"`, "< HTTP/1.1 200 OK\n", `"id": "wamid.`,
	} {
		if got := said(); !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
