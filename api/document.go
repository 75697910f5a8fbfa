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
	for code := range strings.FieldsSeq(knownCodes) {
		texts[code] = lang.English.Text("fault."+code, nil)
	}
	return texts
}

// knownCodes is every code that a refusal can have. A test compares it with
// the catalogues.
const knownCodes = `
account_incomplete account_over account_phase account_sure account_waits alarm_open already_acknowledged
already_connected already_done already_on_shift already_resolved approved_already asked_already away_beyond_shift
away_not_allowed bad_cursor bad_email bad_evidence bad_format bad_json bad_media_type bad_method bad_phone bad_proof
bad_question bad_seal bad_time body_required body_too_large body_too_slow book_after_end book_bad_checkpoint
book_bad_key book_bad_signature book_changed book_cut_off book_entry_changed book_other_entries book_other_key
book_other_size book_out_of_place book_rewritten book_shorter book_unreadable book_value_changed book_value_missing
book_values_changed carrier_again carrier_app_secret carrier_choice carrier_connections carrier_country
carrier_enquire carrier_kind carrier_lines carrier_listen carrier_login carrier_mail carrier_many carrier_number
carrier_number_id carrier_public carrier_ring carrier_rtp carrier_secret carrier_sender carrier_server carrier_service
carrier_sid carrier_system_id carrier_system_type carrier_twilio_sender carrier_url carrier_verify carrier_window
case_elsewhere case_not_yours challenge_old challenge_wrong change_settled channel_absent channel_unknown clock_form
code_expired code_refused code_wrong conflict connection_active connection_customers connection_ended
connection_not_yours consented_already contact_is_worker contact_points_differ contact_points_full contacts_few
contacts_same country_unknown day_form dc09_account dc09_codes dc09_format dc09_host dc09_key dc09_number dc09_pair
dc09_without deputy_same device_app_unknown device_encrypted device_name device_refused device_report devices_full
director_missing drill_under_way duress_pin_form duress_pin_same duty_needs_mail email_form email_missing
employee_form end_first enrol_not_worker erase_list_changed erase_no_list erase_no_paper erase_not_agreed
erase_not_approved erase_not_compared erase_not_declined erase_not_passed erase_not_sent erase_not_shown erase_over
erase_own_paper erase_passed expired expires_past feed_closed feeds_full forbidden grant_over holds_duty
import_bad_rows import_expired import_on_shift import_stale import_taken import_two_people in_the_past insist_nobody
insist_own insist_too_long internal invalid key_reused kind_unknown language_unknown last_administrator
last_contact_point limited link_expired name_missing name_too_long name_unreadable no_address no_safe_word nobody_here
nobody_there not_a_choice not_a_partner not_a_worker not_an_approver not_boolean not_found not_integer not_list
not_number not_object not_on_earth not_on_roster not_onboarding_manager not_one_of not_open not_signed_yet
not_success_manager not_support not_text office_calendar office_day_twice office_span on_shift other_site out_of_range
own_grant pass_looks_only pass_refused passkey_expired passkey_refused passkeys_full passkeys_unavailable
password_too_easy person_unknown phone_ambiguous phone_form phone_invalid phone_is_landline phone_missing
phone_premium phone_rounded pin_form pin_missing policy_changed policy_tick policy_unread presence_outside
presence_over presence_taken procedure_unsafe product_address product_off products_full provider_exists push_endpoint
push_keys quiet_same range_too_long read_again refused request_closed request_elsewhere request_not_taken
request_there request_uncounted required role_not_here role_unknown roles_missing rota_covers_full rota_empty
rota_ends_first rota_kind rota_need rota_not_on_duty rota_past rota_person_unfit rota_row rota_same rota_swap_stale
rota_too_long rota_twice rotas_full say_more setting_class setting_own setting_unknown settings_full sheet_broken
sheet_column_missing sheet_column_twice sheet_duplicate sheet_empty sheet_formula sheet_no_header sheet_old_format
sheet_quotes sheet_too_large sheet_too_many_rows shift_ended sign_in_again sign_in_busy sign_in_failed sso_another
sso_expired sso_factor sso_factor_unsaid sso_issuer sso_left sso_mismatch sso_only sso_refused sso_stale
sso_unavailable sso_unknown sso_unverified staff_delegate_end staff_delegate_span staff_inactive staff_last_director
staff_proof_future staff_proof_over standing steps_missing taken token_missing token_refused token_roles_or_person
too_few too_large too_long too_many too_many_guesses too_short too_small unauthenticated unavailable unknown_field
unknown_language unknown_outcome unknown_request unknown_time_zone upload_too_large view_only visit_over webhook_url
whom_missing whom_unknown wire_kind wire_on word_short workspace_form workspace_missing workspace_unknown wrong_pin
`
