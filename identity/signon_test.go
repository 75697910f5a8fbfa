package identity

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity/sso"
	"muster/ledger"
	"muster/mustertest"
	"muster/store"
)

// office is an installation whose staff sign in at a real identity provider.
type office struct {
	*house
	issuer *mustertest.Issuer
	olga   id.Staff
	told   chan string // logout tokens
}

const olgasMail = "olga@provider.example"

// user is Olga as the identity provider has her.
var user = mustertest.User{Sub: "u-olga", Email: olgasMail, Verified: true, Name: "Olga", AMR: []string{"pwd", "otp"}}

func withSignOn(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	onBoth(t, func(t *testing.T, h *house) {
		o := &office{house: h, told: make(chan string, 10)}
		back := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { o.told <- r.PostFormValue("logout_token") }))
		t.Cleanup(back.Close)
		o.issuer = mustertest.NewIssuer(t, mustertest.IssuerSpec{Back: "https://muster.example" + sso.Path, Logout: back.URL})
		if _, _, err := h.InitProvider(t.Context(), "Olga Operator", olgasMail); err != nil {
			t.Fatal(err)
		}
		o.olga = o.staffOf(olgasMail)
		s, err := sso.Setting{Issuer: o.issuer.URL, Client: o.issuer.Client, Secret: o.issuer.Secret, Name: "Example ID"}.Checked()
		if err != nil {
			t.Fatal(err)
		}
		h.signOn = sso.New(s, h.url, h.keys, h.store.Now, slog.New(slog.NewTextHandler(h.log, nil)))
		test(t, o)
	})
}

func (o *office) staffOf(email string) (who id.Staff) {
	o.t.Helper()
	err := o.store.Across().View(o.t.Context(), func(tx *store.AcrossTx) error {
		m, err := store.One(tx, staffByFold, scanStaffRow, email)
		who = m.staff
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return who
}

// comes is one whole way to the identity provider and back.
func (o *office) comes(u mustertest.User) (SignedIn, error) {
	o.t.Helper()
	o.issuer.Knows(u)
	to, cookie, _, err := o.SignOn().Begin(o.t.Context(), "/provider/staff", false)
	if err != nil {
		return SignedIn{}, err
	}
	in, _, err := o.SignInAsStaff(o.t.Context(), cookie, o.issuer.Visit(to).Query(), desk)
	return in, err
}

// across runs a unit over everything, with an entry in the provider's book.
func (o *office) across(fn func(tx *store.AcrossTx) error) {
	o.t.Helper()
	err := o.store.Across().Do(o.t.Context(), func(tx *store.AcrossTx) error {
		return errors.Join(fn(tx), book(tx, actor.Engine(), ledger.Entry{Kind: "staff.changed"}))
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestWK8StaffComeInBySingleSignOnAndProveASecondFactor(t *testing.T) {
	withSignOn(t, func(t *testing.T, o *office) {
		in, err := o.comes(user)
		if err != nil {
			t.Fatal(err)
		}
		who, s, err := o.SessionActor(t.Context(), in.Cookie)
		if err != nil || who.Kind != actor.Staff || who.Staff != o.olga || s.How != "sso" || s.Proved.IsZero() {
			t.Fatalf("%+v, %+v, %v", who, s, err)
		}
		weak := user
		weak.AMR = []string{"pwd"}
		if _, err := o.comes(weak); codeOf(err) != "sso_factor" {
			t.Errorf("without a second factor: %v", err)
		}
	})
}

func TestWK8AnIdentityIsBoundOnceAndNeverMovedSilently(t *testing.T) {
	withSignOn(t, func(t *testing.T, o *office) {
		refused := func(name, want string, u mustertest.User) {
			t.Helper()
			if _, err := o.comes(u); codeOf(err) != want {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		stranger := mustertest.User{Sub: "u-eve", Email: "eve@provider.example", Verified: true, AMR: user.AMR}
		refused("somebody who is not of the staff", "sso_unknown", stranger)
		unread := user
		unread.Verified = false
		refused("an address that nobody verified", "sso_unverified", unread)
		refused("the first time", "", user)

		moved := user
		moved.Email = "olga.operator@elsewhere.example"
		in, err := o.comes(moved)
		if err != nil {
			t.Fatalf("another address at the provider: %v", err)
		}
		if who, _, err := o.SessionActor(t.Context(), in.Cookie); err != nil || who.Staff != o.olga {
			t.Errorf("another address made somebody else of her: %+v, %v", who, err)
		}
		thief := user
		thief.Sub = "u-thief"
		refused("another identity with her address", "sso_another", thief)

		o.across(func(tx *store.AcrossTx) error {
			was, err := UnbindStaff(tx, o.olga)
			if !was {
				t.Error("nothing was bound")
			}
			return err
		})
		refused("after somebody undid it", "", thief)
		refused("her old identity", "sso_another", user)
	})
}

func TestWK8WhoLeftIsOutAtOnceAndForEver(t *testing.T) {
	withSignOn(t, func(t *testing.T, o *office) {
		in, err := o.comes(user)
		if err != nil {
			t.Fatal(err)
		}
		o.across(func(tx *store.AcrossTx) error { return EndStaff(tx, o.olga) })
		if o.in(in.Cookie) {
			t.Error("still in")
		}
		o.across(func(tx *store.AcrossTx) error { return tx.Write(deactivateForTest, o.olga) })
		if _, err := o.comes(user); codeOf(err) != "sso_left" {
			t.Errorf("comes back: %v", err)
		}
	})
}

var deactivateForTest = store.Across("identity.deactivate_for_test", `update staff set active = false where id = $1`)

// As soon as there is single sign-on, staff come in by nothing else; who is on
// a customer's roster too comes in there as before, and only there.
func TestWK8ThereIsNoOtherWayInForStaff(t *testing.T) {
	withSignOn(t, func(t *testing.T, o *office) {
		h, door := o.house, o.signOn
		h.signOn = nil
		link, token, err := h.InitProvider(t.Context(), "Olga Operator", olgasMail)
		if err != nil {
			t.Fatal(err)
		}
		link = link[strings.LastIndex(link, "/")+1:]
		before, err := h.MakeLink(t.Context(), shell, LinkSpec{Staff: o.olga})
		if err != nil {
			t.Fatal(err)
		}
		old, err := h.SignInWithLink(t.Context(), before[strings.LastIndex(before, "/")+1:], desk)
		if err != nil || !h.in(old.Cookie) {
			t.Fatal(err)
		}
		if !old.Session.Proved.IsZero() {
			t.Error("a link proves something")
		}
		h.signOn = door

		if h.in(old.Cookie) {
			t.Error("a session from before still lets her in")
		}
		if _, err := h.LookAtLink(t.Context(), link); codeOf(err) != "sso_only" {
			t.Errorf("the page of a link: %v", err)
		}
		if _, err := h.SignInWithLink(t.Context(), link, desk); codeOf(err) != "sso_only" {
			t.Errorf("a link: %v", err)
		}
		nonce, err := h.RequestCode(t.Context(), olgasMail, desk)
		if err != nil {
			t.Fatal(err)
		}
		sent := h.mailed(Provider)
		if _, err := h.SignInWithCode(t.Context(), nonce, sent[0].Facts["Code"].(string), desk); codeOf(err) != "sso_only" {
			t.Errorf("a code: %v", err)
		}
		if _, err := h.Authenticate(t.Context(), token); err != nil {
			t.Errorf("an API token, which proves nothing but still names its owner: %v", err)
		}

		// Olga is on a customer's roster too.
		p := h.hire(id.New[id.Org](), "Olga Operator", olgasMail, actor.Worker)
		in, err := h.SignInWithLink(t.Context(), h.linkFor(p, LinkSpec{}), desk)
		if err != nil || in.Session.Staff != "" || in.Session.Org != p.org {
			t.Fatalf("%+v, %v", in.Session, err)
		}
		if places, err := h.Places(t.Context(), in.Cookie); err != nil || len(places) != 1 || places[0].Staff != "" {
			t.Errorf("she may choose among %+v, %v", places, err)
		}
		if err := h.SwitchOrganisation(t.Context(), in.Cookie, "", desk); fault.KindOf(err) != fault.NotFound {
			t.Errorf("she switches to being staff: %v", err)
		}
		staff, err := o.comes(user)
		if err != nil || staff.Session.Staff != o.olga {
			t.Fatalf("%+v, %v", staff.Session, err)
		}
		if err := h.SwitchOrganisation(t.Context(), staff.Cookie, p.org, desk); fault.KindOf(err) != fault.NotFound {
			t.Errorf("single sign-on lets her in at the customer: %v", err)
		}
	})
}

func TestTheProvidersWordEndsSessions(t *testing.T) {
	withSignOn(t, func(t *testing.T, o *office) {
		in, err := o.comes(user)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.SignedOutThere(t.Context(), "not.a.token"); codeOf(err) != "sso_mismatch" || !o.in(in.Cookie) {
			t.Errorf("anybody's word: %v", err)
		}
		o.issuer.SignsOut("u-somebody-else", "s-1")
		if err := o.SignedOutThere(t.Context(), <-o.told); err != nil || !o.in(in.Cookie) {
			t.Errorf("somebody else's end: %v", err)
		}
		o.issuer.SignsOut("u-olga", "s-2")
		word := <-o.told
		if err := o.SignedOutThere(t.Context(), word); err != nil || o.in(in.Cookie) {
			t.Errorf("her end: %v", err)
		}
		if in, err = o.comes(user); err != nil {
			t.Fatal(err)
		}
		if err := o.SignedOutThere(t.Context(), word); codeOf(err) != "sso_mismatch" || !o.in(in.Cookie) {
			t.Errorf("the same word for the second time: %v", err)
		}
	})
}

func TestAProviderThatIsDownLetsNobodyInByAnotherWay(t *testing.T) {
	withSignOn(t, func(t *testing.T, o *office) {
		o.signOn = sso.New(sso.Setting{Issuer: "http://127.0.0.1:1", Name: "Example ID"}, o.url, o.keys, o.store.Now, slog.New(slog.DiscardHandler))
		if _, err := o.comes(user); codeOf(err) != "sso_unavailable" || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%v", err)
		}
		if _, _, err := o.SignInAsStaff(t.Context(), "", url.Values{}, desk); codeOf(err) != "sso_unavailable" {
			t.Errorf("%v", err)
		}
	})
}
