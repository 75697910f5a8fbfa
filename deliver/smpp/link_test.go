package smpp

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"
)

// A centre that lets us bind and cuts the line at once, because somebody else
// is bound already or the account is suspended, is not stormed.
func TestACentreThatCutsUsOffIsLeftAlone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New("smpp://user:pass@"+l.Addr().String()+"?from=12345", Doors{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	bound := make(chan time.Time, 10)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if p, err := read(bufio.NewReader(conn)); err == nil {
				_, _ = conn.Write(pdu{command: p.command | answer, sequence: p.sequence, body: []byte{0}}.append(nil))
				bound <- time.Now()
			}
			_ = conn.Close()
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() { c.Run(ctx) })
	first := <-bound
	<-bound
	if pause := (<-bound).Sub(first); pause < pauses[0]+pauses[1] {
		t.Errorf("the third time it binds %v after the first", pause)
	}
	cancel()
	_ = l.Close()
	wg.Wait()
}
