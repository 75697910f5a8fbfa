package inbound_test

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/smtp"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/email/inbound"
	"muster/id"
	"muster/seal"
)

// The database is closed once the door is; what is being done about a mail must
// be over by then.
func TestTheDoorClosesBehindTheLastMail(t *testing.T) {
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	door, err := inbound.Open(t.Context(), "smtp://127.0.0.1:0?domain=in.muster.test", keys)
	if err != nil {
		t.Fatal(err)
	}
	begun, over := make(chan struct{}), make(chan struct{})
	door.Desk = inbound.Desk{
		URL: &url.URL{Scheme: "https", Host: "muster.test"}, Log: slog.New(slog.DiscardHandler),
		Report: func(context.Context, deliver.Report) error {
			close(begun)
			<-over
			return nil
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	closed := make(chan struct{})
	go func() { door.Serve(ctx); close(closed) }()
	sent := make(chan error, 1)
	go func() {
		to := door.Addresses().For(id.New[id.Attempt]())
		sent <- smtp.SendMail(door.Addr().String(), nil, "", []string{to}, []byte("Auto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nI am away.\r\n"))
	}()
	<-begun
	cancel()
	for greeted(door.Addr().String()) { // until nobody new comes in any more
	}
	select {
	case <-closed:
		t.Error("the door is closed, and a mail is still being worked on")
	default:
	}
	close(over)
	if err := <-sent; err != nil {
		t.Errorf("the mail that was under way: %v", err)
	}
	<-closed
}

// greeted tells whether the door still lets somebody in. Once it has closed, its
// port may be anybody's, who need not speak first.
func greeted(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && strings.HasPrefix(line, "220 in.muster.test ")
}
