// Command muster is the whole of Muster in one binary: the server, and what
// its operator needs beside it. It only wires rooms together.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"muster/fault"
	"muster/lang"
)

// cli is every command with its flags.
type cli struct {
	Serve   serveCmd      `cmd:"" help:"Serve pages and API, fire timers, send messages."`
	Demo    demoCmd       `cmd:"" help:"Serve a lively demonstration with simulated workers and a built-in outbox."`
	Init    initCmd       `cmd:"" help:"Make the provider's first staff member; prints a one-use sign-in link and an API token."`
	Token   tokenCmd      `cmd:"" help:"Make an API token of an organisation; prints it."`
	Import  importCmd     `cmd:"" help:"Take people from a spreadsheet into an organisation's roster; shows what would change unless --apply."`
	Export  exportCmd     `cmd:"" help:"Write an organisation's whole book, with proofs, to standard output."`
	Verify  verifyCmd     `cmd:"" help:"Check an exported book offline."`
	BookKey witnessKeyCmd `cmd:"" name:"book-key" help:"Print the line by which another installation witnesses all books of this one."`
	DKIM    dkimCmd       `cmd:"" name:"dkim" help:"Make the keys that sign mail, and print their DNS records."`
	Migrate migrateCmd    `cmd:"" help:"Bring the database's schema up to date and stop."`
	Outage  outageCmd     `cmd:"" help:"Tell customers of our own outage while the database is down; try that out; take what was told into the books."`
	Texts   templatesCmd  `cmd:"" name:"whatsapp-templates" help:"Print the WhatsApp templates that Meta must approve, as JSON."`
	Bench   benchCmd      `cmd:"" help:"Measure Muster beside the raw limits of this machine."`
}

// Exit statuses: 1 something was found or failed, 2 wrong flags or settings.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) (status int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exited := -1
	parser, err := kong.New(&cli{}, kong.Name("muster"), kong.Writers(out, errs),
		kong.Description("Whom to call, whom to let in, whom to tell."),
		kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(errs, "muster:", err)
		return exitFailed
	}
	call, err := parser.Parse(args)
	if exited >= 0 {
		return exited // help was asked for
	}
	if err != nil {
		fmt.Fprintln(errs, "muster:", err)
		return exitUsage
	}
	call.BindTo(ctx, (*context.Context)(nil))
	call.Bind(&streams{out: out, errs: errs})
	err = call.Run()
	switch usage := (*usageError)(nil); {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintln(errs, "muster:", usage.text)
		return exitUsage
	default:
		fmt.Fprintln(errs, "muster:", sentence(err))
		return exitFailed
	}
}

// streams are where a command writes.
type streams struct{ out, errs io.Writer }

// usageError is a wrong flag or setting: one line that names the key and the
// rule.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func wrong(key, rule string, args ...any) error {
	return &usageError{key + ": " + fmt.Sprintf(rule, args...)}
}

// sentence is an error as the operator reads it.
func sentence(err error) string {
	if f := fault.From(err); f.Kind != fault.Internal {
		text := lang.Fault(lang.English, f)
		if f.Field != "" {
			return f.Field + ": " + text
		}
		return text
	}
	return err.Error()
}
