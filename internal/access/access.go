package access

import (
	"time"

	"github.com/torideproject/toride/internal/asset"
)

// State says how far a request has come. The names are stored and exported.
type State string

// The states. A request moves down this list; Refused and Cancelled end it.
const (
	Asked     State = "asked"
	Approved  State = "approved"
	Refused   State = "refused"
	Opened    State = "opened"
	Closed    State = "closed"
	Reviewed  State = "reviewed"
	Cancelled State = "cancelled"
)

// States lists the states in the order in which a request passes them.
func States() []State {
	return []State{Asked, Approved, Opened, Closed, Reviewed, Refused, Cancelled}
}

// Mode says whether the vendor comes through the line or into the house.
type Mode string

// How the work is done.
const (
	Remote Mode = "remote"
	OnSite Mode = "onsite" // the line is opened for a person standing at the device
)

// Modes lists the choices of the form.
func Modes() []Mode { return []Mode{Remote, OnSite} }

// Sharing says who else uses the vendor's computer.
type Sharing string

// Whether the computer serves one customer's maintenance or several uses.
const (
	SharingUnknown Sharing = ""
	Dedicated      Sharing = "dedicated"
	Shared         Sharing = "shared"
)

// Who is a person as a request remembers one: the name is kept as it was on
// that day. Vendor is the vendor that the person belongs to, empty for the
// hospital's own people.
type Who struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Vendor string `json:"vendor,omitempty"`
}

// PC is the computer from which the vendor works, as declared in the request.
// The days are 2006-01-02 or empty when the vendor did not say.
type PC struct {
	Company   string  `json:"company"`
	Place     string  `json:"place"`
	Name      string  `json:"name"`
	OS        string  `json:"os"`
	PatchedOn string  `json:"patched_on"`
	Antivirus string  `json:"antivirus"`
	PatternOn string  `json:"pattern_on"`
	Sharing   Sharing `json:"sharing"`
	Network   string  `json:"network"` // what it is connected to: office LAN behind a firewall, mobile router …
}

// Target is one thing in the hospital that will be reached. AssetID is empty
// for something that is not in the register.
type Target struct {
	AssetID string `json:"asset_id,omitempty"`
	Name    string `json:"name"`
	Address string `json:"address"` // IPv4 addresses, networks or ranges separated by spaces; may be empty
}

// Request is one piece of work through one outside line. VendorName and
// LineName are the names on the day of asking: the record must not change when
// the register does.
type Request struct {
	ID          string       `json:"id"`
	Number      string       `json:"number"` // year and running number, 2026-0007
	VendorID    string       `json:"vendor_id"`
	VendorName  string       `json:"vendor_name"`
	LineID      string       `json:"line_id"`
	LineName    string       `json:"line_name"`
	Purpose     string       `json:"purpose"`
	Ticket      string       `json:"ticket"` // the vendor's or the hospital's own job number
	Targets     []Target     `json:"targets"`
	Services    []Service    `json:"services"` // ports to open; empty when the line is a plug
	Sources     []string     `json:"sources"`  // addresses from which the vendor is seen at the line
	From        time.Time    `json:"from"`     // stored in UTC
	Until       time.Time    `json:"until"`
	Mode        Mode         `json:"mode"`
	Emergency   bool         `json:"emergency"`
	PatientData asset.Answer `json:"patient_data"` // will patient data be seen or touched
	PatientNote string       `json:"patient_note"` // which, and what becomes of copies
	PC          PC           `json:"pc"`
	Persons     []string     `json:"persons"` // by name: individual accounts need individual people

	State      State       `json:"state"`
	EnteredBy  Who         `json:"entered_by"`
	EnteredAt  time.Time   `json:"entered_at"`
	Decision   *Decision   `json:"decision,omitempty"`
	Opening    *Opening    `json:"opening,omitempty"`
	Closing    *Closing    `json:"closing,omitempty"`
	Extensions []Extension `json:"extensions,omitempty"`
	Reviews    []Review    `json:"reviews,omitempty"`
	Ending     *Ending     `json:"ending,omitempty"`
	Version    int         `json:"version"` // grows with every step; a form posts the one that its reader saw
}

// Decision is an approval or a refusal. After is true when the line was already
// open: 事後承認.
type Decision struct {
	Yes    bool      `json:"yes"`
	By     Who       `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	After  bool      `json:"after"`
}

// Opening says who really opened the line, when and by which means. RecordedAt
// is when it was written down: later than At for an emergency at night that is
// entered in the morning, and then At is what people told.
type Opening struct {
	By         Who       `json:"by"`
	At         time.Time `json:"at"`
	RecordedAt time.Time `json:"recorded_at"`
	How        How       `json:"how"`
	Note       string    `json:"note"`
}

// Closing says who really shut the line and when. ClockDoubt is true when the
// clock stood before the opening: the line counts as shut all the same, because
// refusing to record a closing would leave a lie that is worse.
type Closing struct {
	By         Who       `json:"by"`
	At         time.Time `json:"at"`
	RecordedAt time.Time `json:"recorded_at"`
	Note       string    `json:"note"`
	Late       bool      `json:"late"` // after the end and the grace
	ClockDoubt bool      `json:"clock_doubt"`
}

// Extension is a wish for a later end. It counts only once it is approved.
type Extension struct {
	Until    time.Time `json:"until"`
	Was      time.Time `json:"was"` // the end before it
	Reason   string    `json:"reason"`
	By       Who       `json:"by"`
	At       time.Time `json:"at"`
	Decision *Decision `json:"decision,omitempty"`
}

// Ending is a cancellation.
type Ending struct {
	By     Who       `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Result is what a review came to.
type Result string

// The results of a review.
const (
	AsPlanned Result = "planned"
	Question  Result = "question" // something must still be asked of the vendor
	Incident  Result = "incident"
)

// Results lists the choices of the form.
func Results() []Result { return []Result{AsPlanned, Question, Incident} }

// Review is one look back by somebody other than the approver. Answers has one
// entry for each of Questions that was answered.
type Review struct {
	By      Who                     `json:"by"`
	At      time.Time               `json:"at"`
	Answers map[QuestionID]Answered `json:"answers"`
	Result  Result                  `json:"result"`
	Note    string                  `json:"note"`
}

// Answered is an answer to one question of a review, and what was looked at.
type Answered struct {
	Answer asset.Answer `json:"answer"`
	Note   string       `json:"note"`
}

// QuestionID names a question of a review. The names are stored.
type QuestionID string

// The questions of a review. They restate what the 医療情報システムの安全管理に
// 関するガイドライン asks of remote maintenance (システム運用編 10章: collect the
// access log, compare it with the plan at the end, individual maintenance
// accounts, record whether personal data was touched) and what the report on
// the 2022 case adds: was there any other access meanwhile.
const (
	AskLog      QuestionID = "log"
	AskPlan     QuestionID = "plan"
	AskPersonal QuestionID = "personal"
	AskOther    QuestionID = "other"
	AskAccounts QuestionID = "accounts"
	AskShut     QuestionID = "shut"
)

// Questions lists the questions in the order of the form.
func Questions() []QuestionID {
	return []QuestionID{AskLog, AskPlan, AskPersonal, AskOther, AskAccounts, AskShut}
}

// LastReview gives the newest review, or nil.
func (r Request) LastReview() *Review {
	if len(r.Reviews) == 0 {
		return nil
	}
	return &r.Reviews[len(r.Reviews)-1]
}

// Pending gives the extension that waits for a decision, or nil.
func (r Request) Pending() *Extension {
	if n := len(r.Extensions); n > 0 && r.Extensions[n-1].Decision == nil {
		return &r.Extensions[n-1]
	}
	return nil
}

// IsOpen reports whether the line stands open for this request.
func (r Request) IsOpen() bool { return r.State == Opened }

// Live reports whether the request can still open its line or holds it open.
func (r Request) Live() bool {
	return r.State == Asked || r.State == Approved || r.State == Opened
}

// Approvers gives the IDs of everyone whose approval the request or one of its
// extensions carries. None of them may review it.
func (r Request) Approvers() map[string]bool {
	ids := map[string]bool{}
	if r.Decision != nil {
		ids[r.Decision.By.ID] = true
	}
	for _, x := range r.Extensions {
		if x.Decision != nil {
			ids[x.Decision.By.ID] = true
		}
	}
	return ids
}

// Unapproved reports whether the line was opened as an emergency and nobody has
// approved it since.
func (r Request) Unapproved() bool { return r.Opening != nil && r.Decision == nil }

// told gives when the line was opened and shut if the request is an emergency
// entered after the fact: its window is then what people told, not a plan.
// Either is zero when the clock decides.
func (r Request) told() (opened, shut time.Time) {
	if !r.Emergency {
		return time.Time{}, time.Time{}
	}
	if r.From.Before(r.EnteredAt.Add(-slack)) {
		opened = r.From
	}
	if r.Until.Before(r.EnteredAt) {
		shut = r.Until
	}
	return opened, shut
}

// Used gives how long the line stood open: until the closing, or until now when
// it is still open. It is zero when it was never opened or the clock ran back.
func (r Request) Used(now time.Time) time.Duration {
	if r.Opening == nil {
		return 0
	}
	end := now
	if r.Closing != nil {
		end = r.Closing.At
	}
	return max(0, end.Sub(r.Opening.At))
}

// last gives the time of the newest step taken.
func (r Request) last() time.Time {
	at := r.EnteredAt
	later := func(t time.Time) {
		if t.After(at) {
			at = t
		}
	}
	if r.Decision != nil {
		later(r.Decision.At)
	}
	if r.Opening != nil {
		later(r.Opening.RecordedAt)
	}
	if r.Closing != nil {
		later(r.Closing.RecordedAt)
	}
	for _, x := range r.Extensions {
		later(x.At)
		if x.Decision != nil {
			later(x.Decision.At)
		}
	}
	for _, v := range r.Reviews {
		later(v.At)
	}
	return at
}

// requestURL is the page of a request, or one below it ("/review").
func requestURL(id, page string) string { return "/access/requests/" + id + page }
