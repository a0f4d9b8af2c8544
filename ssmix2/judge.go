package ssmix2

import (
	"strconv"
	"strings"

	"github.com/torideproject/toride/hl7"
)

// Effect says what a valid message means for what it is about.
type Effect uint8

// The effects.
const (
	Holds     Effect = iota // it is as the message says
	TakenBack               // the message is the one that takes the event back: it did not happen
	Stopped                 // an order that was cancelled or stopped: show it struck through
)

// Judge reads from a message whether what it is about holds. Of several
// orders in one message all must be stopped.
func Judge(kind string, m *hl7.Message) Effect {
	_, trigger, _ := m.Type()
	if t, ok := TypeOf(kind); ok && t.Cancel != "" && trigger == t.Cancel {
		return TakenBack
	}
	orders, stopped := 0, 0
	for s := range m.All("ORC") {
		orders++
		switch s.Field(1).Text() {
		case "CA", "OC", "DC", "CR":
			stopped++
		}
	}
	if orders > 0 && stopped == orders {
		return Stopped
	}
	return Holds
}

// SamePatient compares two patient numbers without their leading zeros.
func SamePatient(a, b string) bool {
	return strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0")
}

// Inspect compares a message with the name of its file: another patient in
// PID-3 (a possible mix-up), a message that does not belong to the data type,
// another order number, damaged bytes. path is only repeated in the lints.
func Inspect(n Name, path string, m *hl7.Message) []Lint {
	var l lints
	if pid := hl7.PatientID(m.First("PID").Field(3)); pid == "" {
		l.add(MessageNobody, path)
	} else if !SamePatient(pid, n.Patient) {
		l.add(MessagePatient, path, pid, n.Patient)
	}
	message, trigger, _ := m.Type()
	if t, ok := TypeOf(n.Kind); ok && (message != t.Message || (trigger != t.Trigger && (t.Cancel == "" || trigger != t.Cancel))) {
		l.add(MessageTrigger, path, message+"^"+trigger, n.Kind)
	}
	if order := m.First("ORC").Field(2).Text(); order != "" && n.Order != "" && strings.Trim(n.Order, "9") != "" && !SamePatient(order, n.Order) {
		l.add(MessageOrder, path, order, n.Order)
	}
	problems, _ := m.Problems()
	if len(problems) == 0 {
		return l
	}
	counts := map[hl7.ProblemKind]int{}
	for _, p := range problems {
		counts[p.Kind]++
	}
	for k := hl7.Undecodable; k < hl7.OtherCharset; k++ {
		if counts[k] > 0 {
			l.add(FileDamaged, path, k.String(), strconv.Itoa(counts[k]))
		}
	}
	return l
}
