package osaka

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed questions.json
var questions []byte

// Question is one failing of that day.
type Question struct {
	ID       string   `json:"id"`
	Readings []string `json:"readings"` // IDs; empty: only a person can say
	Step     string   `json:"step"`     // A1 … A13; empty where it belongs to none
	Free     bool     `json:"free"`     // the first action costs nothing
	URL      string   `json:"url"`      // page on which it is acted upon, or empty
}

// pack is the file.
type pack struct {
	Edition   string     `json:"edition"`
	Source    string     `json:"source"`
	Questions []Question `json:"questions"`
}

// Questions gives the questions in the order of the attack.
func Questions() ([]Question, error) { return parse(questions) }

// Edition gives edition and source of the questions.
func Edition() (edition, source string, err error) {
	var p pack
	err = json.Unmarshal(questions, &p)
	return p.Edition, p.Source, err
}

func parse(data []byte) ([]Question, error) {
	var p pack
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("osaka: %w", err)
	}
	seen := map[string]bool{}
	for _, q := range p.Questions {
		if q.ID == "" || seen[q.ID] {
			return nil, fmt.Errorf("osaka: question %q lacks a field or stands twice", q.ID)
		}
		seen[q.ID] = true
	}
	if p.Edition == "" || p.Source == "" || len(seen) == 0 {
		return nil, fmt.Errorf("osaka: edition, source and questions must stand in the pack")
	}
	return p.Questions, nil
}
