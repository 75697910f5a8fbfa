package web

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"muster/identity"
	"muster/identity/sso"
	"muster/mustertest"
)

// olga is the provider's first staff member as the identity provider has her.
var olga = mustertest.User{Sub: "u-olga", Email: "olga@provider.example", Verified: true, Name: "Olga Operator", AMR: []string{"pwd", "otp"}}

// openSignOn is a house whose staff sign in at a real identity provider.
func openSignOn(t *testing.T) (*house, *mustertest.Issuer) {
	t.Helper()
	var issuer *mustertest.Issuer
	h := openHouse(t, func(c *identity.Config) {
		issuer = mustertest.NewIssuer(t, mustertest.IssuerSpec{Back: c.URL + sso.Path, Logout: c.URL + "/sign-in/sso/out"})
		set, err := sso.Setting{Issuer: issuer.URL, Client: issuer.Client, Secret: issuer.Secret, Name: "Example ID"}.Checked()
		if err != nil {
			t.Fatal(err)
		}
		c.SignOn = set
	})
	if _, _, err := h.gate.InitProvider(t.Context(), olga.Name, olga.Email); err != nil {
		t.Fatal(err)
	}
	return h, issuer
}

func TestWK8StaffSignInWithTheirIdentityProvider(t *testing.T) {
	h, issuer := openSignOn(t)
	issuer.Knows(olga)
	b := h.browser()
	page := b.get("/provider/staff", http.StatusOK)
	page.sees(t, "Staff: sign in with Example ID")
	href := regexp.MustCompile(`href="(/sign-in/sso\?[^"]*)"`).FindStringSubmatch(page.body)
	if href == nil || href[1] != "/sign-in/sso?next=%2Fprovider%2Fstaff" {
		t.Fatalf("the button leads to %q", href)
	}
	in := b.get(href[1], http.StatusOK)
	if in.path != "/provider/staff" {
		t.Fatalf("she ends at %s: %s", in.path, plainText(in.body))
	}
	in.sees(t, "Olga Operator")

	t.Run("without a second factor", func(t *testing.T) {
		weak := olga
		weak.AMR = []string{"pwd"}
		issuer.Knows(weak)
		h.browser().get("/sign-in/sso", http.StatusForbidden).sees(t, "A second factor is missing. Example ID says that you signed in by: pwd.", "Staff: sign in with Example ID")
	})
	t.Run("twelve hours after the factors were asked for", func(t *testing.T) {
		tired := olga
		tired.Ago = 12*60*60 + 20 // within what clocks may differ, so she comes in and stands nowhere
		issuer.Knows(tired)
		late := h.browser()
		page := late.get("/sign-in/sso?next=%2Fprovider%2Fstaff", http.StatusOK)
		own := regexp.MustCompile(`/provider/staff/stf_[0-9a-f]+`).FindString(page.body)
		late.post(own+"/confirm", nil, http.StatusForbidden).sees(t, "is over", "Sign in again")
	})
	t.Run("an answer by itself does nothing", func(t *testing.T) {
		issuer.Knows(olga)
		h.browser().get(sso.Path+"?code=stolen&state=guessed&iss="+url.QueryEscape(issuer.URL), http.StatusGone)
	})
	t.Run("the identity provider ends it", func(t *testing.T) {
		issuer.SignsOut(olga.Sub, "s-1")
		if at := b.get("/provider/staff", http.StatusOK).path; at != "/sign-in" {
			t.Errorf("she is still at %s", at)
		}
	})
	t.Run("nobody else ends anything", func(t *testing.T) {
		h.browser().post("/sign-in/sso/out", url.Values{"logout_token": {"x.y.z"}}, http.StatusBadRequest)
	})
}
