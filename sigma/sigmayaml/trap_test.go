package sigmayaml

import (
	"strings"
	"testing"

	"github.com/torideproject/toride/sigma"
)

// The traps are the differences between engines that were found on real logs:
// each made some engine miss an attack or see one that was not there.

// rule reads a detection section into a rule for any log.
func rule(t testing.TB, detection string) *sigma.Rule {
	t.Helper()
	text := "title: test\nlogsource:\n  product: any\ndetection:\n" + indent(detection)
	docs, problems := Read("test.yml", []byte(text), Options{Placeholders: map[string][]string{"admins": {"root", "adm_*"}, "nets": {"10.0.0.0/8", "192.0.2.0/24"}}})
	if len(problems) > 0 || len(docs) != 1 {
		t.Fatalf("%v\n%s", problems, text)
	}
	return docs[0].Rule
}

func indent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.Trim(s, "\n") + "\n") {
		b.WriteString("  " + line)
	}
	return b.String()
}

// one makes a rule of one item.
func item(t testing.TB, line string) *sigma.Rule {
	t.Helper()
	return rule(t, "selection:\n"+indent(line)+"condition: selection\n")
}

// event makes fields of name=value pairs.
func event(pairs ...string) []sigma.Field {
	var out []sigma.Field
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		out = append(out, sigma.Field{Name: name, Value: value})
	}
	return out
}

// says asks both evaluators.
func says(t testing.TB, r *sigma.Rule, fields []sigma.Field) bool {
	t.Helper()
	return evaluators(t, r)(t, fields)
}

// evaluators makes both evaluators for a rule.
func evaluators(t testing.TB, r *sigma.Rule) func(testing.TB, []sigma.Field) bool {
	t.Helper()
	e, err := sigma.NewEngine([]*sigma.Rule{r}, sigma.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m := e.NewMatcher()
	return func(t testing.TB, fields []sigma.Field) bool {
		t.Helper()
		var names []string
		var values []sigma.Value
		for _, f := range fields {
			names = append(names, f.Name)
			values = append(values, sigma.ValueOf(f.Value))
		}
		plain := r.Matches(fields)
		fast := len(m.Match(e.Shape([]sigma.LogSource{r.LogSource}, names, nil), values, nil)) > 0
		if plain != fast {
			t.Errorf("%s %v: the oracle says %v, the engine %v", r.ID, fields, plain, fast)
		}
		return plain
	}
}

func fits(t *testing.T, r *sigma.Rule, fields ...string) {
	t.Helper()
	if !says(t, r, event(fields...)) {
		t.Errorf("%q does not match", fields)
	}
}

func misses(t *testing.T, r *sigma.Rule, fields ...string) {
	t.Helper()
	if says(t, r, event(fields...)) {
		t.Errorf("%q matches", fields)
	}
}

func TestTrap_NamesWithBlanks(t *testing.T) {
	t.Parallel()
	if got := sigma.WindowsName("Threat Name"); got != "ThreatName" {
		t.Error(got)
	}
	if r, ok := sigma.WindowsField("windefend", sigma.WindowsName("Threat Name"), 1116); !ok || r.To != "Signature" {
		t.Error(r, ok)
	}
}

func TestTrap_NullIsAbsentOrEmpty(t *testing.T) {
	t.Parallel()
	r := item(t, "StartModule: null")
	fits(t, r, "Image=a.exe")
	fits(t, r, "StartModule=")
	misses(t, r, "StartModule=ntdll.dll")
	either := item(t, "StartModule:\n  - null\n  - ntdll.dll")
	fits(t, either, "StartModule=NTDLL.dll")
	fits(t, either)
	misses(t, rule(t, "s:\n  StartModule: null\ncondition: not s"), "StartModule=")
}

func TestTrap_EmptyTextIsThereAndEmpty(t *testing.T) {
	t.Parallel()
	r := item(t, "CommandLine: ''")
	fits(t, r, "CommandLine=")
	misses(t, r, "Image=a.exe")
	misses(t, r, "CommandLine=x")
}

func TestTrap_WindashFiveDashesAndSlash(t *testing.T) {
	t.Parallel()
	for _, written := range []string{"'-enc '", "'/enc '"} {
		r := item(t, "CommandLine|contains|windash: "+written)
		for _, dash := range []string{"-", "/", "–", "—", "―"} {
			fits(t, r, "CommandLine=powershell "+dash+"ENC AAAA")
		}
		misses(t, r, "CommandLine=powershell enc AAAA")
		misses(t, r, "CommandLine=powershell ‐enc AAAA") // U+2010 is none of the five
	}
	slash := item(t, "CommandLine|windash|contains:\n  - ' /c copy'\n  - '/node:'") // after a blank, and at the very beginning
	fits(t, slash, "CommandLine=cmd -c copy a b")
	fits(t, slash, "CommandLine=-node:x")
	// Only what can begin an option: no dash between letters.
	inner := item(t, "CommandLine|contains|windash: 'a-b -c-d'")
	fits(t, inner, "CommandLine=a-b /c-d")
	misses(t, inner, "CommandLine=a/b -c-d")
	misses(t, inner, "CommandLine=a-b -c/d")
	two := item(t, "CommandLine|contains|windash: '-a -b'")
	fits(t, two, "CommandLine=/a –b")
	ends := item(t, "CommandLine|endswith|windash: ' -s'")
	fits(t, ends, "CommandLine=regsvr32 /S")
	misses(t, ends, "CommandLine=regsvr32 /s x")
}

func TestTrap_WildcardsInsidePlaces(t *testing.T) {
	t.Parallel()
	mask := item(t, "AccessMask|endswith: '1?'")
	fits(t, mask, "AccessMask=0x10")
	misses(t, mask, "AccessMask=0x1")
	misses(t, mask, "AccessMask=0x100")
	fits(t, item(t, `Image|contains: '\Temp\\*\a?c.exe'`), `Image=C:\Users\x\TEMP\1\2\aXc.exe.bak`)
	misses(t, item(t, `Image|contains: '\Temp\\*\a?c.exe'`), `Image=C:\Temp\ac.exe`)
	fits(t, item(t, `Image|startswith: 'C:\\*\x'`), `Image=c:\a\b\xyz`)
	misses(t, item(t, `Image|startswith: 'C:\\*\x'`), `Image=dc:\a\x`)
	fits(t, item(t, "User: 'a?c'"), "User=a給c") // a character, not a byte
	misses(t, item(t, "User: 'a??c'"), "User=a給c")
	fits(t, item(t, "User: '*'"), "User=")
	misses(t, item(t, "User: '*'"), "Image=x")
	misses(t, item(t, "User: '?*'"), "User=")
}

func TestTrap_BackslashEscapes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`C:\Windows\cmd.exe`: `C:\Windows\cmd.exe`, // before a letter it is itself
		`C:\\Windows`:        `C:\Windows`,         // doubled it is one
		`a\*b`:               `a*b`,
		`a\?b`:               `a?b`,
		`a\\\*b`:             `a\*b`,
		`\\\\server`:         `\\server`,
		`\\\server`:          `\\server`,
		`end\`:               `end\`,
	} {
		r := item(t, "F: '"+value+"'")
		fits(t, r, "F="+want)
		misses(t, r, "F="+want+"x")
		misses(t, r, "F=x"+want)
	}
	wild := item(t, `F: 'C:\\*'`) // a backslash and a wildcard
	fits(t, wild, `F=C:\x`)
	misses(t, wild, `F=C:x`)
	misses(t, item(t, `F: 'a\*b'`), "F=aXb")
}

func TestTrap_KeywordsSearchEveryField(t *testing.T) {
	t.Parallel()
	r := rule(t, "keywords:\n  - EVILSERVICE\n  - 'svc*-n evil'\n  - 4711\ncondition: keywords")
	fits(t, r, "A=x", "B=the EvilService is here")
	fits(t, r, "Anything=run svchost.exe -n evil now")
	fits(t, r, "Code=1471147")
	misses(t, r, "A=svc", "B=-n evil") // not across fields
	misses(t, r, "EVILSERVICE=name of a field")
	all := rule(t, "keywords:\n  '|all':\n    - OabVirtualDirectory\n    - ' -ExternalUrl '\ncondition: keywords")
	fits(t, all, "A=set -externalurl x", "B=oabvirtualdirectory")
	misses(t, all, "A=set -externalurl x")
	re := rule(t, "keywords:\n  '|re': 'ev[i1]l'\ncondition: keywords")
	fits(t, re, "A=so ev1l")
}

func TestTrap_EventBelongsToSeveralCategories(t *testing.T) {
	t.Parallel()
	const sysmon = "Microsoft-Windows-Sysmon"
	sources := func(id int, eventType string) string {
		var all []string
		for _, l := range sigma.WindowsSources(nil, sysmon+"/Operational", sysmon, id, eventType) {
			all = append(all, l.Service+"/"+l.Category)
		}
		return strings.Join(all, " ")
	}
	for _, c := range []struct {
		id        int
		eventType string
		want      string
	}{
		{13, "SetValue", "sysmon/ sysmon/registry_event sysmon/registry_set"},
		{12, "CreateKey", "sysmon/ sysmon/registry_event sysmon/registry_add"},
		{12, "DeleteKey", "sysmon/ sysmon/registry_event sysmon/registry_delete"},
		{12, "DeleteValue", "sysmon/ sysmon/registry_event sysmon/registry_delete"},
		{12, "", "sysmon/ sysmon/registry_event"},
		{14, "RenameKey", "sysmon/ sysmon/registry_event sysmon/registry_rename"},
		{1, "", "sysmon/ sysmon/process_creation"},
		{21, "", "sysmon/ sysmon/wmi_event"},
		{99, "", "sysmon/"},
	} {
		if got := sources(c.id, c.eventType); got != c.want {
			t.Errorf("%d %s: %s", c.id, c.eventType, got)
		}
	}
}

func TestTrap_4688FeedsProcessCreation(t *testing.T) {
	t.Parallel()
	e := routed(map[string]any{"Channel": "Security", "EventID": 4688, "Provider": map[string]any{"#attributes": map[string]any{"Name": "Microsoft-Windows-Security-Auditing"}}},
		map[string]any{"NewProcessName": `C:\Windows\System32\vssadmin.exe`, "CommandLine": "vssadmin delete shadows", "ParentProcessName": `C:\x\cmd.exe`, "ProcessId": "0x1a4"})
	r := item(t, "Image|endswith: '\\vssadmin.exe'\nParentImage|endswith: '\\cmd.exe'\nNewProcessName|contains: vss\nParentProcessId: 420")
	r.LogSource = sigma.LogSource{Product: "windows", Category: "process_creation"}
	if !e.fits(r) {
		t.Errorf("%+v", e)
	}
	r.LogSource = sigma.LogSource{Product: "windows", Service: "security"}
	if !e.fits(r) {
		t.Error("it is no longer an event of the Security log")
	}
}

func TestTrap_IDsMeanNothingWithoutProviderAndChannel(t *testing.T) {
	t.Parallel()
	categories := func(channel, provider string, id int) int {
		n := 0
		for _, l := range sigma.WindowsSources(nil, channel, provider, id, "") {
			if l.Category != "" {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		channel, provider string
		id, want          int
	}{
		{"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1, 1},
		{"Application", "Wcmsvc", 1, 0},
		{"System", "Microsoft-Windows-Kernel-General", 13, 0},
		{"Security", "Microsoft-Windows-Security-Auditing", 4688, 1},
		{"Application", "Microsoft-Windows-Security-Auditing", 4688, 0},
		{"Security", "SomeoneElse", 4688, 0},
		{"Microsoft-Windows-WCM/Operational", "Microsoft-Windows-WCM", 1116, 0},
		{"Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender", 1116, 1},
		{"ForwardedEvents", "Microsoft-Windows-Sysmon", 1, 1},
		{"", "Microsoft-Windows-Security-Auditing", 4688, 1},
		{"microsoft-windows-POWERSHELL/operational", "Microsoft-Windows-PowerShell", 4104, 1},
		{"PowerShellCore/Operational", "PowerShellCore", 4103, 1},
		{"Windows PowerShell", "PowerShell", 800, 1},
	} {
		if got := categories(c.channel, c.provider, c.id); got != c.want {
			t.Errorf("%s %s %d: %d categories", c.channel, c.provider, c.id, got)
		}
	}
}

func TestTrap_AntivirusRulesHaveNoProduct(t *testing.T) {
	t.Parallel()
	e := routed(map[string]any{"Channel": "Microsoft-Windows-Windows Defender/Operational", "EventID": 1116, "Provider": map[string]any{"#attributes": map[string]any{"Name": "Microsoft-Windows-Windows Defender"}}},
		map[string]any{"Threat Name": "HackTool:Win32/Mimikatz", "Path": `file:_C:\x.exe`})
	r := item(t, "Signature|contains: Mimikatz\nFilename|contains: x.exe\nThreatName|contains: Hack")
	r.LogSource = sigma.LogSource{Category: "antivirus"}
	if !e.fits(r) {
		t.Errorf("%+v", e)
	}
}
