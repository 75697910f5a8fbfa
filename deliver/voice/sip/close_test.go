package sip

import (
	"context"
	"fmt"
	"testing"
	"time"

	"muster/deliver/voice"
)

// The database is closed once the trunk is: a call for help that has been typed
// must be in it by then.
func TestOA1TheTrunkClosesBehindACallForHelp(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	port := free()
	l := dial(t, port, fmt.Sprintf("listen=:%d", port+5))
	typed, over := make(chan struct{}), make(chan struct{})
	l.trunk.Desk.Visited = func(ctx context.Context, v voice.Visitor) (voice.Reception, error) {
		if v.Help {
			close(typed)
			<-over
		}
		return l.visited(ctx, v)
	}
	wait := sipp(t, "visits", []string{fmt.Sprintf("%s:%d", them, port+5), "-p", fmt.Sprint(port), "-mp", fmt.Sprint(port + 10000)}, "CALLER", "+358401234567", "KEYS", "**")
	<-typed
	closed := make(chan struct{})
	go func() { l.trunk.Close(); close(closed) }()
	select {
	case <-closed:
		t.Error("the trunk is closed, and a call for help is still being taken")
	case <-time.After(closing / 5):
	}
	close(over)
	wait()
	<-closed
}
