package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/letin/grant"
	"muster/policy"
	"muster/tell/told"
)

type exportCmd struct {
	database
	Organisation string `required:"" help:"The organisation's id."`
	Out          string `short:"o" type:"path" help:"File to write; default standard output."`
}

// Run writes an organisation's book.
func (c *exportCmd) Run(ctx context.Context, s *streams) error {
	return c.within(ctx, c.Organisation, func(n *node, org id.Org) error { return c.write(ctx, n, org, s.out) })
}

func (c *exportCmd) write(ctx context.Context, n *node, org id.Org, out io.Writer) error {
	rule, err := policy.Check(operator(), "exportBook", policy.Resource{Type: "Book", Org: org})
	if err != nil {
		return err
	}
	if c.Out == "" {
		return n.book.Export(ctx, operator(), org, rule, out)
	}
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // never over another export
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(n.book.Export(ctx, operator(), org, rule, w), w.Flush(), f.Close())
}

type verifyCmd struct {
	File    string   `arg:"" type:"existingfile" help:"The export, the evidence about one access, or the proof of one notice."`
	Key     string   `help:"The book's public key, known by another way than the file."`
	Against []string `type:"existingfile" help:"Signed checkpoints from earlier or later, such as those that came by mail."`
	Witness []string `help:"Keys of witnesses, known by another way than the file; each must have cosigned one of the checkpoints to compare with."`
}

// errFound makes the exit status tell that something is wrong with the file.
var errFound = errors.New("the book is not whole")

// Run checks an export without any database or network.
func (c *verifyCmd) Run(s *streams) error {
	opt := ledger.VerifyOptions{Key: c.Key, Witnesses: c.Witness}
	for _, path := range c.Against {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		opt.Against = append(opt.Against, string(text))
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, one := range []func(*os.File, *streams) (bool, error){c.aboutGrant, c.aboutNotice} {
		if about, err := one(f, s); about || err != nil {
			return err
		}
	}
	report, err := ledger.Verify(f, opt)
	if err != nil {
		return err
	}
	for _, found := range report.Findings {
		fmt.Fprintln(s.out, lang.Fault(lang.English, found.Fault))
	}
	if !report.Whole() {
		return errFound
	}
	fmt.Fprintf(s.out, "whole: %d entries of %s, %d values erased in the open\nroot %s\nkey %s\n",
		report.Entries, report.Organisation, report.Erased, report.Root, report.Key)
	for _, seen := range report.Witnessed {
		fmt.Fprintf(s.out, "cosigned by %s at %s, with %d entries\n", seen.Name, seen.At.Format(time.RFC3339), seen.Size)
	}
	if report.KeyFromFile {
		fmt.Fprintln(s.out, "the key is the file's own: compare it with one that reached you by another way, or give it with --key")
	}
	return nil
}

// aboutGrant checks a file of evidence about one grant, if it is one. Otherwise
// it leaves the file as if nobody had read it.
func (c *verifyCmd) aboutGrant(f *os.File, s *streams) (about bool, err error) {
	seen, err := grant.CheckEvidence(f, c.Key)
	if seen.Key == "" {
		_, err = f.Seek(0, io.SeekStart)
		return false, err
	}
	if err != nil {
		fmt.Fprintln(s.out, lang.Fault(lang.English, fault.From(err)))
		return true, errFound
	}
	state := "more may come: the access is not over"
	if seen.Complete {
		state = "complete: the access is over"
	}
	c.holds(s, fmt.Sprintf("%d entries about %s of %s", seen.Entries, seen.Grant, seen.Organisation), state, seen.Key)
	return true, nil
}

// aboutNotice checks a proof of one notice, if it is one, in the same way.
func (c *verifyCmd) aboutNotice(f *os.File, s *streams) (about bool, err error) {
	seen, err := told.CheckProof(f, c.Key)
	if seen.Key == "" {
		_, err = f.Seek(0, io.SeekStart)
		return false, err
	}
	if err != nil {
		fmt.Fprintln(s.out, lang.Fault(lang.English, fault.From(err)))
		return true, errFound
	}
	state := "more may come: the notice is not over"
	if seen.Complete {
		state = "complete: the notice is over"
	}
	what := fmt.Sprintf("%d entries about %s of %s", seen.Entries, seen.Subject, seen.Organisation)
	if seen.Parts > 0 {
		what += fmt.Sprintf(", and %d organisations that were told", seen.Parts)
	}
	c.holds(s, what, state, seen.Key)
	return true, nil
}

// holds says of a file that holds what it is, and whose key it was checked with.
func (c *verifyCmd) holds(s *streams, what, state, key string) {
	fmt.Fprintf(s.out, "holds: %s\n%s\nkey %s\n", what, state, key)
	if c.Key == "" {
		fmt.Fprintln(s.out, "the key is the file's own: compare it with one that reached you by another way, or give it with --key")
	}
}
