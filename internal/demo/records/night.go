package records

import (
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// Who comes in the Night, and from where. The addresses are those reserved for
// documentation.
const (
	intruder  = "198.51.100.201"
	mealUser  = "kyushoku-hosyu" // the supplier's account of the line
	mealLine  = "10.212.134.200" // what the supplier's device gives its VPN
	collect   = "198.51.100.150" // where the charts go
	ending    = ".minato_locked"
	adminUser = "Administrator"
)

// attack writes the Night. zero is its midnight.
type attack struct {
	*maker
	zero time.Time
	meal Host
}

// Night gives the night of Osaka as it goes in this hospital, in the order of
// arrival: steps A1 to A13 between 00:12 and NightEnd after h.Night, or as much
// faster as h.Span says. It is about 1,200 entries.
func Night(h Hospital, seed uint64) iter.Seq[event.Record] {
	return func(yield func(event.Record) bool) {
		a := attack{maker: newMaker(&h, seed, uint64(h.Night.Unix())^0xa13), zero: h.Night, meal: h.host("KYUSHOKU", 0)}
		if h.Span > 0 {
			a.maker.zero, a.speed = h.Night, float64(NightEnd)/float64(h.Span)
		}
		a.wayIn()
		a.collected()
		a.desktopIn()
		a.antivirusOff()
		a.credentials()
		a.sameAccount()
		a.chartServers()
		a.spray()
		a.backups()
		a.outflow()
		a.run()
		a.rename()
		a.note()
		a.logsCleared()
		a.hungUp()
		a.give(h.Night, h.Night.Add(24*time.Hour), yield)
	}
}

// at is a time of the Night.
func (a *attack) at(hour, minute, second int) time.Time {
	return a.zero.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
}

// wayIn is A1: passwords are guessed at the supplier's device, one fits, and its
// configuration is taken.
func (a *attack) wayIn() {
	for i := range 64 {
		user := [...]string{"admin", "test", "kyushoku", mealUser, "vpn", "hosyu", mealUser, "user"}[i%8]
		a.maker.meal(a.at(0, 12, 19*i), 185, "0101039426", fmt.Sprintf(`type=event subtype=vpn level=alert vd="root" logdesc="SSL VPN login fail" action="ssl-login-fail" tunneltype="ssl-web" tunnelid=0 remip=%s tunnelip=(null) user="%s" group="N/A" dst_host="N/A" reason="sslvpn_login_unknown_user" msg="SSL user failed to logged in"`, intruder, user))
	}
	a.maker.meal(a.at(0, 33, 40), 189, "0101039947", fmt.Sprintf(`type=event subtype=vpn level=information vd="root" logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=77120431 remip=%s tunnelip=%s user="%s" group="vendor" dst_host="N/A" reason="tunnel established" msg="SSL tunnel established"`, intruder, mealLine, mealUser))
	a.maker.meal(a.at(0, 36, 2), 189, "0100032001", fmt.Sprintf(`type=event subtype=system level=information vd="root" logdesc="Admin login successful" sn=1667147762 user="admin" ui="https(%s)" action="login" status="success" reason="none" profile="super_admin" srcip=%s dstip=192.0.2.60 msg="Administrator admin logged in successfully from https(%s)"`, intruder, intruder, intruder))
	a.maker.meal(a.at(0, 37, 30), 188, "0100032095", fmt.Sprintf(`type=event subtype=system level=warning vd="root" logdesc="Admin performed an action from GUI" user="admin" ui="GUI(%s)" action="download" status="success" msg="System config file has been downloaded by user admin via GUI(%s)"`, intruder, intruder))
}

// collected is what shows of A2 here: the neighbours of the line are sounded.
func (a *attack) collected() {
	for i := range 18 {
		a.maker.meal(a.at(0, 46, 20*i), 189, "0000000013", fmt.Sprintf(`type=traffic subtype=forward level=notice vd=root srcip=%s srcport=%d srcintf="ssl.root" dstip=10.20.40.%d dstport=3389 dstintf="internal" sessionid=%d proto=6 action=deny policyid=0 dstcountry="Reserved" srccountry="Reserved" trandisp=noop service="RDP" duration=0 sentbyte=0 rcvdbyte=0 sentpkt=0 appcat="unscanned"`,
			mealLine, 40_000+i, 20+i, 880_100+i))
	}
}

// desktopIn is A3: a remote desktop that is always open.
func (a *attack) desktopIn() {
	a.desktop(a.meal, a.at(1, 5, 4), mealUser, Host{"WIN-7QK", mealLine})
	a.special(a.meal, a.at(1, 5, 7), mealUser)
	a.process(a.meal, a.at(1, 9, 0), started{mealUser, `C:\Windows\System32\cmd.exe`, `"C:\Windows\system32\cmd.exe"`, `C:\Windows\explorer.exe`})
	for i, line := range []string{"whoami /all", `net group "domain admins" /domain`, "nltest /domain_trusts", "net view /all"} {
		a.process(a.meal, a.at(1, 10, 20*i), started{mealUser, `C:\Windows\System32\` + [...]string{"whoami.exe", "net.exe", "nltest.exe", "net.exe"}[i], line, `C:\Windows\System32\cmd.exe`})
	}
}

// hungUp is the end of that session, as the device tells of it.
func (a *attack) hungUp() {
	a.maker.meal(a.at(5, 18, 10), 189, "0000000013", fmt.Sprintf(`type=traffic subtype=forward level=notice vd=root srcip=%s srcport=51221 srcintf="ssl.root" dstip=%s dstport=3389 dstintf="internal" sessionid=881203 proto=6 action=close policyid=1 dstcountry="Reserved" srccountry="Reserved" trandisp=noop service="RDP" duration=15186 sentbyte=9020113 rcvdbyte=188702113 sentpkt=31004 rcvdpkt=164023 appcat="unscanned"`, mealLine, a.meal.Addr))
}

// antivirusOff is A4.
func (a *attack) antivirusOff() {
	a.process(a.meal, a.at(1, 17, 40), started{mealUser, `C:\Windows\System32\msiexec.exe`, `msiexec.exe /x {5E1B0C8A-0D5E-4B47-9E0B-5A6C3F2D1E00} /qn`, `C:\Windows\System32\cmd.exe`})
	const product = "Kakuu AntiVirus Agent"
	a.windows(a.meal, a.at(1, 18, 10), entry{channel: "Application", provider: "MsiInstaller", id: 11724, message: "製品: " + product + " -- 正常に削除されました。",
		data: []string{"param1", "製品: " + product + " -- 正常に削除されました。"}})
	a.windows(a.meal, a.at(1, 18, 11), entry{channel: "Application", provider: "MsiInstaller", id: 1034, message: "Windows インストーラーは製品を削除しました。製品名: " + product + "。製品バージョン: 12.0。製品の言語: 1041。製造元: 架空セキュリティ株式会社。削除の成功またはエラーの状態: 0。",
		data: []string{"param1", product, "param2", "12.0", "param3", "1041", "param4", "0", "param5", "架空セキュリティ株式会社"}})
	a.service(a.meal, a.at(1, 18, 14), product, false)
	a.windows(a.meal, a.at(1, 19, 2), entry{channel: "Microsoft-Windows-Windows Defender/Operational", provider: defender, id: 5001, level: "警告", message: "リアルタイム保護は無効になりました。",
		data: []string{"Product Name", "Microsoft Defender ウイルス対策", "Product Version", "4.18.1909.6"}})
	a.service(a.meal, a.at(1, 19, 5), "Microsoft Defender Antivirus Service", false)
}

// credentials is A5: what is left in memory, and guessing that nothing locks out.
func (a *attack) credentials() {
	a.process(a.meal, a.at(1, 31, 0), started{mealUser, `C:\ProgramData\t\procdump64.exe`, `procdump64.exe -accepteula -ma lsass.exe C:\ProgramData\t\l.dmp`, `C:\Windows\System32\cmd.exe`})
	a.process(a.meal, a.at(1, 33, 20), started{mealUser, `C:\Windows\System32\rundll32.exe`, `rundll32.exe C:\windows\System32\comsvcs.dll, MiniDump 624 C:\ProgramData\t\m.dmp full`, `C:\Windows\System32\cmd.exe`})
	a.process(a.meal, a.at(1, 35, 0), started{mealUser, `C:\Windows\System32\reg.exe`, `reg save HKLM\SAM C:\ProgramData\t\s.hiv`, `C:\Windows\System32\cmd.exe`})
	target := a.h.host("BUMON", 2)
	for i := range 240 {
		a.logon(target, a.at(1, 40, 0).Add(time.Duration(i)*2400*time.Millisecond), logon{user: adminUser, kind: "3", from: a.meal, sub: wrongPassword})
	}
	a.logon(target, a.at(1, 50, 3), logon{user: adminUser, kind: "3", from: a.meal})
}

// sameAccount is A6: one account opens them all.
func (a *attack) sameAccount() {
	hosts := []Host{a.h.host("BUMON", 2), a.h.host("BUMON", 3), a.h.host("BUMON", 4), a.h.host("BUMON", 8), a.h.host("LIS", 0), a.h.host("LIS", 1), a.h.host("RIS", 0), a.h.host("PACS", 0),
		a.h.host("PACS", 1), a.h.host("DACS", 0), a.h.host("AD", 0), a.h.host("BACKUP", 0), a.h.host("BUMON", 12), a.h.host("KYUSHOKU", 1), a.h.printing()}
	for i, h := range hosts {
		at := a.at(2, 10, 22*i)
		a.windows(a.meal, at.Add(-time.Second), entry{channel: security, provider: auditing, id: 4648, task: "Logon", message: "明示的な資格情報を使用してログオンが試行されました。", data: []string{
			"SubjectUserSid", a.sid(mealUser), "SubjectUserName", mealUser, "SubjectDomainName", "MINATO", "SubjectLogonId", "0x31c0a", "TargetUserName", adminUser, "TargetDomainName", h.Name,
			"TargetServerName", h.Name, "TargetInfo", h.Name, "ProcessId", "0x4", "ProcessName", "", "IpAddress", "-", "IpPort", "-"}})
		a.logon(h, at, logon{user: adminUser, kind: "3", from: a.meal})
		a.special(h, at.Add(100*time.Millisecond), adminUser)
	}
	a.desktop(a.h.host("BACKUP", 0), a.at(2, 24, 0), adminUser, a.meal)
}

// chartServers is A7: from the meal server to the charts, where it never was.
func (a *attack) chartServers() {
	for i, h := range []Host{a.h.host("KARTE-DB", 0), a.h.host("KARTE-DB", 1), a.h.host("KARTE-AP", 0), a.h.host("ORDER", 0)} {
		a.desktop(h, a.at(2, 41+4*i, 0), adminUser, a.meal)
		a.special(h, a.at(2, 41+4*i, 3), adminUser)
	}
}

// spray is A8: one password at forty of the 2,200 PCs.
func (a *attack) spray() {
	for i := range 44 {
		pc := a.h.host("DT", 31*i+7)
		for try, user := range []string{adminUser, "karte", a.person()} {
			a.logon(pc, a.at(3, 5, 9*i+2*try), logon{user: user, kind: "3", from: a.meal, sub: [...]string{wrongPassword, wrongPassword, noSuchUser}[try]})
		}
	}
}

// backups is A9.
func (a *attack) backups() {
	cmd := `C:\Windows\System32\cmd.exe`
	for i, h := range []Host{a.h.host("BACKUP", 0), a.h.host("KARTE-DB", 0), a.h.host("KARTE-AP", 0)} {
		for j, p := range []started{
			{adminUser, `C:\Windows\System32\vssadmin.exe`, "vssadmin.exe delete shadows /all /quiet", cmd},
			{adminUser, `C:\Windows\System32\wbadmin.exe`, "wbadmin.exe delete catalog -quiet", cmd},
			{adminUser, `C:\Windows\System32\bcdedit.exe`, "bcdedit.exe /set {default} recoveryenabled no", cmd},
			{adminUser, `C:\Windows\System32\wbem\WMIC.exe`, "wmic shadowcopy delete", cmd},
		} {
			a.process(h, a.at(3, 50+3*i, 12*j), p)
		}
	}
	b := a.h.host("BACKUP", 0)
	a.process(b, a.at(3, 59, 0), started{adminUser, `C:\Windows\System32\net.exe`, `net stop "Kakuu Backup Engine" /y`, cmd})
	a.service(b, a.at(3, 59, 2), "Kakuu Backup Engine", false)
	a.service(b, a.at(3, 59, 20), "Volume Shadow Copy", false)
	a.windows(b, a.at(3, 59, 40), entry{channel: system, provider: control, id: 7040, message: "Kakuu Backup Engine サービスの開始の種類は 自動的な開始 から 無効 に変更されました。",
		data: []string{"param1", "Kakuu Backup Engine", "param2", "自動的な開始", "param3", "無効", "param4", "KBackup"}})
}

// outflow is A13: before the encryption, the papers go out.
func (a *attack) outflow() {
	from := a.h.host("DACS", 0)
	for i := range 9 {
		a.traffic(a.at(3, 20+5*i, 0), session{from: from.Addr, to: collect, port: 443, service: "HTTPS", action: "close", policy: "サーバ室→インターネット(更新用)", policyNum: 44, country: "Netherlands", fromCountry: "Reserved",
			fromZone: "lan", fromIntf: "server", toZone: "wan", toIntf: "wan1", nat: "snat", seconds: 290, sent: 3_400_000_000 + a.rng.Uint64N(900_000_000), received: 40_000_000})
	}
}

// run is A10: on one server after another.
func (a *attack) run() {
	for i, h := range []Host{a.h.host("KARTE-DB", 0), a.h.host("KARTE-DB", 1), a.h.host("KARTE-AP", 0), a.h.host("ORDER", 0), a.h.host("BUMON", 2), a.h.host("DACS", 0)} {
		at := a.at(4, 30+3*i, 0)
		a.windows(h, at, entry{channel: system, provider: control, id: 7045, message: "サービスがシステムにインストールされました。", data: []string{
			"ServiceName", "mntsvc", "ImagePath", `C:\ProgramData\t\mnt.exe -svc`, "ServiceType", "ユーザー モード サービス", "StartType", "自動的な開始", "AccountName", "LocalSystem"}})
		a.windows(h, at.Add(time.Second), entry{channel: security, provider: auditing, id: 4698, task: "Other Object Access Events", message: "スケジュールされたタスクが作成されました。", data: []string{
			"SubjectUserSid", a.sid(adminUser), "SubjectUserName", adminUser, "SubjectDomainName", "MINATO", "SubjectLogonId", a.logonID(), "TaskName", `\mnt`,
			"TaskContent", `<?xml version="1.0" encoding="UTF-16"?><Task><Actions><Exec><Command>C:\ProgramData\t\mnt.exe</Command><Arguments>-all</Arguments></Exec></Actions></Task>`}})
		a.process(h, at.Add(20*time.Second), started{"SYSTEM", `C:\ProgramData\t\mnt.exe`, `C:\ProgramData\t\mnt.exe -svc`, `C:\Windows\System32\services.exe`})
	}
}

// rename is A10 on the file server.
func (a *attack) rename() {
	for i := range 180 {
		share := [...]string{"病棟共有", "医事課", "栄養部", "検査部"}[i%4]
		path := fmt.Sprintf("/srv/%s/%s_%d.xlsx", share, [...]string{"勤務表", "申し送り", "物品請求"}[i%3], i)
		a.share(a.at(4, 52, 0).Add(time.Duration(i)*900*time.Millisecond), "administrator", a.meal.Addr, share, "renameat|ok|"+path+"|"+path+ending)
	}
}

// note is A11.
func (a *attack) note() {
	for i, share := range []string{"病棟共有", "医事課", "栄養部", "検査部"} {
		a.share(a.at(4, 56, i), "administrator", a.meal.Addr, share, "create_file|ok|0x12019f|file|create|/srv/"+share+"/HOW_TO_RESTORE_FILES.txt")
	}
	for i := range 40 {
		a.print(a.at(5, 0, 4*i), adminUser, a.meal, "HOW_TO_RESTORE_FILES", 1)
	}
}

// logsCleared is A12: the logs of the servers go, and then the servers.
func (a *attack) logsCleared() {
	for i, h := range []Host{a.meal, a.h.host("KARTE-DB", 0), a.h.host("BACKUP", 0)} {
		at := a.at(5, 12+2*i, 0)
		a.process(h, at, started{adminUser, `C:\Windows\System32\wevtutil.exe`, "wevtutil.exe cl Security", `C:\Windows\System32\cmd.exe`})
		a.windows(h, at.Add(time.Second), entry{channel: security, provider: "Microsoft-Windows-Eventlog", id: 1102, task: "Log clear", message: "監査ログが消去されました。", user: []string{
			"SubjectUserSid", a.sid(adminUser), "SubjectUserName", adminUser, "SubjectDomainName", "MINATO", "SubjectLogonId", "0x" + strconv.FormatInt(int64(0x51f0a+i), 16)}})
		a.windows(h, at.Add(4*time.Second), entry{channel: system, provider: "Microsoft-Windows-Eventlog", id: 104, message: "System ログ ファイルが消去されました。", user: []string{
			"SubjectUserName", adminUser, "SubjectDomainName", "MINATO", "Channel", "System", "BackupPath", ""}})
	}
}
