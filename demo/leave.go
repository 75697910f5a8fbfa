package demo

import (
	"context"
	"fmt"
	"time"

	"muster/id"
	"muster/letin/desk/insist"
	"muster/letin/grant"
	"muster/store"
)

// asking is the exception that waits because of a request.
func (s *support) asking(tx *store.Tx, which id.Request) (id.Exception, error) {
	all, err := insist.Of(tx, which)
	if err != nil {
		return "", err
	}
	return all[0].ID, nil
}

// emergency is somebody who came in without being asked, has gone again, and
// waits for an administrator to review what they did.
func (s *support) emergency(ctx context.Context) error {
	if err := s.grants.PutBreaker(ctx, s.who(director), s.who(second).Staff, true); err != nil {
		return err
	}
	g, err := s.grants.Break(ctx, s.who(second), grant.Emergency{
		Org: s.w.Orgs[english].ID, Words: "Nobody is told when help is pressed in the Hill district", Request: s.asked[oddAlarm].Reference(),
	})
	if err != nil {
		return err
	}
	if _, err = s.look(ctx, second, g.ID, "/board", "/procedures", "/duty"); err != nil {
		return err
	}
	_, err = s.grants.Return(ctx, s.who(second), g.ID)
	return err
}

// leaves are those that were asked for: one that was used and is over, one that
// waits for the customer, one that waits for a second yes of the provider's, and
// those that are open, by one of which somebody is inside.
func (s *support) leaves(ctx context.Context) error {
	day, fortnight := 24*time.Hour, 14*24*time.Hour
	for _, l := range []struct {
		org          int
		asks, enters string
		scope        grant.Scope
		reason       grant.Reason
		about, words string
		lasts        time.Duration
		consents     bool
		approve      []string
		then         func(g id.Grant) error
	}{
		{english, agent, project, grant.View, grant.Training, training, "Show the new coordinators the desk, on their own data", day, true, []string{inside, services}, s.shown(ctx)},
		{english, second, agent, grant.View, grant.Support, lateVisits, "Evening visits of the Hill district do not show on the board", 0, false, []string{head, inside}, nil},
		{english, agent, second, grant.Configure, grant.Support, shortGrace, "Set the grace of night sit-ins as the customer asks", 2 * day, true, []string{inside}, nil},
		{english, project, inside, grant.View, grant.Check, training, "Look whether all is well before the quarterly call", fortnight, true, []string{director, services}, s.stays(ctx)},
		{finnish, second, agent, grant.View, grant.Support, lostPhone, "Selvitetään, miksi puhelin ei lähetä sijaintia", fortnight, true, []string{head, inside}, nil},
		{french, inside, project, grant.Configure, grant.Setup, firstSetup, "Mettre en place les rotations de la vallée avec le client", fortnight, true, []string{director, services}, nil},
	} {
		d := grant.Draft{Scope: l.scope, Reason: l.reason, Words: l.words, Request: s.asked[l.about].Reference(), For: l.lasts}
		g, err := s.leave(ctx, l.org, l.asks, l.enters, d, l.consents, l.approve...)
		if err == nil && l.then != nil {
			err = l.then(g.ID)
		}
		if err != nil {
			return fmt.Errorf("%s for %s: %w", l.words, l.enters, err)
		}
	}
	return nil
}

// shown is a visit that is over: the customer thanked and took the leave back.
func (s *support) shown(ctx context.Context) func(id.Grant) error {
	return func(g id.Grant) error {
		guest, err := s.look(ctx, project, g, "/board", "/incidents", "/rotas", "/roster")
		if err == nil {
			err = s.house().Leave(ctx, guest)
		}
		if err == nil {
			_, err = s.grants.Revoke(ctx, s.admin(english), g, "Thank you, all three have seen it")
		}
		return err
	}
}

// stays is a visit that goes on.
func (s *support) stays(ctx context.Context) func(id.Grant) error {
	return func(g id.Grant) error {
		_, err := s.look(ctx, inside, g, "/board", "/rotas")
		return err
	}
}
