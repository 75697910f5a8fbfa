package main

import (
	"context"
	"net"
	"net/netip"
	"sync"

	"muster/call/wire"
	"muster/deliver"
	"muster/deliver/dc09"
	"muster/deliver/outward"
	"muster/deliver/webhook"
)

// wiring is the flags about wires that lead out and panels that report in.
type wiring struct {
	DC09     string `name:"dc09" env:"MUSTER_DC09" placeholder:"HOST:PORT" help:"Address on which frames of alarm systems (SIA DC-09) are taken, TCP and UDP; none without it."`
	Networks string `name:"webhook-networks" env:"MUSTER_WEBHOOK_NETWORKS" placeholder:"10.1.0.0/16,…" help:"Private networks that webhooks and DC-09 may reach."`
}

// networks are those private ones that wires may reach.
func (w wiring) networks() ([]netip.Prefix, error) {
	all, err := outward.ParseNetworks(w.Networks)
	if err != nil {
		return nil, wrong("--webhook-networks", "%v", err)
	}
	return all, nil
}

// wires is what a node does about wires: the timers' handlers, and what runs.
type wires struct {
	office   wire.Office
	polls    *wire.Polls
	carrier  *wire.Carrier
	receiver *dc09.Receiver
	tcp      net.Listener
	udp      net.PacketConn
}

// wire adds the channels of wires, and listens for panels if that is wanted.
func (n *node) wire(ctx context.Context, w wiring, channels map[string]deliver.Channel) (*wires, error) {
	allowed, err := w.networks()
	if err != nil {
		return nil, err
	}
	office := wire.Office{Store: n.store, Keys: n.keys, Allowed: allowed}
	out := &dc09.Channel{Book: office, Transmitter: dc09.Transmitter{Now: n.store.Now, Guard: outward.Guard(allowed)}}
	hooks := webhook.New(office, n.store.Now, allowed)
	channels[out.Name()], channels[hooks.Name()] = out, hooks
	all := &wires{
		office: office, polls: wire.NewPolls(out, n.log), carrier: &wire.Carrier{Store: n.store, Log: n.log},
		receiver: &dc09.Receiver{Desk: office, Now: n.store.Now, Log: n.log},
	}
	if w.DC09 == "" {
		return all, nil
	}
	var listen net.ListenConfig
	if all.tcp, err = listen.Listen(ctx, "tcp", w.DC09); err != nil {
		return nil, wrong("--dc09", "%v", err)
	}
	// The same port, also where the system chose it.
	if all.udp, err = listen.ListenPacket(ctx, "udp", all.tcp.Addr().String()); err != nil {
		_ = all.tcp.Close()
		return nil, wrong("--dc09", "%v", err)
	}
	n.log.Info("taking frames of alarm systems", "dc09", all.tcp.Addr().String())
	return all, nil
}

// run carries alarms onto wires and takes frames until ctx ends.
func (w *wires) run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { w.carrier.Run(ctx) })
	wg.Go(func() { w.receiver.Serve(ctx, w.tcp, w.udp) })
	wg.Wait()
}
