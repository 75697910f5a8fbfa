package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"muster/call/canary"
	"muster/call/shift"
	"muster/deliver"
	"muster/identity"
)

// watching is the flags of what watches over the installation itself.
type watching struct {
	Canary    time.Duration `env:"MUSTER_CANARY" default:"15m" help:"How often Muster tries an alarm of its own from end to end; 0 never."`
	Heartbeat string        `env:"MUSTER_HEARTBEAT" placeholder:"https://…" help:"Address to ask each minute while all is well; whoever is behind it notices silence."`
}

const shortestFlight = time.Minute

// keeper sets the canary up before the engines run; nil: it does not fly.
func (n *node) keeper(ctx context.Context, w watching, channels map[string]deliver.Channel) (*canary.Keeper, error) {
	if u, err := url.Parse(w.Heartbeat); w.Heartbeat != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return nil, wrong("--heartbeat", "must be an address such as https://watch.example/muster")
	}
	switch {
	case w.Canary == 0 && w.Heartbeat != "":
		return nil, wrong("--heartbeat", "wants a canary: give --canary too")
	case w.Canary == 0:
		return nil, nil
	case w.Canary < shortestFlight:
		return nil, wrong("--canary", "must be 0 or at least %s", shortestFlight)
	}
	k := &canary.Keeper{
		Store: n.store, Desk: shift.Desk{Store: n.store, Keys: n.keys}, Every: w.Canary, Log: n.log,
		Staff: func(ctx context.Context) ([]string, error) { return identity.StaffMail(ctx, n.store) },
	}
	for name, ch := range channels {
		channels[name] = k.Loop(ch)
	}
	return k, k.Install(ctx)
}

// health tells that the process answers, and when an alarm last came through.
func (n *node) health(k *canary.Keeper) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "ok")
		n.carried(w)
		if k == nil {
			fmt.Fprintln(w, "canary: does not fly")
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		switch h, err := k.Health(ctx); {
		case err != nil:
			fmt.Fprintln(w, "canary: the database does not answer")
		case !h.Well(n.store.Now()):
			fmt.Fprintln(w, "canary: FAILED, last home", h.Last.Handed.Format(time.RFC3339))
		case !h.Last.Home():
			fmt.Fprintln(w, "canary: well, first flight under way")
		default:
			fmt.Fprintf(w, "canary: well, last home %s, alarm %d ms after its deadline, message %d ms after that\n",
				h.Last.Handed.Format(time.RFC3339), h.Last.Alarm().Milliseconds(), h.Last.Message().Milliseconds())
		}
	}
}
