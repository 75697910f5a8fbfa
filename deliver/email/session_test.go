package email

import (
	"crypto/tls"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestCommandsTravelTogetherOnlyIfTheServerCanTakeIt(t *testing.T) {
	addr, heard := recite(t, "220 hello", "250 plain", "250 ok", "550 no such user", "250 reset", "221 bye")
	c := channel(t, addr, "")
	_, err := c.Send(t.Context(), outgoing("a@good.test"))
	if err == nil || !final(err) {
		t.Errorf("error %v", err)
	}
	c.Close()
	want := []string{"EHLO muster.example.org", "MAIL FROM:<muster@muster.example.org>", "RCPT TO:<a@good.test>", "RSET", "QUIT"}
	if got := <-heard; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// RFC 2920 §3.1: a server may ask for the text though it refused everybody.
func TestAServerThatWantsATextForNobodyGetsAnEmptyOne(t *testing.T) {
	addr, heard := recite(t, "220 hello", "250-both\r\n250 PIPELINING",
		"250 ok", "550 no such user", "354 go on", "554 nobody to send to", "250 reset", "221 bye")
	c := channel(t, addr, "")
	_, err := c.Send(t.Context(), outgoing("a@good.test"))
	if err == nil || !final(err) || !strings.Contains(err.Error(), "no such user") {
		t.Errorf("error %v", err)
	}
	c.Close()
	want := []string{"EHLO muster.example.org", "MAIL FROM:<muster@muster.example.org>", "RCPT TO:<a@good.test>", "DATA", ".", "RSET", "QUIT"}
	if got := <-heard; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestAServerThatTalksWithoutEndIsCutOff(t *testing.T) {
	addr, _ := recite(t, "220 "+strings.Repeat("x", 1<<20))
	if _, err := channel(t, addr, "").Send(t.Context(), outgoing("a@good.test")); err == nil {
		t.Error("no error")
	}
}

func TestMailGoesOverTLSFromTheFirstByte(t *testing.T) {
	s := newServer(t)
	front := httptest.NewUnstartedServer(nil)
	front.StartTLS() // for its certificate
	t.Cleanup(front.Close)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: front.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	go s.peer.Serve(l)
	c, err := New("smtps://anna:secret@"+l.Addr().String(), "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for range 2 {
		if _, err := c.Send(t.Context(), outgoing("a@good.test")); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.connections.Load(); n != 1 || len(s.taken()) != 2 {
		t.Errorf("%d mails over %d connections", len(s.taken()), n)
	}
}

func TestPasswordsTravelOnlyWhereTheyMay(t *testing.T) {
	s := newServer(t)
	if _, err := New("smtp://"+s.addr, "x"); err != nil {
		t.Fatal(err)
	}
	c, err := New("smtp://anna:se%40cret@"+s.addr, "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := c.Send(t.Context(), outgoing("a@good.test")); err != nil {
		t.Fatal(err)
	}
	if got := s.signedIn.Load(); got == nil || *got != "anna:se@cret" {
		t.Errorf("signed in as %v", got)
	}
	c.config.requireTLS = true // as for a server that is not this machine
	c.Close()
	if _, err := c.Send(t.Context(), outgoing("a@good.test")); err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("without TLS: %v", err)
	}
	wrong, err := New("smtp://anna:wrong@"+s.addr, "muster.example.org")
	if err != nil {
		t.Fatal(err)
	}
	_, err = wrong.Send(t.Context(), outgoing("a@good.test"))
	if err == nil || final(err) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("wrong password: %v", err)
	}
}
