package model

import "cmp"

// Part names a part of a chart: who the patient is, or one of the lists. Its
// name for readers is the text "chart.part.<Part>".
type Part string

// The parts.
const (
	Who        Part = "person"
	Allergies  Part = "allergies"
	Infections Part = "infections"
	Problems   Part = "problems"
	Drugs      Part = "drugs"
	Injections Part = "injections"
	Labs       Part = "labs"
	Vitals     Part = "vitals"
	Stays      Part = "stays" // with Visits and Planned
	Meals      Part = "meals"
	Orders     Part = "orders"
	Reports    Part = "reports"
)

// lists has a line for every list of a chart, in the order in which pages name
// them: whose part it is and how its rows stand when several sources are merged.
// Whatever goes through a chart list by list goes by this one.
func lists() []line {
	collected := func(a, b *Lab) int { return newer(a.Collected.Stamp, b.Collected.Stamp) }
	happened := func(a, b *Event) int { return newer(a.At.Stamp, b.At.Stamp) }
	return []line{
		of(Allergies, func(c *Chart) *List[Allergy] { return &c.Allergies }, func(a, b *Allergy) int { return rankAllergy(a) - rankAllergy(b) }),
		of(Infections, func(c *Chart) *List[Infection] { return &c.Infections }, func(a, b *Infection) int { return newer(a.At.Stamp, b.At.Stamp) }),
		of(Problems, func(c *Chart) *List[Problem] { return &c.Problems }, func(a, b *Problem) int {
			return cmp.Or(rankProblem(a)-rankProblem(b), newer(a.Set.Stamp, b.Set.Stamp))
		}),
		of(Drugs, func(c *Chart) *List[Drug] { return &c.Drugs }, func(a, b *Drug) int { return newer(a.Ordered.Stamp, b.Ordered.Stamp) }),
		of(Injections, func(c *Chart) *List[Injection] { return &c.Injections }, func(a, b *Injection) int { return newer(a.Start.Stamp, b.Start.Stamp) }),
		of(Labs, func(c *Chart) *List[Lab] { return &c.Labs }, collected),
		of(Vitals, func(c *Chart) *List[Lab] { return &c.Vitals }, collected),
		of(Stays, func(c *Chart) *List[Stay] { return &c.Stays }, func(a, b *Stay) int { return newer(a.Admitted.Stamp, b.Admitted.Stamp) }),
		of(Stays, func(c *Chart) *List[Event] { return &c.Visits }, happened),
		of(Stays, func(c *Chart) *List[Event] { return &c.Planned }, happened),
		of(Meals, func(c *Chart) *List[Meal] { return &c.Meals }, func(a, b *Meal) int { return newer(a.Start.Stamp, b.Start.Stamp) }),
		of(Orders, func(c *Chart) *List[Order] { return &c.Orders }, func(a, b *Order) int { return newer(a.Ordered.Stamp, b.Ordered.Stamp) }),
		of(Reports, func(c *Chart) *List[Report] { return &c.Reports }, func(a, b *Report) int { return newer(a.At.Stamp, b.At.Stamp) }),
	}
}

// line is a list of the chart whatever its rows are.
type line struct {
	part  Part
	state func(*Chart) *State
	rows  func(*Chart) int
	merge func(out *Chart, in []*Chart)
}

func of[T any](part Part, list func(*Chart) *List[T], order func(a, b *T) int) line {
	return line{
		part:  part,
		state: func(c *Chart) *State { return &list(c).State },
		rows:  func(c *Chart) int { return len(list(c).Rows) },
		merge: func(out *Chart, in []*Chart) { *list(out) = merged(in, list, order) },
	}
}

// Parts gives every part, who the patient is first, then the lists in the order
// in which pages name them.
func Parts() []Part {
	out := []Part{Who}
	for _, l := range lists() {
		if l.part != out[len(out)-1] {
			out = append(out, l.part)
		}
	}
	return out
}

// ListState is what a list of a chart says of itself whatever its rows are.
type ListState struct {
	Part  Part
	State *State // in the chart: it may be changed there
	Rows  int
}

// Lists gives every list of the chart; a part with several lists stands in it
// several times, the one it is named by first.
func (c *Chart) Lists() []ListState {
	var out []ListState
	for _, l := range lists() {
		out = append(out, ListState{Part: l.part, State: l.state(c), Rows: l.rows(c)})
	}
	return out
}

// StateOf is the state of a part's list; Unknown for what is no list.
func (c *Chart) StateOf(part Part) State {
	for _, l := range lists() {
		if l.part == part {
			return *l.state(c)
		}
	}
	return Unknown
}
