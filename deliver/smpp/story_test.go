package smpp

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/deliver/conformance"
	"muster/mustertest"
)

// told sends a text and gives the conversation.
func (w *world) told(to, body string) (string, error) {
	ctx, said := conformance.Overhear(w.t, "s3cret")
	_, err := w.Send(ctx, text(to, body))
	return said(), err
}

func TestTheConversationWithACentreIsWholeAndHasNoPassword(t *testing.T) {
	w := start(t, map[string]any{"refuse": map[string]int{"358409999999": 11}}, "&type=alarm")
	w.centre.Expect(t, "a bind", func(s mustertest.CentreSaid) bool { return s.Bound != "" })
	w.centre.Order(t, map[string]any{"cut": true})
	w.centre.Expect(t, "the cut", func(s mustertest.CentreSaid) bool { return s.Closed })
	for range 1000 { // until we have noticed as well
		w.out.mu.Lock()
		gone := w.out.now == nil
		w.out.mu.Unlock()
		if gone {
			break
		}
		<-time.After(time.Millisecond)
	}
	first, err := w.told("+358401234567", "Aino needs help €")
	if err != nil {
		t.Fatal(err)
	}
	long, err := w.told("+358401234567", strings.Repeat("Ж", 80))
	if err != nil {
		t.Fatal(err)
	}
	refused, err := w.told("+358409999999", "Aino")
	if err == nil {
		t.Error("it was not refused")
	}
	for got, want := range map[string]string{
		first: `^> \(there is no connection to the message centre at this moment\)\n> bind_transceiver as muster to 127\.0\.0\.1:\d+, password •••, system_type "alarm", interface_version 3\.4\n` +
			`< bind_transceiver_resp 0x0, done\n> submit_sm from 1/1 358457000000 to 1/1 358401234567, data_coding 0, esm_class 0x0, registered_delivery 1, validity_period 000000010000000R\n` +
			`> Aino needs help €\n< submit_sm_resp 0x0, done, message_id \w+\n$`,
		long:    `^> submit_sm .*data_coding 8, esm_class 0x40.*header 05 00 03 .. 02 01\n> Ж{67}\n< submit_sm_resp 0x0.*\n> submit_sm .*header 05 00 03 .. 02 02\n> Ж{13}\n< submit_sm_resp 0x0.*\n$`,
		refused: `> Aino\n< submit_sm_resp 0xb, recipient's address is wrong\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("the conversation is not\n%s\nbut\n%s", want, got)
		}
	}
	wrong := start(t, map[string]any{"pass": "an0ther"}, "")
	wrong.centre.Expect(t, "a refusal", func(s mustertest.CentreSaid) bool { return s.Refused })
	if got, err := wrong.told("+358401234567", "Aino"); err == nil || !strings.Contains(got, "< bind_transceiver_resp 0xe, password is wrong") {
		t.Errorf("%v\n%s", err, got)
	}
}
