package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"time"

	"muster/actor"
	"muster/carrier"
	"muster/deliver/email/dkim"
	"muster/identity"
	"muster/lang"
	"muster/letin/staff"
	"muster/policy"
	"muster/store"
	"muster/tell/outage"
)

// lifeboat keeps the folder from which customers can be told while the database
// is down.
func (n *node) lifeboat(ctx context.Context, folder string) (outage.Keeper, error) {
	keys, err := outage.OpenKeys(ctx, n.store, n.keys)
	return outage.Keeper{
		Store: n.store, Keys: keys, Folder: outage.Folder(folder), Wide: n.wide, URL: n.url.String(),
		Gather: n.gather, Aftermath: aftermath, Log: n.log,
	}, err
}

// drill has this very program try out, as a process of its own that is given no
// database, how somebody of the staff would be told; nil: there is no folder.
func (n *node) drill() func(context.Context, actor.Actor) error {
	if n.outage == "" {
		return nil
	}
	return func(ctx context.Context, who actor.Actor) error {
		var mail string
		err := n.store.View(ctx, identity.Provider, func(tx *store.Tx) (err error) {
			mail, _, err = staff.Mail(tx, who.Staff)
			return err
		})
		if err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, drillTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, self, "outage", "drill", n.outage, "--by", mail)
		cmd.Env = []string{"MUSTER_DB=" + nowhere}
		out, failed := cmd.CombinedOutput()
		k, err := n.lifeboat(ctx, n.outage)
		if err = errors.Join(err, failed); failed != nil {
			n.log.Error("the drill for our own outage failed", "err", failed, "said", string(out))
		}
		return errors.Join(err, k.AdoptAll(context.WithoutCancel(ctx)))
	}
}

// drillTime is how long whoever presses waits, and nowhere a database that does
// not answer.
const (
	drillTime = 40 * time.Second
	nowhere   = "postgres://127.0.0.1:1/nowhere"
)

// afloat keeps the folder until ctx ends; without one there is nothing to keep.
func (n *node) afloat(ctx context.Context) {
	if n.outage == "" {
		return
	}
	k, err := n.lifeboat(ctx, n.outage)
	if err != nil {
		n.log.Error("nobody could be told of our own outage", "err", err)
		return
	}
	k.Run(ctx)
}

// gather adds to a snapshot who of the staff writes news, over which carriers
// they leave, and what mail is signed with.
func (n *node) gather(ctx context.Context, s *outage.Snapshot) error {
	err := n.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		all, err := staff.List(tx)
		for _, m := range all {
			who := actor.Actor{Kind: actor.Staff, Staff: m.ID, Name: m.Name, Support: m.Support(tx.Now())}
			// Whether somebody stands is asked at the door, which is shut then:
			// who answers for a word said beside it is written down.
			who.Support.Stands = true
			if _, no := policy.Check(who, "writeNotice", policy.Resource{Type: "Installation"}); m.Active && no == nil {
				s.Staff = append(s.Staff, outage.Member{ID: m.ID, Name: m.Name, Email: m.Email, Language: lang.Match(string(m.Lang))})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	entered, err := carrier.Office{Store: n.store, Keys: n.keys}.Settings(ctx)
	if err != nil {
		return err
	}
	for _, c := range entered {
		if c.Active && c.Err == nil {
			s.Carriers = append(s.Carriers, outage.Carrier{Kind: c.Kind, Name: c.Name, Setting: c.Text})
		}
	}
	for _, c := range environment() {
		s.Carriers = append(s.Carriers, outage.Carrier{Kind: c.Kind, Name: c.Name, Setting: c.Setting})
	}
	if n.door != nil {
		s.Back = n.door.Addresses().Domain
	}
	setting := os.Getenv(dkim.Key)
	if setting == "" {
		return nil
	}
	keys, err := dkim.Open(setting)
	if err != nil {
		return err
	}
	s.Signing.Domain, s.Signing.Selector, s.Signing.Keys = keys.Export()
	return nil
}
