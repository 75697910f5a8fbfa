package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"

	"muster/actor"
	"muster/demo"
	"muster/demo/freightdesk"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/pass"
	"muster/letin/product"
	"muster/letin/setting"
)

// freightName is what the demonstration's other product is called.
const freightName = "Freight Desk"

// freight starts the demonstration's other product beside Muster, and ends it
// when ctx does. Where its address is in use the demonstration goes without.
func (n *node) freight(ctx context.Context, s *streams, at string, w *demo.World, log *slog.Logger) error {
	if at == "" {
		return nil
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		_, err = fmt.Fprintf(s.out, "%s is not there: %v\n\n", freightName, err)
		return err
	}
	address := "http://" + l.Addr().String()
	p, token, err := n.freightProduct(ctx, address, w.Orgs)
	if err != nil {
		return err
	}
	var companies []freightdesk.Company
	for _, o := range w.Orgs {
		companies = append(companies, freightdesk.Company{ID: string(o.ID), Name: o.Name})
	}
	d, err := freightdesk.New(freightdesk.Config{Muster: n.url.String(), Product: string(p.ID), Token: token, Companies: companies, Log: slog.New(slog.NewTextHandler(s.errs, &slog.HandlerOptions{Level: slog.LevelError}))})
	if err != nil {
		return err
	}
	gone := make(chan struct{}, 2)
	go func() { d.Run(ctx); gone <- struct{}{} }()
	go func() {
		if err := d.Serve(ctx, l); err != nil {
			log.Warn("the freight desk has stopped", "err", err)
		}
		gone <- struct{}{}
	}()
	n.lasting = append(n.lasting, func() { <-gone; <-gone })
	_, err = fmt.Fprintf(s.out, "%s, another product of the provider's: %s\n\n", freightName, address)
	return err
}

// freightProduct enters the product, or gives the one of an earlier start a new
// token. All customers have it.
func (n *node) freightProduct(ctx context.Context, address string, orgs []demo.Org) (p pass.Product, token string, err error) {
	office := pass.New(pass.Config{Store: n.store, Keys: n.keys, Gate: n.gate, URL: n.url.String(), Log: n.log})
	defer office.Close()
	director := actor.Actor{
		Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Muster demonstration", Door: actor.Command,
		Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true},
	}
	d := pass.Draft{Name: freightName, Address: address}
	all, err := office.Products(ctx, director)
	if err != nil {
		return p, "", err
	}
	if at := slices.IndexFunc(all, func(p pass.Product) bool { return p.Name == freightName }); at >= 0 {
		p = all[at]
		token, err = office.Rekey(ctx, director, p.ID)
		err = errors.Join(err, office.Change(ctx, director, p.ID, d))
	} else {
		p, token, err = office.Add(ctx, director, d)
	}
	if err != nil {
		return p, "", err
	}
	for _, o := range orgs {
		if err := product.Give(ctx, n.store, director, o.ID, p.ID); err != nil && fault.From(err).Code != "already_done" {
			return p, "", err
		}
	}
	return p, token, n.freightSettings(ctx, director, p.ID)
}

// freightSettings enters what can be set there into the catalogue, which says
// how important each is. What is there already stays.
func (n *node) freightSettings(ctx context.Context, director actor.Actor, of id.Product) error {
	for _, s := range freightdesk.Settings() {
		one := setting.Setting{
			Of: of, Key: s.ID, Class: setting.Class(s.Class),
			Names: map[lang.Tag]string{lang.English: s.Name, lang.Finnish: s.Name, lang.French: s.Name},
		}
		if s.ID == "password" {
			one.Class = setting.Secret
		}
		_, err := setting.Add(ctx, n.store, director, one)
		if f := fault.From(err); f != nil && f.Code != "taken" {
			return err
		}
	}
	return nil
}
