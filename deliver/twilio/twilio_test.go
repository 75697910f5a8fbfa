package twilio

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"muster/deliver"
)

func TestAnswersAreNotTrustedToMakeSense(t *testing.T) {
	for body, want := range map[string]struct{ refused bool }{
		`{"sid":"SM1","status":"failed","error_code":21614,"error_message":"x"}`: {refused: true},
		`{"sid":"","status":"queued"}`:                                           {},
		`[]`:                                                                     {},
		``:                                                                       {},
		`<html>`:                                                                 {},
	} {
		_, err := receipt(http.StatusCreated, []byte(body))
		if err == nil || final(err) != want.refused {
			t.Errorf("%s: %v", body, err)
		}
	}
	_, err := receipt(http.StatusBadRequest, []byte(`{"code":21211,"message":"`+strings.Repeat("x", 5000)+`"}`))
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("a long answer is kept whole")
	}
}

// final tells whether err was made by deliver.Refused.
func final(err error) bool {
	return fmt.Sprintf("%T", err) == fmt.Sprintf("%T", deliver.Refused("", ""))
}

// The vectors were made by the carrier's own library (npm twilio 6.2.0,
// getExpectedTwilioSignature) and accepted by its validator.
func TestSignaturesAgreeWithTheCarriersOwn(t *testing.T) {
	data, err := os.ReadFile("testdata/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Token, URL, Signature string
		Form                  url.Values
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 5 {
		t.Fatalf("only %d vectors", len(cases))
	}
	for _, c := range cases {
		if got := base64.StdEncoding.EncodeToString(signature(c.Token, c.URL, c.Form)); got != c.Signature {
			t.Errorf("%s: %s, want %s", c.URL, got, c.Signature)
		}
		own, _, _ := strings.Cut(c.URL, "?")
		for _, callback := range spellings(own) {
			a := &Account{account: account{token: c.Token}}
			_, query, _ := strings.Cut(c.URL, "?")
			r := httptest.NewRequest(http.MethodPost, "http://behind.a.proxy/other?"+query, strings.NewReader(c.Form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Twilio-Signature", c.Signature)
			if err := r.ParseForm(); err != nil {
				t.Fatal(err)
			}
			if !a.signed(r, callback) {
				t.Errorf("%s with callback %s: refused", c.URL, callback)
			}
		}
	}
}

func TestSettingIsCheckedByKeyAndRule(t *testing.T) {
	for raw, rule := range map[string]string{
		"":                               "must begin with https://",
		"ftp://a:s3cret@carrier.example": "must begin with https://",
		"https://":                       "must name a host",
		"https://AC1@carrier.example?from=+358457000000":              "SID and token",
		"http://AC1:s3cret@carrier.example?from=+358457000000":        "this machine only",
		"https://AC1:s3cret@carrier.example":                          "either option from or option service",
		"https://AC1:s3cret@carrier.example?from=x&service=MG1":       "either option from or option service",
		"https://AC1:s3cret@carrier.example?from=%0d%0a":              "option from",
		"https://AC1:s3cret@carrier.example?service=AC1":              "option service",
		"https://AC1:s3cret@carrier.example?service=MG1&voice=Bank":   "option voice",
		"https://AC1:s3cret@carrier.example?from=+358457000000&x=y":   "unknown option",
		"https://AC1:s3cret@carrier.example:x?from=+358457000000":     "must look like",
		"https://AC1:s3cret@carrier.example?from=+358457000000#there": "behind the options",
	} {
		_, err := Open(raw)
		if err == nil || !strings.HasPrefix(err.Error(), "MUSTER_TWILIO ") || !strings.Contains(err.Error(), rule) ||
			strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for raw, from := range map[string]string{
		"https://AC1:t@api.example?from=+358457000000":   "+358457000000",
		"https://AC1:t@api.example?from=%2B358457000000": "+358457000000",
		"http://AC1:t@[::1]:8080/base/?from=Muster":      "Muster",
		"http://AC1:t@127.0.0.1:1?from=12345":            "12345",
	} {
		if c, err := parse(raw); err != nil || c.from != from || !strings.HasSuffix(c.base, "/2010-04-01/Accounts/AC1") {
			t.Errorf("%s: %+v, %v", raw, c, err)
		}
	}
	for raw, caller := range map[string]string{
		"https://AC1:t@api.example?from=+358457000000":                      "+358457000000",
		"https://AC1:t@api.example?from=Muster&voice=+358457000001":         "+358457000001",
		"https://AC1:t@api.example?service=MG1&voice=%2B358457000001":       "+358457000001",
		"https://AC1:t@api.example?from=+358457000000&voice=%2B35845700000": "+35845700000",
		"https://AC1:t@api.example?service=MG1":                             "",
	} {
		if a, err := Open(raw); err != nil || a.Caller() != caller {
			t.Errorf("%s calls from %v, %v", raw, a, err)
		}
	}
}

func FuzzReceipt(f *testing.F) {
	f.Add(201, []byte(`{"sid":"SM1","status":"queued"}`))
	f.Add(400, []byte(`{"code":21211,"message":"x","status":400}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r, err := receipt(status, body)
		if err == nil && (r.ProviderID == "" || r.State != deliver.HandedOver) {
			t.Errorf("%d %s: %+v without error", status, body, r)
		}
	})
}
