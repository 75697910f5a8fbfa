package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"muster/deliver"
	"muster/deliver/email"
	"muster/deliver/email/dkim"
	"muster/deliver/wording"
	"muster/id"
	"muster/lang"
	"muster/seal"
)

const (
	mailCount   = 6_000
	mailClients = 16
	mailDomain  = "muster.example.org"
)

// mailRow hands mail to a relay that takes everything at once (Postfix's
// smtp-sink) as the lanes do: rendered, built and sent anew each time. Beside
// it Postfix's own smtp-source gives the same sink as many mails of the same
// size over as many connections, which it keeps as we do.
func mailRow(r *run) error {
	sink, err := exec.LookPath("smtp-sink")
	if err != nil {
		return errors.New("smtp-sink is not installed (Debian: postfix)")
	}
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(ctx, sink, "-u", "nobody", addr, "500")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { cancel(); _ = cmd.Wait() }()
	plain, signed, size, err := mailers(ctx, addr)
	if err != nil {
		return err
	}
	defer plain.Close()
	defer signed.Close()
	n := r.n(mailCount)
	var ours, both, theirs spread
	for range 3 {
		source, err := mailSource(ctx, addr, n, size)
		if err != nil {
			return err
		}
		bare, err := mailRate(ctx, plain, n)
		if err != nil {
			return err
		}
		sealed, err := mailRate(ctx, signed, n)
		if err != nil {
			return err
		}
		theirs, ours, both = append(theirs, source), append(ours, bare), append(both, sealed)
	}
	raw := fmt.Sprintf("smtp-source: %s/s", theirs.rounds("%.0f"))
	for _, one := range []struct {
		what string
		rate spread
		goal float64
	}{{"", ours, 0.5}, {", signed with RSA and Ed25519", both, 0}} {
		ratio := one.rate.median() / theirs.median()
		out := line{
			what: fmt.Sprintf("mails handed over, %d of %d bytes over %d connections%s", n, size, mailClients, one.what),
			got:  one.rate.rounds("%.0f") + "/s", raw: raw + fmt.Sprintf("; ratio %.2f", ratio),
		}
		if one.goal > 0 {
			out.goal, out.met = fmt.Sprintf("≥ %.1f × smtp-source", one.goal), judge(ratio >= one.goal, ratio/one.goal)
		}
		r.report(out)
	}
	return nil
}

// mailers are two channels to the address, one of which signs, and how large a
// mail of theirs is.
func mailers(ctx context.Context, addr string) (plain, signed *email.Channel, size int, err error) {
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		return nil, nil, 0, err
	}
	dir, err := os.MkdirTemp("", "muster-bench-")
	if err != nil {
		return nil, nil, 0, err
	}
	defer os.RemoveAll(dir)
	signs, err := dkim.Make(filepath.Join(dir, "dkim.pem"), mailDomain, "bench")
	if err != nil {
		return nil, nil, 0, err
	}
	back := email.Answered(email.Addresses{Domain: "in." + mailDomain, Keys: keys})
	setting := fmt.Sprintf("smtp://%s?connections=%d", addr, mailClients)
	if plain, err = email.New(setting, mailDomain, back); err != nil {
		return nil, nil, 0, err
	}
	if signed, err = email.New(setting, mailDomain, back, email.Signed(signs)); err != nil {
		return nil, nil, 0, err
	}
	out, err := mailOf()
	for until := time.Now().Add(askTime); err == nil; { // until it listens
		if _, err = plain.Send(ctx, out); err == nil || time.Now().After(until) {
			break
		}
		err = nil
	}
	const headers = 1100 // bytes; the rest is the two texts
	return plain, signed, headers + len(out.Text) + len(out.HTML), err
}

// mailOf renders what a monitor is sent of a call for help.
func mailOf() (out deliver.Outgoing, err error) {
	out = deliver.Outgoing{
		Org: id.New[id.Org](), Message: id.New[id.Message](), Attempt: id.New[id.Attempt](), To: "monitor@example.com",
		Lang: lang.English, Thread: "alm_1", Valid: time.Hour,
	}
	out.Subject, out.Text, out.HTML, err = wording.Render(out.Lang, "alarm_raised", map[string]any{
		"Kind": "help", "Who": "Margaret Atkinson", "Phone": "+44 7700 900123", "Workspace": "Depot 2", "Org": "Northfield Care",
		"Zone": "Europe/London", "At": time.Now(), "Link": "https://" + mailDomain + "/a/" + strings.Repeat("x", 39),
	}, "email")
	return out, err
}

// mailRate is how many mails a second a channel hands over.
func mailRate(ctx context.Context, ch *email.Channel, n int) (float64, error) {
	var left atomic.Int64
	left.Store(int64(n))
	began := time.Now()
	errs := make(chan error, mailClients)
	for range mailClients {
		go func() {
			for left.Add(-1) >= 0 {
				out, err := mailOf()
				if err == nil {
					_, err = ch.Send(ctx, out)
				}
				if err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var err error
	for range mailClients {
		err = errors.Join(err, <-errs)
	}
	return float64(n) / time.Since(began).Seconds(), err
}

// mailSource is the same for smtp-source.
func mailSource(ctx context.Context, addr string, n, size int) (float64, error) {
	began := time.Now()
	out, err := exec.CommandContext(ctx, "smtp-source", "-d", "-s", strconv.Itoa(mailClients), "-m", strconv.Itoa(n), "-l", strconv.Itoa(size), addr).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("smtp-source: %w: %s", err, out)
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
