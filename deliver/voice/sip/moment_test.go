package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"muster/deliver"
	"muster/deliver/voice"
	"muster/id"
	"muster/lang"
)

// hesitant lets every call ring, and answers it after about as long as it may
// ring: some a little before, some a little behind.
type hesitant struct {
	conn *net.UDPConn
	ring time.Duration
	seen chan struct{}

	mu                       sync.Mutex
	answered, ended          map[string]bool // by Call-ID; whether we have answered, whether there is nothing left of it
	acknowledged, unanswered map[string]bool // whether it is up; whether the desk was told that nobody answered
}

func (h *hesitant) serve() {
	buf := make([]byte, 65535)
	for n := 0; ; {
		size, from, err := h.conn.ReadFromUDP(buf)
		if err != nil {
			return
		}
		msg, err := sip.ParseMessage(buf[:size])
		req, ok := msg.(*sip.Request)
		if err != nil || !ok {
			continue
		}
		say := func(status int, reason, body string) {
			r := sip.NewResponseFromRequest(req, status, reason, []byte(body))
			r.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", Host: "127.0.0.1", Port: h.conn.LocalAddr().(*net.UDPAddr).Port}})
			_, _ = h.conn.WriteToUDP([]byte(r.String()), from)
		}
		call := req.CallID().Value()
		h.mu.Lock()
		switch req.Method {
		case sip.INVITE:
			n++
			say(180, "Ringing", "")
			time.AfterFunc(h.ring+time.Duration(n%80-60)*250*time.Microsecond, func() {
				h.mu.Lock()
				defer h.mu.Unlock()
				if !h.ended[call] {
					h.answered[call] = true
					say(200, "OK", "v=0\r\no=p 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n")
				}
			})
		case sip.CANCEL:
			say(200, "OK", "")
			if !h.answered[call] {
				h.ended[call] = true
				req.CSeq().MethodName = sip.INVITE
				say(487, "Request Terminated", "")
			}
		case sip.ACK:
			h.acknowledged[call] = h.answered[call]
		case sip.BYE:
			h.ended[call] = true
			say(200, "OK", "")
		}
		h.mu.Unlock()
		h.seen <- struct{}{}
	}
}

// Whoever answers in the moment in which we give up must not hold a silent
// phone, in a call of which nobody knows any more.
func TestACallAnsweredAsItStopsRingingIsHungUp(t *testing.T) {
	const calls = 80
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	h := &hesitant{
		conn: conn, ring: 400 * time.Millisecond, seen: make(chan struct{}, 100*calls),
		answered: map[string]bool{}, ended: map[string]bool{}, acknowledged: map[string]bool{}, unanswered: map[string]bool{},
	}
	served := make(chan struct{})
	go func() { h.serve(); close(served) }()
	defer func() { conn.Close(); <-served }()
	trunk, err := New(fmt.Sprintf("sip://127.0.0.1:%d?from=%%2B358457000000&listen=127.0.0.1:0&lines=%d", conn.LocalAddr().(*net.UDPAddr).Port, calls), Config{
		Desk: voice.Desk{Report: func(_ context.Context, r deliver.Report) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.unanswered[r.ProviderID] = r.Code == "no_answer"
			h.seen <- struct{}{}
			return nil
		}},
		Say: func(context.Context, lang.Tag, string) ([]int16, error) { return make([]int16, 80), nil },
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer trunk.Close()
	trunk.setting.ring = h.ring
	var sent sync.WaitGroup
	for range calls {
		sent.Go(func() {
			out := outgoing()
			out.Attempt = id.New[id.Attempt]()
			if _, err := trunk.Send(t.Context(), out); err != nil {
				t.Error(err)
			}
		})
	}
	sent.Wait()
	// A call that counts as unanswered is over at the other side too; any other
	// is up there.
	settled := func() (up, silent, pending int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for call, here := range h.acknowledged {
			switch {
			case h.unanswered[call] && !h.ended[call]:
				silent++
			case here && !h.unanswered[call]:
				up++
			}
		}
		return up, silent, calls - up - len(h.unanswered)
	}
	enough := time.After(2 * time.Second)                   // for whoever is told a moment later
	for end, quiet := time.After(8*time.Second), false; ; { // before those that are up hang up for want of a key
		up, silent, pending := settled()
		if quiet && silent+pending == 0 {
			t.Logf("%d calls were answered in time, %d were not", up, calls-up)
			return
		}
		select {
		case <-h.seen:
		case <-enough:
			quiet = true
		case <-end:
			t.Fatalf("%d calls are up, %d more that count as unanswered; of %d nothing is known", up, silent, pending)
		}
	}
}
