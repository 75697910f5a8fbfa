package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/lang"
)

// config is how the library is to work: JSON only, no pages of its own, and
// nothing taken that no schema knows.
func config(url string) huma.Config {
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Muster", Version: "1.0.0", Description: introduction,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "An API token of an organisation, of one of its people, or of the provider's staff."},
				},
			},
			Security:   []map[string][]string{{"token": {}}},
			Extensions: map[string]any{"x-problem-codes": problemCodes()},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
	if url != "" {
		c.Servers = []*huma.Server{{URL: strings.TrimRight(url, "/")}}
	}
	return c
}

// schemaName calls a type in the document by what it shows.
func schemaName(t reflect.Type, hint string) string {
	name := ""
	for word := range strings.SplitSeq(strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "View"), "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

const introduction = `Muster calls people when somebody needs help.

**Tokens.** Send ` + "`Authorization: Bearer mst_…`" + `. What a token may do is decided by rules; a refusal names the rule.

**Once.** Send ` + "`Idempotency-Key`" + ` with a POST to have it take effect at most once. The same key with the same body gets the first answer again, marked ` + "`Idempotent-Replayed: true`" + `; with another body it is refused (key_reused). Where it took effect but the answer was lost, the answer is 409 already_done.

**Lists.** A page ends with next_cursor; ask again with cursor=… until there is none.

**Refusals** are application/problem+json (RFC 9457), worded in the language of Accept-Language, with a stable code; x-problem-codes lists them.

**Times** are RFC 3339, UTC, with microseconds. Lengths of time are whole seconds.`

// described adds what every route has in common.
func described(op huma.Operation) huma.Operation {
	op.MaxBodyBytes = maxBody + 1
	if isUpload(op.Path) {
		op.MaxBodyBytes = maxSheet + 1
	}
	tag, _, _ := strings.Cut(op.OperationID, "-")
	op.Tags = []string{tag}
	if op.Method == http.MethodPost && !unkeyed(op.Path) {
		most := maxKey
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: keyHeader, In: "header", Description: "Makes the request take effect at most once.",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
		})
	}
	return op
}

// documents are the OpenAPI document in its two spellings, by address.
func documents(o *huma.OpenAPI) map[string][]byte {
	asJSON, err := json.Marshal(o)
	if err != nil {
		panic("api: " + err.Error()) // a schema of ours cannot be written
	}
	asYAML, err := o.YAML()
	if err != nil {
		panic("api: " + err.Error())
	}
	return map[string][]byte{"/api/openapi.json": asJSON, "/api/openapi.yaml": asYAML}
}

// problemCodes are all codes of refusals with what they say in English.
func problemCodes() map[string]string {
	texts := make(map[string]string)
	for _, code := range lang.FaultCodes() {
		texts[code] = lang.English.Text("fault."+code, nil)
	}
	return texts
}
