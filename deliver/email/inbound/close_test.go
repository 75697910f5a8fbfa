package inbound_test

import (
	"context"
	"log/slog"
	"net/smtp"
	"net/url"
	"testing"

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
	for gone := false; !gone; { // nobody new comes in any more
		c, err := smtp.Dial(door.Addr().String())
		if gone = err != nil; !gone {
			_ = c.Close()
		}
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
