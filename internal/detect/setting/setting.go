package setting

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/torideproject/toride/internal/detect/rulepack"
)

//go:embed settings.json
var files embed.FS

// Setting is one thing to switch on.
type Setting struct {
	ID   string         `json:"id"` // "windows.logon"; never changes
	On   string         `json:"on"` // kind of device: a key of the text detect.setting.on.<On>
	Name rulepack.Words `json:"name"`
	// Where is the path in the device's menus, one step per entry.
	Where []rulepack.Words `json:"where,omitempty"`
	// Command does the same as Where, line by line; it is shown and copied as
	// it is. Placeholders in it are in angle brackets.
	Command []string       `json:"command,omitempty"`
	Note    rulepack.Words `json:"note,omitzero"`
	Volume  rulepack.Words `json:"volume"` // what it costs
	Signs   []Sign         `json:"signs"`
	// Rare says that entries come only when something happens that may never
	// happen: without them nothing is known.
	Rare bool `json:"rare,omitempty"`
	// After names the setting that must be on first, usually that logs are sent
	// at all. Without its signs, nothing can be said of this one.
	After string `json:"after,omitempty"`
}

// Sign is a kind of entry that shows that a setting is on. Empty parts mean
// any; Codes is a list of event codes of which one suffices; Field must have a
// value.
type Sign struct {
	Product  string   `json:"product,omitempty"`
	Service  string   `json:"service,omitempty"`
	Category string   `json:"category,omitempty"`
	Provider string   `json:"provider,omitempty"`
	Codes    []string `json:"codes,omitempty"`
	Field    string   `json:"field,omitempty"`
}

// Catalogue is all settings in the order of the file.
type Catalogue struct {
	list []Setting
	byID map[string]int
}

// Shipped reads the catalogue that comes with Toride.
func Shipped() (*Catalogue, error) {
	data, err := files.ReadFile("settings.json")
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// Parse reads and checks a catalogue.
func Parse(data []byte) (*Catalogue, error) {
	c := &Catalogue{byID: map[string]int{}}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c.list); err != nil {
		return nil, fmt.Errorf("setting: %w", err)
	}
	for i, s := range c.list {
		if _, twice := c.byID[s.ID]; twice || s.ID == "" {
			return nil, fmt.Errorf("setting: id %q is empty or stands twice", s.ID)
		}
		c.byID[s.ID] = i
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("setting: %s: %w", s.ID, err)
		}
	}
	for _, s := range c.list {
		if _, ok := c.byID[s.After]; s.After != "" && !ok {
			return nil, fmt.Errorf("setting: %s comes after %q, which is not there", s.ID, s.After)
		}
	}
	return c, nil
}

func (s Setting) check() error {
	words := append([]rulepack.Words{s.Name, s.Volume}, s.Where...)
	if !s.Note.Zero() {
		words = append(words, s.Note)
	}
	for _, w := range words {
		if w.JA == "" || w.EN == "" {
			return fmt.Errorf("a text is missing in one language")
		}
	}
	switch {
	case !slices.Contains(Devices(), s.On):
		return fmt.Errorf("no kind of device %q", s.On)
	case len(s.Signs) == 0:
		return fmt.Errorf("no sign by which it is seen")
	case len(s.Where) == 0 && len(s.Command) == 0:
		return fmt.Errorf("neither a path nor a command")
	}
	for _, sign := range s.Signs {
		if sign.Product == "" && sign.Service == "" && sign.Category == "" {
			return fmt.Errorf("a sign that fits everything")
		}
	}
	return nil
}

// Devices lists the kinds of devices.
func Devices() []string { return []string{"windows", "fortigate", "linux", "samba", "esxi", "other"} }

// List gives all settings; the caller does not change them.
func (c *Catalogue) List() []Setting { return c.list }

// Get finds a setting.
func (c *Catalogue) Get(id string) (Setting, bool) {
	i, ok := c.byID[id]
	if !ok {
		return Setting{}, false
	}
	return c.list[i], true
}
