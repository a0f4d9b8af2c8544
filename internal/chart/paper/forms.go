package paper

import (
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
)

// About says what a form is made for.
type About string

// What forms are made for.
const (
	OfPatient About = "patient" // a sheet for each patient
	OfWard    About = "ward"    // a list for each ward
	OfNobody  About = "blank"   // empty, or with the head of a patient
	OfLabels  About = "labels"  // labels of patients, many on a page
)

// Form is one kind of sheet. Its name is the text "paper.form.<Code>".
type Form struct {
	Code  string
	About About
	// Parts of the chart that it prints.
	Parts   []model.Part
	patient func(*pen, *subject) *page.Sheet
	ward    func(*pen, index.Ward, []*subject) *page.Sheet
}

// Forms lists every form in the order in which pages show them. A new form is a
// function and a line here.
func Forms() []Form {
	alerts := []model.Part{model.Who, model.Allergies, model.Infections, model.Stays}
	with := func(more ...model.Part) []model.Part { return append(alerts[:len(alerts):len(alerts)], more...) }
	lists := with(model.Problems, model.Meals)
	return []Form{
		{Code: "drugs", About: OfPatient, Parts: with(model.Drugs, model.Injections), patient: drugsForm},
		{Code: "summary", About: OfPatient, patient: summaryForm},
		{Code: "mar", About: OfPatient, Parts: with(model.Drugs, model.Injections), patient: marForm},
		{Code: "injections", About: OfPatient, Parts: with(model.Injections), patient: injectionsForm},
		{Code: "labs", About: OfPatient, Parts: with(model.Labs), patient: labsForm},
		{Code: "rx", About: OfPatient, Parts: with(model.Drugs), patient: rxForm},
		{Code: "beds", About: OfWard, Parts: lists, ward: bedsForm},
		{Code: "allergies", About: OfWard, Parts: with(), ward: allergiesForm},
		{Code: "meals", About: OfWard, Parts: with(model.Meals), ward: mealsForm},
		{Code: "labels", About: OfLabels, Parts: onlyPerson()},
		{Code: "wristbands", About: OfLabels, Parts: onlyPerson()},
		{Code: "blank_orders", About: OfNobody, Parts: with(), patient: blankOrders},
		{Code: "blank_course", About: OfNobody, Parts: with(), patient: blankCourse},
		{Code: "blank_mar", About: OfNobody, Parts: with(), patient: blankMar},
		{Code: "blank_tests", About: OfNobody, Parts: with(), patient: blankTests},
		{Code: "blank_rx", About: OfNobody, Parts: with(), patient: blankRx},
		{Code: "blank_views", About: OfNobody, Parts: with(), patient: blankViews},
	}
}

// FormOf finds a form by its code.
func FormOf(code string) (Form, bool) {
	for _, f := range Forms() {
		if f.Code == code {
			return f, true
		}
	}
	return Form{}, false
}
