package web

import (
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

// FieldKind decides how a field is shown and checked.
type FieldKind string

// The kinds of fields.
const (
	TextField     FieldKind = "text"
	AreaField     FieldKind = "textarea"
	PasswordField FieldKind = "password"
	CodeField     FieldKind = "code"     // one-time code: digits, no history
	PINField      FieldKind = "pin"      // hidden digits, for a 10-key pad
	DayField      FieldKind = "date"     // value 2006-01-02
	TimeField     FieldKind = "datetime" // value 2006-01-02T15:04 in the hospital's zone
	IntField      FieldKind = "number"
	SelectField   FieldKind = "select"
	RadioField    FieldKind = "radio"
	ChecksField   FieldKind = "checks" // several values
	CheckField    FieldKind = "check"  // one box; value "yes" or ""
	FileField     FieldKind = "file"
	HiddenField   FieldKind = "hidden"
)

// Field is one input of a form.
type Field struct {
	Name     string
	Label    text.Msg
	Kind     FieldKind
	Help     text.Msg
	Value    string
	Values   []string // of ChecksField
	Options  []Option
	Required bool
	Max      int // characters of a text (0: 2,000); greatest number
	Min      int // smallest number
	Wide     bool
	Auto     string // autocomplete attribute, for example "current-password"
	Accept   string // of FileField
	Error    text.Msg
}

// Option is one choice.
type Option struct {
	Value string
	Say   text.Msg
}

// Chosen reports whether the value is chosen in the field.
func (f Field) Chosen(value string) bool {
	if f.Kind == ChecksField {
		return slices.Contains(f.Values, value)
	}
	return f.Value == value
}

// Described is the value of aria-describedby: ids of help and error.
func (f Field) Described() string {
	var ids []string
	if !f.Help.Zero() {
		ids = append(ids, "h-"+f.Name)
	}
	if !f.Error.Zero() {
		ids = append(ids, "e-"+f.Name)
	}
	return strings.Join(ids, " ")
}

// Form is declared, shown by one part for all, and read back by Read.
type Form struct {
	Title  text.Msg // of the page, when RenderForm shows it alone
	Intro  text.Msg
	Action string // where it is posted
	Submit text.Msg
	Danger bool   // the act is hard to undo: the button says so
	Cancel string // URL
	Fields []Field
	Zone   *time.Location // set by Read
	files  map[string]*multipart.FileHeader
}

// FormPage shows one form alone.
type FormPage struct{ Form Form }

// PageTitle is the form's title.
func (p FormPage) PageTitle() text.Msg { return p.Form.Title }

// RenderForm shows the form as a page of its own; after a failed Read with
// status 422, so that scripts and tests see it.
func (c *Call) RenderForm(f Form) error {
	status := http.StatusOK
	if len(f.Errors()) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return c.render(status, "web.form", FormPage{Form: f})
}

// HasFile reports whether the form must be sent as multipart.
func (f Form) HasFile() bool {
	return slices.ContainsFunc(f.Fields, func(field Field) bool { return field.Kind == FileField })
}

// Errors gives the fields with errors, for the summary on top.
func (f Form) Errors() []Field {
	var bad []Field
	for _, field := range f.Fields {
		if !field.Error.Zero() {
			bad = append(bad, field)
		}
	}
	return bad
}

// memory is how much of an upload is kept in memory; the rest goes to a
// temporary file.
const memory = 4 << 20

// Read takes the values from the request, trims them, and checks them against
// the fields. It returns false when one has an error; the values stay in the
// form, so that nothing typed is lost. A request that cannot be read at all is
// a fault in err.
func (f *Form) Read(c *Call) (ok bool, err error) {
	f.Zone = c.Zone()
	if err := c.parse(); err != nil {
		return false, err
	}
	ok = true
	for i := range f.Fields {
		f.read(c, &f.Fields[i])
		ok = ok && f.Fields[i].Error.Zero()
	}
	return ok, nil
}

// Taken reads the form and, where its values fit, has check look at them
// together (by Fail). done says that the request was answered: err is then the
// handler's own, nil where the form was shown again with what is wrong in it.
func (f *Form) Taken(c *Call, check ...func()) (done bool, err error) {
	ok, err := f.Read(c)
	if err != nil {
		return true, err
	}
	for _, look := range check {
		if ok {
			look()
		}
	}
	if len(f.Errors()) > 0 {
		return true, c.RenderForm(*f)
	}
	return false, nil
}

func (f *Form) read(c *Call, field *Field) {
	field.Error = text.Msg{}
	switch field.Kind {
	case FileField:
		f.readFile(c, field)
		return
	case ChecksField:
		field.Values = c.R.PostForm[field.Name]
		for _, v := range field.Values {
			field.checkOption(v)
		}
		if field.Required && len(field.Values) == 0 {
			field.Error = text.M("web.form.required")
		}
		return
	case PasswordField: // spaces may belong to it
		field.Value = c.R.PostForm.Get(field.Name)
	default:
		field.Value = clean(c.R.PostForm.Get(field.Name), field.Kind)
	}
	field.check(f.Zone)
}

// clean removes what nobody means: control characters, spaces at the ends, and
// in numbers and dates the full-width forms of digits.
func clean(s string, kind FieldKind) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			return r
		}
		return -1
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	switch kind {
	case IntField, DayField, TimeField, CodeField, PINField:
		s = norm.NFKC.String(s)
	}
	if kind == CodeField {
		s = strings.ReplaceAll(s, " ", "")
	}
	return strings.TrimSpace(s)
}

func (f *Field) check(zone *time.Location) {
	if f.Value == "" {
		if f.Required {
			f.Error = text.M("web.form.required")
		}
		return
	}
	limit := f.Max
	if limit == 0 {
		limit = 2000
	}
	switch f.Kind {
	case IntField:
		n, err := strconv.Atoi(f.Value)
		switch {
		case err != nil:
			f.Error = text.M("web.form.number")
		case n < f.Min || (f.Max != 0 && n > f.Max):
			f.Error = text.M("web.form.range", f.Min, f.Max)
		}
	case DayField:
		if _, err := time.Parse(time.DateOnly, f.Value); err != nil {
			f.Error = text.M("web.form.day")
		}
	case TimeField:
		if _, err := time.ParseInLocation(timeLayout, f.Value, zone); err != nil {
			f.Error = text.M("web.form.time")
		}
	case SelectField, RadioField:
		f.checkOption(f.Value)
	default:
		if n := utf8.RuneCountInString(f.Value); n > limit {
			f.Error = text.M("web.form.long", limit, n)
		} else if !utf8.ValidString(f.Value) {
			f.Error = text.M("web.form.letters")
		}
	}
}

// checkOption refuses a value that was not offered.
func (f *Field) checkOption(value string) {
	if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == value }) {
		f.Error = text.M("web.form.option")
	}
}

func (f *Form) readFile(c *Call, field *Field) {
	if c.R.MultipartForm == nil || len(c.R.MultipartForm.File[field.Name]) == 0 {
		if field.Required {
			field.Error = text.M("web.form.file")
		}
		return
	}
	if f.files == nil {
		f.files = map[string]*multipart.FileHeader{}
	}
	f.files[field.Name] = c.R.MultipartForm.File[field.Name][0]
}

const timeLayout = "2006-01-02T15:04"

// TimeValue prints a time for a TimeField's Value.
func TimeValue(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(timeLayout)
}

func (f *Form) field(name string) *Field {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			return &f.Fields[i]
		}
	}
	panic("web: form has no field " + name) // a mistake in the program
}

// Text gives the value of a field.
func (f *Form) Text(name string) string { return f.field(name).Value }

// List gives the values of a ChecksField.
func (f *Form) List(name string) []string { return f.field(name).Values }

// Checked reports whether a CheckField is set.
func (f *Form) Checked(name string) bool { return f.field(name).Value == "yes" }

// Int gives the number of an IntField, 0 when it is empty.
func (f *Form) Int(name string) int {
	n, err := strconv.Atoi(f.Text(name))
	if err != nil {
		return 0 // empty; anything else was refused by Read
	}
	return n
}

// Time gives the time of a TimeField in UTC, zero when it is empty.
func (f *Form) Time(name string) time.Time {
	t, err := time.ParseInLocation(timeLayout, f.Text(name), f.Zone)
	if err != nil {
		return time.Time{} // empty; anything else was refused by Read
	}
	return t.UTC()
}

// Fail puts an error at a field after Read, for rules of the domain.
func (f *Form) Fail(name, key string, args ...any) { f.field(name).Error = text.M(key, args...) }

// Set puts a value into a field, for a form about something that exists.
func (f *Form) Set(name, value string) { f.field(name).Value = value }

// Upload is a received file.
type Upload struct {
	Name string // cleaned; for showing and matching, never a path
	Data []byte
}

// File gives the file of a FileField; Data is nil when none was sent.
func (f *Form) File(name string) (Upload, error) {
	header := f.files[name]
	if header == nil {
		return Upload{}, nil
	}
	file, err := header.Open()
	if err != nil {
		return Upload{}, fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return Upload{}, fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	return Upload{Name: CleanName(header.Filename), Data: data}, nil
}

// CleanName makes a name that somebody sent fit for showing: no folders, no
// control characters, at most 120 characters. Toride never uses it as a path.
func CleanName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if runes := []rune(name); len(runes) > 120 {
		name = string(runes[:120])
	}
	if name == "" || name == "." || name == ".." || name == "/" {
		return "file"
	}
	return name
}
