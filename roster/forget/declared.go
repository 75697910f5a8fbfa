package forget

import "strings"

// declared says of each column of each tenant table that can hold text whether
// something personal may stand in it. A test walks the schema: a column that is
// not here cannot be added. Whatever stands behind the bar may be personal: each
// of those columns is searched for the person's values, and is blanked or
// deleted where the row is about or by the person.
//
// Bytes, marked with a star, cannot be searched. They are sealed or hashed, go
// with their row, or are looked through one by one.
var declared = parse(`
account_person: org person account
alarm: org id shift worker workspace kind state ack_by ack_door closed_by closed_door outcome procedure called | worker_name worker_phone note ack_name closed_name closing
alarm_tick: org alarm by_id | text by_name
answer_guess: org person
api_token: org id hash* person roles | name made_by
api_token_use: org token
attempt: org id message channel state provider_id code | address detail
attempt_part: org attempt channel provider_id state
canary_flight: org id shift
carrier: org id kind name sealed*
carrier_tally: org carrier channel what sort code
check_in: org id shift kind | by_name
checkpoint_mailed: org
component: org id parent name
connection: org id side other other_name state | asked_by ended_by phones wishes
contact_code: org contact mac*
contact_person: org person behind
contact_point: org id person channel bounced_why bounced_code | address
customer: org phase contract manager project published
device: org id person app hash* made_by | name
director_address: org set_by link* | address folded set_name
drill: org id worker every anchor | name
drill_run: org id drill alarm | by_name reason
duty: org duty person deputy
enrolment: org worker word* | facts
enrolment_change: org connection worker kind state | worker_name fields made_name settled_by reason
enrolment_form: org | fields
enrolment_import: org id made_by data* | file columns
enrolment_standing: org worker connection kind state
erase: org request link* | steps paper list address
handover: org alarm connection partner state gravity
inbound_mail: org digest
inbound_text: org person id
installed: org component workspace
ledger_checkpoint: org note
ledger_entry: org kind subject about actor leaf
ledger_hash: org hash*
ledger_head: org edge*
ledger_value: org person fields
letin_approval: org grant_id staff name
letin_breaker: org staff put_by putter
letin_grant: org id staff name asked_by asker scope request extends person consent_how digest stage | reason words consenter consent_words ended_by why reviewer
letin_news: org grant_id what | by_name
look: org worker looker role door alarm | name why
membership: org person workspace role
message: org id purpose lane person lang about thread sealed* state | facts route
news_choice: org person category workspace
notice: org id kind state owner owner_name components phone
notice_news: org notice state phrase words writer by_name releaser facts
office: org hours country days
once: org key digest body*
organisation: org name country time_zone language kind
outage_run: org run notice writer by_name second_name
outage_snapshot: org place trouble
panel: org id line account secret* person workspace | name
panel_frame: org id panel digest refused alarm | host raw
panel_pulse: org panel
panel_sealed: org panel digest head
partner_case: org id connection customer customer_name alarm kind state warning accepted_by closed_by outcome | worker_name accepted_name closed_name closing
pass: org id product session grant_id staff mode code* person
pass_event: org pass id
pass_key: org id sealed* public*
person: org id pin duress* employee language quiet | name fold
policy_reading: org person version | ip
position: org shift source
presence: org id staff staff_name kind person how | words name
principal: org person lang zone roles | name
procedure: org id subject
procedure_version: org procedure made_by | name instructions steps by_name
customer_product: org product
product: org id name address digest*
push_device: org contact fold* sealed*
request: org id channel kind setting person state department agent agent_name outcome | subject sender address doubt vouched
request_exception: org id request scope asked_by department state head head_name | why asked_name words
request_line: org request side person staff template digest message | name address words mail
request_number: org
request_picture: org id request message kind digest sealed*
reset_try: org id person | address
role_waiting: org person roles grant_id | by_name
register_import: org id made_by sheet* | file
roster_import: org id made_by sheet* | file
rota: org id workspace kind turns need | name
rota_cover: org id rota pair out_person in_person asked made_by | why
rota_feed: org id rota person hash* made_by
rota_gap: org id rota why
rota_look: org rota
setting: org id product key en fi fr class
shift: org id worker workspace state source | activity note ended_name
staff_proof_notice: org staff proof
staff_review: org staff
timer: org kind subject parked
status_feed: org id hash* made_by
status_page: org name
told: org notice kind state phrase words parts
told_call: org notice why outcome | by_name
told_person: org notice person message why
visit: org id grant_id staff name eyes session cookie* how | whose ip page page_of by_name
watching: org
wire: org id kind secret* | name settings
wire_frame: org id wire message receiver verdict problem | sent got
wire_news: org wire alarm kind state
wire_number: org wire message
wire_post: org wire message alarm kind
wire_pulse: org wire why
wire_receiver: org wire address
witnessed: org witness note trouble
workspace: org id | name instructions
`)

// table is what is known of one table's columns.
type table struct {
	name            string
	plain, personal []string
}

func parse(text string) (all []table) {
	for line := range strings.Lines(text) {
		name, columns, found := strings.Cut(strings.TrimSpace(line), ":")
		if !found {
			continue
		}
		plain, personal, _ := strings.Cut(columns, "|")
		all = append(all, table{name, strings.Fields(plain), strings.Fields(personal)})
	}
	return all
}
