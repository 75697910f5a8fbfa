package smpp

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"muster/deliver"
	"muster/fault"
)

// line is a session with a centre that the test plays.
func line(t *testing.T, take func(*session, pdu)) (s *session, centre net.Conn, in *bufio.Reader) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if centre, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	s = newSession(ours, take)
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.follow() })
	t.Cleanup(func() { _ = centre.Close(); wg.Wait() })
	return s, centre, bufio.NewReader(centre)
}

func next(t *testing.T, in *bufio.Reader) pdu {
	t.Helper()
	p, err := read(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhatTheCentreMayAskIsAnswered(t *testing.T) {
	s, centre, in := line(t, nil)
	send := func(p pdu) {
		t.Helper()
		if _, err := centre.Write(p.append(nil)); err != nil {
			t.Fatal(err)
		}
	}
	send(pdu{command: enquireLink, sequence: 7})
	if p := next(t, in); p.command != enquireLink|answer || p.sequence != 7 || p.status != okay {
		t.Errorf("enquire_link: %+v", p)
	}
	send(pdu{command: 0x103, sequence: 8, body: []byte{1}})
	if p := next(t, in); p.command != genericNack || p.sequence != 8 || p.status != badCommand {
		t.Errorf("a command that we do not know: %+v", p)
	}
	send(pdu{command: alertNotice, sequence: 9})
	send(pdu{command: submitSM | answer, sequence: 99}) // to nothing that was asked
	send(pdu{command: unbind, sequence: 10})
	if p := next(t, in); p.command != unbind|answer || p.sequence != 10 {
		t.Errorf("unbind: %+v", p)
	}
	<-s.ended
	if !errors.Is(s.why, errUnbound) {
		t.Errorf("ended by %v", s.why)
	}
}

func TestALineThatCannotBeFollowedIsGivenUp(t *testing.T) {
	s, centre, in := line(t, nil)
	if _, err := io.WriteString(centre, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if p := next(t, in); p.command != genericNack || p.status != badLength {
		t.Errorf("%+v", p)
	}
	<-s.ended
	if !errors.Is(s.why, errLength) {
		t.Errorf("ended by %v", s.why)
	}
	if _, err := s.ask(t.Context(), submitSM, nil); !errors.Is(err, errLost) {
		t.Errorf("asked on a dead line: %v", err)
	}
}

func TestAnAnswerThatNeverComesAndOneThatIsANo(t *testing.T) {
	s, centre, in := line(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := s.ask(ctx, submitSM, nil); err == nil || !strings.Contains(err.Error(), "may have been taken") {
			t.Errorf("no answer: %v", err)
		}
	})
	next(t, in)
	cancel()
	wg.Wait()
	wg.Go(func() {
		p, err := s.ask(t.Context(), submitSM, nil)
		if err != nil || p.command != genericNack || p.status != badLength {
			t.Errorf("generic_nack: %+v, %v", p, err)
		}
	})
	asked := next(t, in)
	if _, err := centre.Write(pdu{command: genericNack, status: badLength, sequence: asked.sequence}.append(nil)); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
}

// A receipt for a message that nobody knows is not brought again and again.
func TestWhatCannotBeUsedIsAnsweredForGood(t *testing.T) {
	c, err := New("smpp://u:p@h?from=1234", Doors{
		Log:      slog.New(slog.DiscardHandler),
		Reported: func(context.Context, deliver.Report) error { return fault.New(fault.NotFound, "not_found") },
	})
	if err != nil {
		t.Fatal(err)
	}
	receipt := message{class: esmReceipt, text: []byte("id:7 stat:DELIVRD")}
	for name, one := range map[string]struct {
		body []byte
		want uint32
	}{
		"not ours":  {receipt.bytes(), okay},
		"cut":       {receipt.bytes()[:9], badLength},
		"no id":     {message{class: esmReceipt, text: []byte("stat:DELIVRD")}.bytes(), okay},
		"no header": {message{source: address{1, 1, "358401234567"}, class: esmHeader, text: []byte{200}}.bytes(), okay},
	} {
		if got := c.bring(&session{}, pdu{command: deliverSM, body: one.body}); got != one.want {
			t.Errorf("%s: %#x, want %#x", name, got, one.want)
		}
	}
}
