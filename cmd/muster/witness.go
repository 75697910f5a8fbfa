package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	door "muster/api/witness"
	carry "muster/deliver/witness"
	"muster/letin/witness"
)

// watched is the flags about witnesses of books.
type watched struct {
	Witnesses   string `env:"MUSTER_WITNESSES" type:"existingfile" placeholder:"FILE" help:"Witnesses that cosign every organisation's book each day, one a line: witness NAME KEY URL."`
	WitnessLogs string `env:"MUSTER_WITNESS_LOGS" type:"existingfile" placeholder:"FILE" help:"Logs of others that this installation cosigns, one a line: log KEY, or muster KEY for all books of another installation."`
	WitnessName string `env:"MUSTER_WITNESS_NAME" placeholder:"NAME" help:"Name under which it cosigns; default the address of the installation, without its scheme, and /witness."`
}

// witness sets up who cosigns the books, and the door for others' logs.
func (n *node) witness(ctx context.Context, at serving, routes map[string]http.Handler) (err error) {
	if n.witnesses, err = n.office(at.watched, at.wiring); err != nil || at.WitnessLogs == "" {
		return err
	}
	routes[door.Prefix], err = n.stand(ctx, at.watched)
	return err
}

// office is where books are witnessed.
func (n *node) office(at watched, w wiring) (o witness.Office, err error) {
	allowed, err := w.networks()
	if err != nil {
		return o, err
	}
	o = witness.Office{Store: n.store, Book: n.book, Client: carry.New(allowed, n.store.Now), Log: n.log}
	if at.Witnesses == "" {
		return o, nil
	}
	text, err := os.ReadFile(at.Witnesses)
	if err == nil {
		o.Peers, err = witness.ParsePeers(string(text), allowed)
	}
	if err != nil {
		return o, wrong("--witnesses", "%v", err)
	}
	return o, nil
}

// stand is where others' logs are cosigned.
func (n *node) stand(ctx context.Context, at watched) (http.Handler, error) {
	text, err := os.ReadFile(at.WitnessLogs)
	if err != nil {
		return nil, wrong("--witness-logs", "%v", err)
	}
	logs, err := witness.ParseLogs(string(text))
	if err != nil {
		return nil, wrong("--witness-logs", "%v", err)
	}
	name := at.WitnessName
	if name == "" {
		name = n.url.Host + "/witness"
	}
	stand, err := witness.Take(ctx, n.store, n.keys, name, logs)
	if err != nil {
		return nil, wrong("--witness-name", "%v", err)
	}
	n.log.Info("cosigning others' logs", "key", stand.Key().String(), "url", n.url.JoinPath(door.Prefix).String())
	return door.New(door.Deps{Stand: stand, Log: n.log}), nil
}

type witnessKeyCmd struct{ database }

// Run prints the line by which another installation comes to witness all books
// of this one.
func (c *witnessKeyCmd) Run(ctx context.Context, s *streams) error {
	n, err := c.open(ctx, newLog(), "http://localhost")
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, "muster", n.book.Public())
	return n.close()
}
