package rulepack

import (
	"strconv"
	"strings"
)

// Step is a step of the attack chain, 1 (A1) to 13 (A13): see package chain. 0
// is none.
type Step uint8

// Last is the last step, A13.
const Last Step = 13

// Steps lists A1 to A13.
func Steps() []Step {
	all := make([]Step, Last)
	for i := range all {
		all[i] = Step(i + 1)
	}
	return all
}

// String gives "A1" to "A13", or "" for none.
func (s Step) String() string {
	if s == 0 || s > Last {
		return ""
	}
	return "A" + strconv.Itoa(int(s))
}

// MarshalText writes a step as String does.
func (s Step) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote; anything else becomes none.
func (s *Step) UnmarshalText(data []byte) error {
	*s, _ = ParseStep(string(data))
	return nil
}

// ParseStep reads "A1" to "A13" in either case; ok is false for anything else.
func ParseStep(word string) (Step, bool) {
	if len(word) < 2 || (word[0] != 'A' && word[0] != 'a') {
		return 0, false
	}
	n, err := strconv.ParseUint(word[1:], 10, 8)
	if err != nil || n < 1 || n > uint64(Last) || word[1] == '0' || word[1] == '+' {
		return 0, false
	}
	return Step(n), true
}

// tagSteps says which step the numbers and tactics of MITRE ATT&CK in a rule's
// tags belong to (facts of the incidents, not of ATT&CK: the chain names its
// numbers). The first that fits a tag counts; longer ones stand first.
func tagSteps() []struct {
	tag  string
	step Step
} {
	return []struct {
		tag  string
		step Step
	}{
		{"attack.t1021.001", 3}, {"attack.t1021.002", 6}, {"attack.t1110.003", 8}, {"attack.t1110", 2},
		{"attack.t1562", 4}, {"attack.t1685", 4}, {"attack.t1003", 5}, {"attack.t1552", 5}, {"attack.t1078.003", 6},
		{"attack.t1490", 9}, {"attack.t1489", 9}, {"attack.t1485", 9}, {"attack.t1486", 10}, {"attack.t1053", 10},
		{"attack.t1543", 10}, {"attack.t1547", 10}, {"attack.t1491", 11}, {"attack.t1070", 12}, {"attack.t1041", 13},
		{"attack.t1567", 13}, {"attack.t1190", 1}, {"attack.t1133", 1}, {"attack.t1199", 3},
		{"attack.t1018", 2}, {"attack.t1087", 2},
		{"attack.exfiltration", 13}, {"attack.impact", 10}, {"attack.lateral-movement", 6}, {"attack.lateral_movement", 6},
		{"attack.credential-access", 5}, {"attack.credential_access", 5}, {"attack.initial-access", 1}, {"attack.initial_access", 1},
	}
}

// StepsOf gives the steps that a rule's ATT&CK tags stand for, in order. Tags
// that fit no step give none; a number of ATT&CK counts before a tactic.
func StepsOf(tags []string) []Step {
	var found [Last + 1]bool
	numbered := false
	for _, e := range tagSteps() {
		number := strings.HasPrefix(e.tag, "attack.t1")
		if !number && numbered {
			break
		}
		for _, tag := range tags {
			tag = strings.ToLower(tag)
			if tag == e.tag || strings.HasPrefix(tag, e.tag+".") {
				if e.tag == "attack.t1110" && tag == "attack.t1110.003" {
					continue
				}
				found[e.step], numbered = true, numbered || number
			}
		}
	}
	var out []Step
	for _, s := range Steps() {
		if found[s] {
			out = append(out, s)
		}
	}
	return out
}
