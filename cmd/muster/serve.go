package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"muster/api"
	"muster/api/access"
	"muster/api/ingest"
	"muster/call/device"
	"muster/call/shift"
	"muster/call/texting"
	"muster/deliver"
	"muster/deliver/sms"
	"muster/lang"
	"muster/letin/pass"
	"muster/web"
)

// serving is the flags of whatever serves.
type serving struct {
	Listen string `env:"MUSTER_LISTEN" default:"127.0.0.1:8420" help:"Address to listen on."`
	URL    string `name:"url" env:"MUSTER_URL" help:"Public address of the installation; default http://LISTEN."`
	Tiles  string `env:"MUSTER_TILES" placeholder:"https://…/{z}/{x}/{y}.png" help:"Street tiles for the maps; without them they show countries."`
	Wide   int    `name:"wide-news" env:"MUSTER_WIDE_NEWS" default:"10" help:"How many organisations news about the service reach before a second person has to release them; 0: however many."`
	Outage string `name:"outage" env:"MUSTER_OUTAGE" type:"path" placeholder:"FOLDER" help:"Keep a snapshot in this folder from which customers can be told while the database is down; without it none is kept."`
	Zone   string `env:"MUSTER_ZONE" default:"UTC" help:"Time zone of the provider's people, for example Europe/Helsinki: their pages show times in it, and take them."`
	wiring
	watching
	watched
	signOn
}

func (s serving) public() (string, error) {
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return "", wrong("--listen", "must be HOST:PORT")
	}
	if _, err := lang.Zone(cmp.Or(s.Zone, "UTC")); err != nil {
		return "", wrong("--zone", "must be a time zone such as Europe/Helsinki")
	}
	if s.URL == "" {
		return "http://" + s.Listen, nil
	}
	return s.URL, nil
}

type serveCmd struct {
	database
	serving
}

// tiles checks the address of street tiles: a map without its streets would
// be found out only in an alarm.
func (s serving) tiles() (string, error) {
	if s.Tiles == "" {
		return "", nil
	}
	u, err := url.Parse(s.Tiles)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", wrong("--tiles", "must be an address such as https://tiles.example/{z}/{x}/{y}.png")
	}
	for _, part := range []string{"{z}", "{x}", "{y}"} {
		if !strings.Contains(s.Tiles, part) {
			return "", wrong("--tiles", "must contain %s", part)
		}
	}
	return s.Tiles, nil
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(ctx context.Context) error {
	log := newLog()
	public, err := c.public()
	if err != nil {
		return err
	}
	c.serves = true
	if c.staffSignOn, err = c.setting(); err != nil {
		return err
	}
	n, err := c.open(ctx, log, public)
	if err != nil {
		return err
	}
	n.wide, n.outage = c.Wide, c.Outage
	channels, err := n.carriers(ctx)
	if err != nil {
		return errors.Join(err, n.close())
	}
	return errors.Join(n.serve(ctx, c.serving, channels, nil), n.close())
}

// phones is the door for the apps that workers' phones run.
func (n *node) phones() http.Handler {
	desk := device.Desk{Store: n.store, Shifts: shift.Desk{Store: n.store, Keys: n.keys}}
	return ingest.New(ingest.Deps{Take: desk.Take, Now: n.store.Now, Log: n.log})
}

// passes is where other products of the provider's are answered.
func (n *node) passes() *pass.Office {
	office := pass.New(pass.Config{Store: n.store, Keys: n.keys, Gate: n.gate, URL: n.url.String(), Log: n.log})
	n.lasting = append(n.lasting, office.Close)
	return office
}

// products is the door for them.
func (n *node) products(office *pass.Office, mux *http.ServeMux, m *metrics) {
	door := m.watch("access", access.New(access.Deps{Office: office, URL: n.url.String(), Log: n.log}))
	mux.Handle(access.Prefix, door)
	mux.Handle(access.Configured, door)
}

// texting is where what people write is read.
func (n *node) texting() texting.Desk {
	return texting.Desk{Store: n.store, Keys: n.keys, Shifts: shift.Desk{Store: n.store, Keys: n.keys}}
}

// texts takes what workers send by text message.
func (n *node) texts() func(context.Context, sms.Text) error {
	desk := n.texting()
	return func(ctx context.Context, t sms.Text) error {
		return desk.Take(ctx, texting.Text{ID: t.ID, From: t.From, Body: t.Body})
	}
}

// Limits of the server: a client that is slow on purpose must not hold a
// connection for long. Live feeds and exports write for longer and extend
// their own deadline.
const (
	headTime  = 10 * time.Second
	readTime  = 60 * time.Second
	idleTime  = 2 * time.Minute
	closeTime = 10 * time.Second
)

// garbage is how much a server lets gather before it collects, in percent of
// what it uses, where GOGC does not say. It uses little, and in a storm the
// database on the same machine needs the processor more.
const garbage = 200

func spareGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}

// serve answers requests and runs the engines until ctx ends, then finishes
// what is under way; what is not is in the database.
func (n *node) serve(ctx context.Context, at serving, channels map[string]deliver.Channel, sent func() []web.Sent) error {
	tiles, err := at.tiles()
	if err != nil {
		return err
	}
	wires, err := n.wire(ctx, at.wiring, channels)
	if err != nil {
		return err
	}
	routes := map[string]http.Handler{}
	if n.board != nil {
		routes["/carrier/{carrier}"], routes["/carrier/{carrier}/{door...}"] = n.board, n.board
	}
	push, err := n.webpush(ctx, at.wiring, channels, routes)
	if err != nil {
		return err
	}
	bird, err := n.keeper(ctx, at.watching, channels)
	if err != nil {
		return err
	}
	if err := n.witness(ctx, at, routes); err != nil {
		return err
	}
	passes := n.passes()
	pages, err := web.New(web.Deps{Drill: n.drill(), Grants: n.grants(), Notices: n.notices(), Witnesses: n.witnesses, Store: n.store, Keys: n.keys, Gate: n.gate, Book: n.book, Log: n.log, URL: n.url.String(), Zone: at.Zone, Tiles: tiles, Carriers: n.board, Passes: passes, Has: n.has(channels), Support: n.supportAddress(), Outbox: sent, Networks: wires.office.Allowed, Push: push})
	if err != nil {
		return err
	}
	metrics := newMetrics(n, bird)
	mux := http.NewServeMux()
	mux.Handle("/", metrics.watch("pages", pages))
	rest := metrics.watch("api", api.New(api.Deps{Store: n.store, Keys: n.keys, Gate: n.gate, Book: n.book, Log: n.log, URL: n.url.String(), Networks: wires.office.Allowed, Push: push, Has: n.has(channels)}))
	mux.Handle("/api/", rest)
	n.products(passes, mux, metrics)
	mux.Handle(ingest.Path, metrics.watch("devices", n.phones()))
	mux.HandleFunc("GET /healthz", n.health(bird))
	mux.HandleFunc("GET /readyz", n.ready)
	mux.Handle("GET /metrics", metrics.handler())
	for pattern, h := range routes {
		mux.Handle(pattern, h)
	}
	l, err := net.Listen("tcp", at.Listen)
	if err != nil {
		return wrong("--listen", "%v", err)
	}
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: headTime, ReadTimeout: readTime, IdleTimeout: idleTime, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	spareGarbage()
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	wait := n.engines(working, channels, wires, at.watching, bird)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	n.log.Info("serving", "url", n.url.String(), "listen", l.Addr().String(), "database", n.store.Kind())
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	err = errors.Join(err, shut(ctx, server))
	stop()
	wait()
	return err
}

// shut lets a server finish what is under way, for as long as that is given.
func shut(ctx context.Context, server *http.Server) error {
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer done()
	if server.Shutdown(closing) != nil {
		return server.Close()
	}
	return nil
}
