package hl7_test

import (
	"fmt"

	"github.com/torideproject/toride/hl7"
)

func ExampleParse() {
	m, err := hl7.Parse([]byte("MSH|^~\\&|HIS|||||||1|P|2.5||||||~ISO IR87\r" +
		"PID|||0000000001^^^^PI||\x1b$B:V\x1b(B^\x1b$B2V;R\x1b(B^^^^^L^I~\x1b$B%H%j%G\x1b(B^\x1b$B%O%J%3\x1b(B^^^^^L^P||19480405|F\r"))
	if err != nil {
		fmt.Println(err)
		return
	}
	pid := m.First("PID")
	kanji, kana := hl7.Names(pid.Field(5))
	fmt.Println(m.Charset(), hl7.PatientID(pid.Field(3)), kanji.Full(), kana.Full(), hl7.TimeOf(pid.Field(7)).Date())
	fmt.Println(pid.Field(11).State() == hl7.Absent)
	// Output:
	// ISO-2022-JP 0000000001 砦　花子 トリデ　ハナコ 19480405
	// true
}

func ExampleBuilder() {
	b := hl7.NewBuilder(hl7.StandardDelimiters())
	b.Segment("RXE").Field(2).CWE(hl7.CWE{Code: "1", Text: "錠A|B", System: "99X"}).Field(3).Null().Field(19).Text("3").Comp(2).Subs("TAB", "錠", "MR9P")
	fmt.Printf("%q\n", b.String())
	e := hl7.NewEncoder(hl7.EncodeOptions{})
	fmt.Printf("%q %v\n", e.AppendText(nil, "NTE|①髙"), len(e.Losses()))
	// Output:
	// "RXE||1^錠A\\F\\B^99X|\"\"||||||||||||||||3^TAB&錠&MR9P\r"
	// "NTE|(1)\x1b$B\"#\x1b(B" 2
}
