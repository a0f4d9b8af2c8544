package eventtest

// Kind is a kind of sender.
type Kind int

// The kinds.
const (
	FortiGate Kind = iota
	Flow
	Windows
	Chart
)

// Needle is a rare entry. Count of them are planted, whatever the size of the log.
type Needle struct {
	Kind  Kind
	Count int
	Text  string // a substring that stands in these entries and in no other
	Field string // or a field whose value only they have, under its ECS name
	Value string
}

// Needles lists what is planted.
func Needles() []Needle {
	return []Needle{
		{Kind: Windows, Count: 7, Text: "SQBFAFgAKABOAGUAdwAtAE8AYgBqAGUAYwB0"},
		{Kind: Windows, Count: 3, Text: `C:\\Users\\Public\\wannacry.exe`},
		{Kind: Chart, Count: 9, Text: "医療安全管理室"},
		{Kind: Chart, Count: 1, Text: "患者ID=00012345"},
		{Kind: FortiGate, Count: 5, Field: "destination.ip", Value: "198.51.100.77"},
		{Kind: Windows, Count: 11, Field: "user.name", Value: "svc-Backup02"},
		{Kind: FortiGate, Count: 2, Text: "ＶＰＮ装置の設定変更"},
	}
}
