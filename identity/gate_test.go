package identity

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/seal"
	"muster/store"
)

var (
	desk  = Visit{IP: netip.MustParseAddr("192.0.2.10"), Agent: "Firefox"}
	phone = Visit{IP: netip.MustParseAddr("2001:db8:1:2::5"), Agent: "Safari"}
	shell = actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}
)

// house is an installation with one gate.
type house struct {
	*Gate
	t    testing.TB
	keys *seal.Keys
	log  *strings.Builder
}

func newHouse(t testing.TB, s *store.Store) *house {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, keys: keys, log: &strings.Builder{}}
	h.Gate = New(s, Config{
		URL: "https://muster.example", Name: "Nordic Watch", Keys: keys,
		Log: slog.New(slog.NewTextHandler(h.log, nil)),
	})
	t.Cleanup(h.Close)
	return h
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	cheap(t)
	mustertest.Stores(t, func(t *testing.T, s *store.Store) { test(t, newHouse(t, s)) })
}

// inTime runs a test in virtual time.
func inTime(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	cheap(t)
	synctest.Test(t, func(t *testing.T) { test(t, newHouse(t, mustertest.Store(t))) })
}

// person is somebody on a roster who has an account.
type person struct {
	Principal
	org   id.Org
	email string
}

// hire puts a person on a roster as the roster does.
func (h *house) hire(org id.Org, name, email string, roles ...actor.Role) person {
	h.t.Helper()
	p := person{org: org, email: email, Principal: Principal{
		Person: id.New[id.Person](), Name: name, Lang: "fi", Zone: "Europe/Helsinki", Active: true,
	}}
	for _, r := range roles {
		p.Roles = append(p.Roles, actor.Membership{Role: r})
	}
	h.roster(org, func(tx *store.Tx) error {
		if err := PutPrincipal(tx, p.Principal); err != nil {
			return err
		}
		_, err := RegisterAccount(tx, p.Person, email)
		return err
	})
	return p
}

// roster runs a unit of the roster, which writes the book.
func (h *house) roster(org id.Org, fn func(tx *store.Tx) error) {
	h.t.Helper()
	err := h.store.Do(h.t.Context(), org, func(tx *store.Tx) error {
		return errors.Join(fn(tx), ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "roster.changed"}))
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// linkFor makes a sign-in link and returns its token.
func (h *house) linkFor(p person, spec LinkSpec) string {
	h.t.Helper()
	spec.Org, spec.Person = p.org, p.Person
	link, err := h.MakeLink(h.t.Context(), shell, spec)
	if err != nil {
		h.t.Fatal(err)
	}
	token, ok := strings.CutPrefix(link, "https://muster.example/sign-in/link/")
	if !ok {
		h.t.Fatalf("link is %q", link)
	}
	return token
}

// enter signs a person in, one way or another.
func (h *house) enter(p person) SignedIn {
	h.t.Helper()
	in, err := h.SignInWithLink(h.t.Context(), h.linkFor(p, LinkSpec{}), desk)
	if err != nil {
		h.t.Fatal(err)
	}
	return in
}

// mailed are the messages queued for an organisation, newest first, with
// their secrets.
func (h *house) mailed(org id.Org) (all []deliver.Message) {
	h.t.Helper()
	if err := h.sendCodes(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	err := h.store.View(h.t.Context(), org, func(tx *store.Tx) (err error) {
		all, err = deliver.Latest(tx, 100)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for i := range all {
		plain, err := h.keys.Open("deliver.message", all[i].Sealed)
		if err == nil {
			err = json.Unmarshal(plain, &all[i].Facts)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	return all
}

// kinds are the entries of a book about signing in, oldest first.
func (h *house) kinds(org id.Org) (all []string) {
	h.t.Helper()
	err := h.store.View(h.t.Context(), org, func(tx *store.Tx) error {
		records, err := ledger.List(tx, ledger.Filter{Limit: 200})
		for _, r := range records {
			if k, ok := strings.CutPrefix(r.Kind, "identity."); ok {
				all = append([]string{k}, all...)
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// settle does what Run would do beside the answers.
func (h *house) settle() {
	h.t.Helper()
	for {
		select {
		case work := <-h.later:
			if err := work(h.t.Context()); err != nil {
				h.t.Fatal(err)
			}
		default:
			return
		}
	}
}

// in tells whether a cookie lets in.
func (h *house) in(cookie string) bool {
	h.t.Helper()
	_, _, err := h.SessionActor(h.t.Context(), cookie)
	if err != nil && !errors.Is(err, errSignIn) {
		h.t.Fatal(err)
	}
	return err == nil
}

func want(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if !errors.Is(err, fault.New(kind, code)) {
		t.Fatalf("got %v, want %v %q", err, kind, code)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestSignInWithCode(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		org := id.New[id.Org]()
		aino := h.hire(org, "Aino Virtanen", "Aino@example.fi", actor.Monitor)
		nonce := must(h.RequestCode(t.Context(), " aino@EXAMPLE.fi ", desk))(t)
		mail := h.mailed(org)
		if len(mail) != 1 || mail[0].Purpose != "sign_in_code" || mail[0].Route[0].Address != "Aino@example.fi" || mail[0].Lang != "fi" {
			t.Fatalf("mailed %+v", mail)
		}
		code := mail[0].Facts["Code"].(string)

		_, err := h.SignInWithCode(t.Context(), strings.Repeat("x", secretChars), code, desk)
		want(t, err, fault.Expired, "code_expired") // another browser
		_, err = h.SignInWithCode(t.Context(), nonce, "not it", desk)
		want(t, err, fault.Invalid, "code_wrong")
		if left := fault.From(err).Args["Count"]; left != 4 {
			t.Errorf("%v tries left, want 4", left)
		}
		in := must(h.SignInWithCode(t.Context(), nonce, " "+code[:3]+" "+code[3:], desk))(t)
		who, s, err := h.SessionActor(t.Context(), in.Cookie)
		if err != nil {
			t.Fatal(err)
		}
		if who.Kind != actor.Person || who.Org != org || who.Person != aino.Person || !who.Has(actor.Monitor, "") ||
			who.Name != "Aino Virtanen" || who.Session != s.ID {
			t.Errorf("came in as %+v", who)
		}
		if s.How != "code" || s.IP != "192.0.2.10" || s.Agent != "Firefox" {
			t.Errorf("session is %+v", s)
		}
		_, err = h.SignInWithCode(t.Context(), nonce, code, desk)
		want(t, err, fault.Expired, "code_expired") // used
		if got := h.kinds(org); len(got) != 1 || got[0] != "signed_in" {
			t.Errorf("the book says %v", got)
		}
	})
}

func TestACodeTakesFiveTries(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		org := id.New[id.Org]()
		h.hire(org, "Aino Virtanen", "aino@example.fi")
		nonce := must(h.RequestCode(t.Context(), "aino@example.fi", desk))(t)
		code := h.mailed(org)[0].Facts["Code"].(string)
		for range codeTries {
			_, err := h.SignInWithCode(t.Context(), nonce, "wrong", desk)
			want(t, err, fault.Invalid, "code_wrong")
		}
		_, err := h.SignInWithCode(t.Context(), nonce, code, desk)
		want(t, err, fault.Expired, "code_expired")
	})
}

func TestACodeLivesTenMinutes(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		org := id.New[id.Org]()
		h.hire(org, "Aino Virtanen", "aino@example.fi")
		early := must(h.RequestCode(t.Context(), "aino@example.fi", desk))(t)
		code := h.mailed(org)[0].Facts["Code"].(string)
		time.Sleep(CodeValid - time.Second)
		must(h.SignInWithCode(t.Context(), early, code, desk))(t)

		late := must(h.RequestCode(t.Context(), "aino@example.fi", desk))(t)
		code = h.mailed(org)[0].Facts["Code"].(string)
		time.Sleep(CodeValid)
		_, err := h.SignInWithCode(t.Context(), late, code, desk)
		want(t, err, fault.Expired, "code_expired")
	})
}

// Whoever asks for an address without an account gets the same answers, and
// nobody gets a mail.
func TestAccountsCannotBeGuessed(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		org := id.New[id.Org]()
		h.hire(org, "Aino Virtanen", "aino@example.fi")
		for _, address := range []string{"aino@example.fi", "nobody@example.fi"} {
			nonce := must(h.RequestCode(t.Context(), address, desk))(t)
			if len(nonce) != secretChars {
				t.Errorf("%s: the nonce is %q", address, nonce)
			}
			h.mailed(org)
			_, err := h.SignInWithCode(t.Context(), nonce, "000000x", desk)
			want(t, err, fault.Invalid, "code_wrong")
			_, err = h.SignInWithPassword(t.Context(), address, "violet ladder otter", desk)
			want(t, err, fault.Unauthenticated, "sign_in_failed")
			for range codeByAccount.burst - 1 {
				must(h.RequestCode(t.Context(), address, phone))(t)
			}
			_, err = h.RequestCode(t.Context(), address, phone)
			want(t, err, fault.Limited, "limited")
		}
		if mail := h.mailed(org); len(mail) != codeByAccount.burst {
			t.Errorf("%d mails, want %d, all to who has an account", len(mail), codeByAccount.burst)
		}
	})
}

func TestSignInWithPassword(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		org := id.New[id.Org]()
		aino := h.hire(org, "Aino Virtanen", "aino@example.fi", actor.Worker)
		first, other := h.enter(aino), h.enter(aino)
		link := h.linkFor(aino, LinkSpec{})
		want(t, h.SetPassword(t.Context(), first.Cookie, "aino virtanen 1", desk), fault.Invalid, "password_too_easy")
		want(t, h.SetPassword(t.Context(), "", "violet ladder otter", desk), fault.Unauthenticated, "unauthenticated")
		if err := h.SetPassword(t.Context(), first.Cookie, "violet ladder otter", desk); err != nil {
			t.Fatal(err)
		}
		if !h.in(first.Cookie) || h.in(other.Cookie) {
			t.Error("a new password must end the other sessions, and only those")
		}
		_, err := h.SignInWithLink(t.Context(), link, desk)
		want(t, err, fault.Expired, "link_expired")

		_, err = h.SignInWithPassword(t.Context(), "aino@example.fi", "violet ladder Otter", desk)
		want(t, err, fault.Unauthenticated, "sign_in_failed")
		in := must(h.SignInWithPassword(t.Context(), "AINO@example.fi", "violet ladder otter", desk))(t)
		if !h.in(in.Cookie) || in.Session.How != "password" {
			t.Errorf("came in as %+v", in.Session)
		}

		before := must(h.accountFor(t.Context(), accountByFold, "aino@example.fi"))(t)
		costNow.time++ // the cost of hashes is raised
		must(h.SignInWithPassword(t.Context(), "aino@example.fi", "violet ladder otter", desk))(t)
		after := must(h.accountFor(t.Context(), accountByFold, "aino@example.fi"))(t)
		if c, _, _, err := decodeHash(after.password); err != nil || c != costNow || before.password == after.password {
			t.Errorf("the hash was not made anew: %v", err)
		}
		costNow.time--
	})
}

func TestOnlyAFreshSessionSetsAPassword(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		in := h.enter(h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi"))
		time.Sleep(recent + time.Second)
		want(t, h.SetPassword(t.Context(), in.Cookie, "violet ladder otter", desk), fault.Forbidden, "sign_in_again")
		_, _, err := h.BeginPasskey(t.Context(), in.Cookie)
		want(t, err, fault.Forbidden, "sign_in_again")
	})
}

func TestPasswordTriesAreLimited(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		org := id.New[id.Org]()
		aino := h.hire(org, "Aino Virtanen", "aino@example.fi")
		if err := h.SetPassword(t.Context(), h.enter(aino).Cookie, "violet ladder otter", desk); err != nil {
			t.Fatal(err)
		}
		for range passwordByAccount.burst {
			_, err := h.SignInWithPassword(t.Context(), "aino@example.fi", "wrong", desk)
			want(t, err, fault.Unauthenticated, "sign_in_failed")
		}
		for range 3 { // the right one is no better now, from anywhere
			_, err := h.SignInWithPassword(t.Context(), "aino@example.fi", "violet ladder otter", phone)
			want(t, err, fault.Limited, "limited")
			if s := fault.From(err).Args["Seconds"]; s != int64(60) {
				t.Errorf("wait %v seconds, want 60", s)
			}
		}
		h.settle()
		refused := 0
		for _, k := range h.kinds(org) {
			if k == "sign_in_refused" {
				refused++
			}
		}
		if refused != 1 {
			t.Errorf("the book speaks %d times of refused tries, want once for many", refused)
		}
		must(h.RequestCode(t.Context(), "aino@example.fi", phone))(t) // the other way stays open
		time.Sleep(time.Minute)
		must(h.SignInWithPassword(t.Context(), "aino@example.fi", "violet ladder otter", phone))(t)
		for range passwordByAccount.burst { // coming in clears the slate
			_, err := h.SignInWithPassword(t.Context(), "aino@example.fi", "wrong", phone)
			want(t, err, fault.Unauthenticated, "sign_in_failed")
		}
	})
}

func TestOneNetworkGuessesNotManyAccounts(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		same := func(i int) Visit { // one /64
			ip := phone.IP.As16()
			ip[15] = byte(i)
			return Visit{IP: netip.AddrFrom16(ip)}
		}
		limited := false
		for i := range passwordByAddress.burst + 5 {
			_, err := h.SignInWithPassword(t.Context(), "nobody"+string(rune('a'+i%26))+strings.Repeat("x", i/26)+"@example.fi", "wrong", same(i))
			limited = errors.Is(err, fault.New(fault.Limited, "limited"))
		}
		if !limited {
			t.Error("one network tried more accounts than allowed")
		}
	})
}
