package smpp

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"muster/deliver"
	"muster/mustertest"
)

// Over TLS the centre's certificate must be of its name, and of an authority
// that the machine trusts; here one that SSL_CERT_FILE adds.
func TestTheCentresCertificateIsChecked(t *testing.T) {
	known, stranger := mustertest.NewAuthority(t), mustertest.NewAuthority(t)
	t.Setenv("SSL_CERT_FILE", known.File) // read once, at the first check in this process
	for name, c := range map[string]struct {
		by    *mustertest.Authority
		of    string
		wrong string // what the sender is told; empty: the text goes out
	}{
		"its own":         {known, "localhost", ""},
		"another's":       {known, "smpp.example.org", "certificate is valid for smpp.example.org, not localhost"},
		"of nobody known": {stranger, "localhost", "certificate signed by unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			cert, key := c.by.Certificate(t, c.of)
			centre := mustertest.NewCentre(t, map[string]any{"cert": cert, "key": key})
			ch, err := New(fmt.Sprintf("smpps://muster:s3cret@localhost:%d?from=%%2B358457000000", centre.Port), Doors{
				Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
				Reported: func(context.Context, deliver.Report) error { return nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			var running sync.WaitGroup
			running.Go(func() { ch.Run(ctx) })
			defer func() { cancel(); running.Wait() }()
			_, err = ch.Send(t.Context(), text("+358401234567", "over TLS"))
			switch {
			case c.wrong == "" && err != nil:
				t.Error(err)
			case c.wrong == "":
				if got := centre.Text(t); got.Text != "over TLS" {
					t.Errorf("%+v", got)
				}
			case err == nil || !strings.Contains(err.Error(), c.wrong):
				t.Errorf("the sender is told %v", err)
			}
		})
	}
}
