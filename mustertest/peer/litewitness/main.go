// Command litewitness reads a cosigned checkpoint from its input and says, with
// another's implementation of C2SP tlog-cosignature, whose it is and when it was
// cosigned. Its arguments are the log's key and the witness's.
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(log, witness string) error {
	signed, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	ours, err := note.NewVerifier(log)
	if err != nil {
		return err
	}
	theirs, err := torchwood.NewCosignatureVerifier(witness)
	if err != nil {
		return err
	}
	n, err := note.Open(signed, note.VerifierList(ours, theirs))
	if err != nil {
		return err
	}
	if len(n.Sigs) != 2 || n.Sigs[1].Name != theirs.Name() {
		return fmt.Errorf("it has %d signatures that count", len(n.Sigs))
	}
	c, err := torchwood.ParseCheckpoint(n.Text)
	if err != nil {
		return err
	}
	at, err := torchwood.CosignatureTimestamp(n.Sigs[1])
	fmt.Println(c.Origin, c.N, time.Unix(at, 0).UTC().Format(time.RFC3339))
	return err
}
