package main

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/dc09"
	"muster/mustertest"
)

// A customer's administrator names the hosts of a wire: what only this machine
// can reach is none of them, unless the operator of the installation says so.
func TestFramesReachPrivateNetworksOnlyWhereTheOperatorAllowsIt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n := &node{store: mustertest.Store(t), log: slog.New(slog.DiscardHandler)}
	for networks, want := range map[string]dc09.Verdict{"": dc09.Unreachable, "10.0.0.0/8": dc09.Unreachable, "127.0.0.1": dc09.Silent} {
		channels := map[string]deliver.Channel{}
		if _, err := n.wire(t.Context(), wiring{Networks: networks}, channels); err != nil {
			t.Fatal(err)
		}
		transmit := channels["dc09"].(*dc09.Channel).Transmitter
		transmit.Wait = 100 * time.Millisecond
		out := transmit.Hand(t.Context(), dc09.Link{Receivers: []string{l.Addr().String()}, Line: "0", Account: "1234"}, dc09.Frame{ID: dc09.Null, Account: "1234"})
		if out.Verdict != want {
			t.Errorf("with %q allowed: %+v, want %s", networks, out, want)
		}
	}
}
